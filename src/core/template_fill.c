// SPDX-License-Identifier: GPL-3.0-or-later
/* A template with its fields filled. Does not know where values come from. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/typography.h"
#include "template_inside.h"

/* A condition or a loop that we are in. A loop goes back to `again` while there are requests left. */
struct inside { bool each, shown, others_shown; size_t request; struct piece_reader again; };
struct filling {
	const struct catalogue *c;
	const struct template_values *v;
	const struct template_values *request; /* whose REQUEST fields count; NULL: v's */
	struct inside stack[TEMPLATE_DEPTH];
	size_t depth;
	struct text out;
	struct guichet_err *err;
};

static const char *value_of(const struct filling *f, enum template_field field)
{
	const struct template_values *v = f->request && template_field_info(field)->scope == REQUEST ? f->request : f->v;

	return v->fields[field] ? v->fields[field] : "";
}

static bool is_shown(const struct filling *f)
{
	return f->depth == 0 || f->stack[f->depth - 1].shown;
}

/* Nothing that somebody wrote makes a line of a heading, or acts on a printer. */
static void add_value(struct text *out, const char *s, enum template_form form)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '\n' && form == LINES)
			text_addc(out, '\n');
		else if (c < ' ' || c == 0x7F)
			text_addc(out, ' ');
		else
			text_addc(out, (char)c);
	}
}

static enum guichet_rc fill_field(struct filling *f, const struct piece *p)
{
	const char *value = value_of(f, p->field);

	if (!is_shown(f))
		return GUICHET_OK;
	if (!*value)
		return guichet_err_set(f->err, GUICHET_DATA, _("le champ {%s} (%s) est vide, et le modèle compte dessus"), template_field_name(p->field),
			template_field_what(p->field));
	add_value(&f->out, value, template_field_info(p->field)->form);
	return GUICHET_OK;
}

static enum guichet_rc enter(struct filling *f, const struct piece *p, const struct piece_reader *behind)
{
	bool shown = is_shown(f), each = p->kind == PIECE_EACH, holds = each || (*value_of(f, p->field) != '\0') != p->not;

	if (f->depth == TEMPLATE_DEPTH)
		return guichet_err_set(f->err, GUICHET_CONFIG, _("modèle : plus de %d {si} l'un dans l'autre"), TEMPLATE_DEPTH);
	f->stack[f->depth++] = (struct inside){.each = each, .shown = shown && holds, .others_shown = shown && !holds, .again = *behind};
	if (each && shown && f->v->request_count > 0)
		f->request = &f->v->requests[0];
	return GUICHET_OK;
}

static enum guichet_rc leave(struct filling *f, struct piece_reader *reader)
{
	if (f->depth == 0)
		return guichet_err_set(f->err, GUICHET_CONFIG, _("modèle : {fin} de trop"));
	struct inside *i = &f->stack[f->depth - 1];
	if (i->each && i->shown && ++i->request < f->v->request_count) {
		f->request = &f->v->requests[i->request];
		*reader = i->again;
		return GUICHET_OK;
	}
	if (i->each)
		f->request = NULL;
	f->depth--;
	return GUICHET_OK;
}

static enum guichet_rc turn(struct filling *f)
{
	if (f->depth == 0 || f->stack[f->depth - 1].each)
		return guichet_err_set(f->err, GUICHET_CONFIG, _("modèle : {sinon} sans {si}"));
	f->stack[f->depth - 1].shown = f->stack[f->depth - 1].others_shown;
	return GUICHET_OK;
}

static enum guichet_rc fill(struct filling *f, const char *text, bool part);

static enum guichet_rc include(struct filling *f, const struct piece *p, bool in_part)
{
	const struct message_template *part = in_part ? NULL : template_part(f->c, p);

	if (!is_shown(f))
		return GUICHET_OK;
	if (!part)
		return guichet_err_set(f->err, GUICHET_CONFIG, _("modèle : {inclure %.*s} : il n'y a pas de telle partie"), (int)p->bytes, p->text);
	return fill(f, part->text, true);
}

static enum guichet_rc fill(struct filling *f, const char *text, bool part)
{
	enum guichet_rc rc = GUICHET_OK;
	size_t depth = f->depth;
	struct piece_reader reader;
	struct piece p;

	piece_reader_start(&reader, text);
	for (piece_next(&reader, &p); !rc && p.kind != PIECE_END; piece_next(&reader, &p)) {
		if (p.kind == PIECE_TEXT && is_shown(f))
			text_addn(&f->out, p.text, p.bytes);
		else if (p.kind == PIECE_FIELD)
			rc = fill_field(f, &p);
		else if (p.kind == PIECE_IF || p.kind == PIECE_EACH)
			rc = enter(f, &p, &reader);
		else if (p.kind == PIECE_ELSE)
			rc = turn(f);
		else if (p.kind == PIECE_CLOSE)
			rc = leave(f, &reader);
		else if (p.kind == PIECE_INCLUDE)
			rc = include(f, &p, part);
		else if (p.kind == PIECE_WRONG)
			rc = guichet_err_set(f->err, GUICHET_CONFIG, p.message, (int)p.bytes, p.text);
	}
	if (!rc && f->depth != depth)
		rc = guichet_err_set(f->err, GUICHET_CONFIG, _("modèle : il manque {fin}"));
	return rc;
}

/* No blanks at the ends of lines, no two blank lines together, none at either end. */
static void tidy(struct text *out, const char *s)
{
	size_t newlines = 2;

	while (*s) {
		size_t line = strcspn(s, "\n"), kept = line;
		while (kept > 0 && (s[kept - 1] == ' ' || s[kept - 1] == '\t'))
			kept--;
		if (kept > 0) {
			text_addn(out, s, kept);
			newlines = 0;
		}
		if (newlines < 2)
			text_addc(out, '\n');
		newlines++;
		s += line + (s[line] == '\n');
	}
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

enum guichet_rc template_fill(const struct catalogue *c, const char *text, const struct template_values *v, struct text *out, struct guichet_err *err)
{
	struct filling f = {.c = c, .v = v, .err = err};
	struct text tidied = TEXT_INIT;
	enum guichet_rc rc = fill(&f, text, false);

	if (!rc) {
		tidy(&tidied, text_str(&f.out));
		typography_french(out, text_str(&tidied));
	}
	text_done(&tidied);
	text_done(&f.out);
	return rc;
}
