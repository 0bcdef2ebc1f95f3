// SPDX-License-Identifier: GPL-3.0-or-later
/* What could go wrong when a template is filled, told before: unknown fields, conditions left open, fields that may be empty where nobody asked. Which of the
 * catalogue's templates serves for what. Does not fill (template_fill.c). */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "template_inside.h"

struct opened { bool each, other; int line; uint64_t known, absent; enum template_field field; bool not; };
struct checking {
	const struct catalogue *c;
	enum template_use use;
	void (*complain)(void *context, int line, const char *message);
	void *context;
	size_t mistakes;
	struct opened stack[TEMPLATE_DEPTH];
	size_t depth;
	uint64_t known; /* fields that have a value where we are */
};

static void complain(struct checking *k, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void complain(struct checking *k, int line, const char *format, ...)
{
	struct text message = TEXT_INIT;
	va_list args;

	va_start(args, format);
	text_addv(&message, format, args);
	va_end(args);
	k->mistakes++;
	k->complain(k->context, line, text_str(&message));
	text_done(&message);
}

static uint64_t bit(enum template_field f)
{
	return UINT64_C(1) << f;
}

/* What is known of one request says nothing of another. */
static uint64_t letter_fields(void)
{
	uint64_t set = 0;

	for (unsigned f = 0; f < TEMPLATE_FIELD_COUNT; f++)
		if (template_field_info(f)->scope == LETTER)
			set |= bit(f);
	return set;
}

static bool is_for(const struct checking *k, enum template_field f)
{
	/* A part goes into messages of any kind: what they all have. */
	if (k->use == TEMPLATE_PART)
		return template_field_info(f)->uses == (1u << TEMPLATE_USE_COUNT) - 1;
	return template_field_is_for(f, k->use);
}

static void check_field(struct checking *k, const struct piece *p)
{
	const struct template_field_info *info = template_field_info(p->field);

	if (!is_for(k, p->field))
		complain(k, p->line, _("{%s} : un modèle de ce genre n'a pas ce champ"), info->name);
	else if (info->form == FLAG)
		complain(k, p->line, _("{%s} n'est pas un texte : attendu {si %s}"), info->name, info->name);
	else if ((info->may_miss & 1u << k->use) && !(k->known & bit(p->field)))
		complain(k, p->line, _("{%s} peut être vide : attendu {si %s} ... {fin} autour"), info->name, info->name);
}

static void open_it(struct checking *k, const struct piece *p)
{
	bool each = p->kind == PIECE_EACH;

	if (!each && !is_for(k, p->field))
		complain(k, p->line, _("{si %s} : un modèle de ce genre n'a pas ce champ"), template_field_name(p->field));
	for (size_t i = 0; each && i < k->depth; i++)
		if (k->stack[i].each)
			complain(k, p->line, _("{chaque demande} dans {chaque demande}, ligne %d"), k->stack[i].line);
	if (k->depth == TEMPLATE_DEPTH) {
		complain(k, p->line, _("plus de %d {si} l'un dans l'autre"), TEMPLATE_DEPTH);
		k->depth--;
	}
	k->stack[k->depth++] = (struct opened){.each = each, .line = p->line, .known = k->known, .field = p->field, .not = p->not};
	if (each)
		k->known &= letter_fields();
	else if (!p->not)
		k->known |= bit(p->field);
}

static void turn(struct checking *k, const struct piece *p)
{
	struct opened *o = k->depth > 0 ? &k->stack[k->depth - 1] : NULL;

	if (!o || o->each || o->other) {
		complain(k, p->line, _("{sinon} sans {si}"));
		return;
	}
	o->other = true;
	k->known = o->known | (o->not ? bit(o->field) : 0);
}

static void close_it(struct checking *k, const struct piece *p)
{
	if (k->depth == 0)
		complain(k, p->line, _("{fin} de trop"));
	else
		k->known = k->stack[--k->depth].known;
}

static void check_include(struct checking *k, const struct piece *p)
{
	if (k->use == TEMPLATE_PART)
		complain(k, p->line, _("{inclure %.*s} : une partie n'en inclut pas d'autre"), (int)p->bytes, p->text);
	else if (!template_part(k->c, p))
		complain(k, p->line, _("{inclure %.*s} : attendu le code d'un modèle « purpose = part »"), (int)p->bytes, p->text);
}

size_t template_check(const struct catalogue *c, const char *text, enum template_use use,
	void (*tell)(void *context, int line, const char *message), void *context)
{
	struct checking k = {.c = c, .use = use, .complain = tell, .context = context};
	struct piece_reader reader;
	struct piece p;

	piece_reader_start(&reader, text);
	if (!*reader.at)
		complain(&k, reader.line, _("le modèle n'a que son en-tête : attendu un texte"));
	for (piece_next(&reader, &p); p.kind != PIECE_END; piece_next(&reader, &p)) {
		if (p.kind == PIECE_FIELD)
			check_field(&k, &p);
		else if (p.kind == PIECE_IF || p.kind == PIECE_EACH)
			open_it(&k, &p);
		else if (p.kind == PIECE_ELSE)
			turn(&k, &p);
		else if (p.kind == PIECE_CLOSE)
			close_it(&k, &p);
		else if (p.kind == PIECE_INCLUDE)
			check_include(&k, &p);
		else if (p.kind == PIECE_WRONG)
			complain(&k, p.line, p.message, (int)p.bytes, p.text);
	}
	while (k.depth > 0) {
		const struct opened *o = &k.stack[--k.depth];
		complain(&k, o->line, o->each ? _("{chaque demande} sans {fin}") : _("{si %s} sans {fin}"), template_field_name(o->field));
	}
	return k.mistakes;
}

/* --- Which one --- */

bool template_tells_each(const char *text)
{
	struct piece_reader reader;
	struct piece p;

	piece_reader_start(&reader, text);
	do
		piece_next(&reader, &p);
	while (p.kind != PIECE_EACH && p.kind != PIECE_END);
	return p.kind == PIECE_EACH;
}

const struct message_template *catalogue_template(const struct catalogue *c, const char *code)
{
	for (size_t i = 0; i < c->template_count; i++)
		if (strcmp(c->templates[i].code, code) == 0)
			return &c->templates[i];
	return NULL;
}

const struct message_template *template_part(const struct catalogue *c, const struct piece *include)
{
	for (size_t i = 0; i < c->template_count; i++) {
		const struct message_template *t = &c->templates[i];
		if (t->use == TEMPLATE_PART && strlen(t->code) == include->bytes && memcmp(t->code, include->text, include->bytes) == 0)
			return t;
	}
	return NULL;
}

/* How near a template is: 0 not for this. A category's own, its group's, the group's above, a general one. */
static int nearness(const struct message_template *t, enum template_channel channel, const struct category *category)
{
	enum { OWN = 100, GROUP = 50, GENERAL = 2 };
	int near = GENERAL;

	if (t->channel != TEMPLATE_ANY && t->channel != channel)
		return 0;
	if (t->category) {
		near = t->category == category ? OWN : 0;
	} else if (t->group) {
		const struct category_group *g = category ? category->group : NULL;
		for (near = GROUP; g && g != t->group; g = g->parent)
			near -= 2;
		near = g ? near : 0;
	}
	return near > 0 ? near + (t->channel != TEMPLATE_ANY) : 0;
}

const struct message_template *template_choose(const struct catalogue *c, enum template_use use, enum template_channel channel,
	const struct category *category)
{
	const struct message_template *best = NULL;
	int nearest = 0;

	for (size_t i = 0; i < c->template_count; i++) {
		int near = c->templates[i].use == use ? nearness(&c->templates[i], channel, category) : 0;
		if (near > nearest) {
			best = &c->templates[i];
			nearest = near;
		}
	}
	return best;
}

size_t template_words(const struct catalogue *c, const struct category *category, const struct message_template **out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < c->template_count; i++) {
		const struct message_template *t = &c->templates[i];
		size_t at = n < max ? n : max;
		int near = t->use == TEMPLATE_WORDS ? nearness(t, TEMPLATE_ANY, category) : 0;
		if (near == 0)
			continue;
		for (; at > 0 && nearness(out[at - 1], TEMPLATE_ANY, category) < near; at--)
			if (at < max)
				out[at] = out[at - 1];
		if (at < max)
			out[at] = t;
		n += n < max;
	}
	return n;
}

const char *template_blank(const char *text, size_t *bytes)
{
	static const char mark[] = "[\u00e0 compl\u00e9ter";
	const char *at = text ? strstr(text, mark) : NULL;

	if (at)
		*bytes = at[strcspn(at, "]\n")] == ']' ? strcspn(at, "]") + 1 : strcspn(at, "\n");
	return at;
}
