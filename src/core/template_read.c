// SPDX-License-Identifier: GPL-3.0-or-later
/* A template cut into its pieces: text, fields, conditions. Knows the writing, not what may stand where (template_check.c), nor values (template_fill.c). */
#include <string.h>

#include "guichet/base/i18n.h"
#include "template_inside.h"

#define IN(use) (1u << TEMPLATE_##use)
enum { NEVER = 0, ALL = (1u << TEMPLATE_USE_COUNT) - 1, ANSWERS = IN(ANSWER) | IN(INFORM),
	TO_SERVICE = IN(FORWARD) | IN(REMIND) | IN(ESCALATE) | IN(DANGER) };

static const struct template_field_info fields[TEMPLATE_FIELD_COUNT] = {
#define TEMPLATE_FIELD(id, name, scope, form, uses, may_miss, what) [TEMPLATE_FIELD_##id] = {name, what, scope, form, uses, may_miss},
#include "guichet/core/template_fields.def"
#undef TEMPLATE_FIELD
};
_Static_assert(TEMPLATE_FIELD_COUNT <= 64, "one bit a field");

const struct template_field_info *template_field_info(enum template_field f)
{
	return &fields[f];
}

const char *template_field_name(enum template_field f)
{
	return f < TEMPLATE_FIELD_COUNT ? fields[f].name : "";
}

const char *template_field_what(enum template_field f)
{
	return f < TEMPLATE_FIELD_COUNT ? _(fields[f].what) : "";
}

bool template_field_is_for(enum template_field f, enum template_use use)
{
	return f < TEMPLATE_FIELD_COUNT && use < TEMPLATE_USE_COUNT && (fields[f].uses & 1u << use);
}

bool template_field_parse(const char *name, size_t bytes, enum template_field *out)
{
	for (unsigned f = 0; f < TEMPLATE_FIELD_COUNT; f++) {
		if (strlen(fields[f].name) == bytes && memcmp(fields[f].name, name, bytes) == 0) {
			*out = (enum template_field)f;
			return true;
		}
	}
	return false;
}

/* --- Pieces --- */

void piece_reader_start(struct piece_reader *r, const char *s)
{
	int line = 1;

	while (*s == '#') {
		s += strcspn(s, "\n");
		if (*s)
			s++;
		line++;
	}
	while (*s == '\n') {
		s++;
		line++;
	}
	*r = (struct piece_reader){.start = s, .at = s, .line = line, .line_begins = true};
}

static bool word_is(const char *s, size_t bytes, const char *word)
{
	return strlen(word) == bytes && memcmp(s, word, bytes) == 0;
}

static bool begins(const struct piece *p, const char *word, const char **rest, size_t *bytes)
{
	size_t n = strlen(word);

	if (p->bytes <= n || memcmp(p->text, word, n) != 0)
		return false;
	*rest = p->text + n;
	*bytes = p->bytes - n;
	return true;
}

static void understand(struct piece *p)
{
	const char *rest;
	size_t bytes;

	p->kind = PIECE_WRONG;
	if (word_is(p->text, p->bytes, "sinon")) {
		p->kind = PIECE_ELSE;
	} else if (word_is(p->text, p->bytes, "fin")) {
		p->kind = PIECE_CLOSE;
	} else if (word_is(p->text, p->bytes, "chaque demande")) {
		p->kind = PIECE_EACH;
	} else if (begins(p, "si non ", &rest, &bytes) || begins(p, "si ", &rest, &bytes)) {
		p->not = memcmp(p->text, "si non ", 7) == 0;
		if (template_field_parse(rest, bytes, &p->field))
			p->kind = PIECE_IF;
		else
			p->message = _("{%.*s} : champ inconnu");
	} else if (begins(p, "inclure ", &rest, &bytes)) {
		p->kind = PIECE_INCLUDE;
		p->text = rest;
		p->bytes = bytes;
	} else if (template_field_parse(p->text, p->bytes, &p->field)) {
		p->kind = PIECE_FIELD;
	} else {
		p->message = _("{%.*s} : champ inconnu");
	}
}

static bool is_control(const struct piece *p)
{
	return p->kind == PIECE_IF || p->kind == PIECE_ELSE || p->kind == PIECE_EACH || p->kind == PIECE_CLOSE;
}

/* Behind a control that is alone on its line: past the end of that line. */
static const char *past_its_line(const char *at)
{
	const char *end = at + strspn(at, " \t");

	if (*end == '\n')
		return end + 1;
	return *end ? at : end;
}

static void read_braces(struct piece_reader *r, struct piece *p)
{
	const char *end = r->at + 1 + strcspn(r->at + 1, "{}\n");
	bool line_begins = r->line_begins;

	p->text = r->at + 1;
	p->bytes = (size_t)(end - p->text);
	if (*end != '}') {
		p->kind = PIECE_WRONG;
		p->message = _("« {%.*s » : accolade non fermée ; attendu }, ou {{ pour écrire une accolade");
		r->at = end;
		return;
	}
	understand(p);
	r->at = end + 1;
	r->line_begins = false;
	if (!is_control(p) || !line_begins)
		return;
	const char *past = past_its_line(r->at);
	r->line_begins = past != r->at;
	r->line += past > r->at && past[-1] == '\n';
	r->at = past;
}

static void read_text(struct piece_reader *r, struct piece *p)
{
	const char *s = r->at;

	p->kind = PIECE_TEXT;
	p->text = s;
	if (*s == '{' || *s == '}') { /* doubled: one of it is text */
		p->bytes = 1;
		r->at = s + 2;
		r->line_begins = false;
		return;
	}
	while (*s && *s != '{' && *s != '}') {
		if (*s == '\n') {
			r->line++;
			r->line_begins = true;
		} else if (*s != ' ' && *s != '\t') {
			r->line_begins = false;
		}
		s++;
	}
	p->bytes = (size_t)(s - r->at);
	r->at = s;
}

void piece_next(struct piece_reader *r, struct piece *out)
{
	*out = (struct piece){.kind = PIECE_END, .line = r->line, .text = r->at};
	if (!*r->at)
		return;
	if ((*r->at == '{' || *r->at == '}') && r->at[1] == *r->at) {
		read_text(r, out);
	} else if (*r->at == '{') {
		read_braces(r, out);
	} else if (*r->at == '}') {
		out->kind = PIECE_WRONG;
		out->message = _("« } » sans « { » ; attendu }} pour écrire une accolade");
		r->at++;
		r->line_begins = false;
	} else {
		read_text(r, out);
	}
}
