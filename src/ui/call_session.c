// SPDX-License-Identifier: GPL-3.0-or-later
/* What calls leave behind while the application runs: the catalogue's words made ready once for all of them, and what was typed in each field before (F5). What is
 * personal is remembered from this session alone, in memory; subjects, categories and places also from the store. Must not draw. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"

enum { PAST_MAX = 20, RECENT_MAX = 40 };

/* The newest first, each once. */
struct past { char *values[PAST_MAX]; size_t count; };

struct call_session {
	struct suggester *suggester; const struct catalogue *suggester_of;
	struct past past[CALL_FIELD_COUNT];
};

static void past_done(struct past *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->values[i]);
	p->count = 0;
}

void call_session_free(struct call_session **p)
{
	struct call_session *c = *p;
	if (!c)
		return;
	*p = NULL;
	suggester_free(&c->suggester);
	for (int f = 0; f < CALL_FIELD_COUNT; f++)
		past_done(&c->past[f]);
	free(c);
}

static struct call_session *session(struct ui *ui)
{
	struct call_session **c = ui_calls(ui);
	if (!*c)
		*c = guichet_alloc(sizeof **c);
	return *c;
}

/* --- words --- */

const struct suggester *call_suggester(struct ui *ui)
{
	struct call_session *x = session(ui);
	const struct catalogue *c = store_catalogue(ui_store(ui));
	/* Prepared once; another catalogue may come into force meanwhile. */
	if (x->suggester_of != c) {
		suggester_free(&x->suggester);
		x->suggester = suggester_new(c);
		x->suggester_of = c;
	}
	return x->suggester;
}

void call_prepare(struct ui *ui)
{
	if (!ui_read_only(ui) && (ui_actor(ui)->roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR)))
		call_suggester(ui);
}

/* --- values typed before --- */

static bool past_has(const struct past *p, const char *value)
{
	size_t i = 0;
	while (i < p->count && strcmp(p->values[i], value))
		i++;
	return i < p->count;
}

static void past_first(struct past *p, const char *value)
{
	size_t i = 0;
	if (!*value)
		return;
	while (i < p->count && strcmp(p->values[i], value))
		i++;
	bool known = i < p->count;
	char *kept = known ? p->values[i] : guichet_strdup(value);
	if (!known && p->count == PAST_MAX)
		free(p->values[--i]);
	else if (!known)
		p->count++;
	memmove(&p->values[1], &p->values[0], i * sizeof *p->values);
	p->values[0] = kept;
}

static void past_last(struct past *p, const char *value)
{
	if (p->count < PAST_MAX && *value && !past_has(p, value))
		p->values[p->count++] = guichet_strdup(value);
}

void call_remember(struct call_view *v)
{
	for (int f = 0; f < CALL_FIELD_COUNT; f++)
		past_first(&session(v->view.ui)->past[f], call_text(v, (enum call_field)f));
}

struct recent { struct call_view *v; enum call_field field; struct past *past; };

static const char *value_of_row(enum call_field f, const struct request_row *r)
{
	switch (f) {
	case CALL_CHANNEL:
		return r->channel;
	case CALL_SUBJECT:
		return r->subject;
	case CALL_CATEGORY:
		return r->category;
	case CALL_COMMUNE:
		return r->commune;
	case CALL_ADDRESS:
		return r->address;
	case CALL_NATURE:
		return r->nature;
	default:
		return NULL;
	}
}

static bool add_recent(void *context, const struct request_row *row)
{
	struct recent *x = context;
	const char *value = value_of_row(x->field, row);
	enum channel channel;
	enum nature nature;
	if (!value || !*value)
		return true;
	char *text = x->field == CALL_CHANNEL && channel_parse(value, &channel) ? guichet_strdup(channel_label(channel))
		: x->field == CALL_NATURE && nature_parse(value, &nature) ? guichet_strdup(nature_label(nature)) : call_value_text(x->v, x->field, value);
	past_last(x->past, text);
	free(text);
	return true;
}

/* This session's, then what the store received last. */
static void gather(struct call_view *v, enum call_field f, struct past *out)
{
	struct list_filter filter = LIST_FILTER_INIT;
	struct recent x = { v, f, out };
	const struct past *mine = &session(v->view.ui)->past[f];
	for (size_t i = 0; i < mine->count; i++)
		past_last(out, mine->values[i]);
	filter.all = true;
	filter.sort = LIST_BY_RECEIVED;
	filter.limit = RECENT_MAX;
	/* Nobody's name, number or words come back from the store into somebody else's request. */
	if (f == CALL_CHANNEL || f == CALL_SUBJECT || f == CALL_CATEGORY || f == CALL_COMMUNE || f == CALL_ADDRESS || f == CALL_NATURE)
		store_list(ui_store(v->view.ui), &filter, add_recent, &x, NULL);
}

void call_repeat(struct call_view *v, enum call_field f)
{
	struct past p = { .count = 0 };
	if (f >= CALL_FIELD_COUNT)
		return;
	gather(v, f, &p);
	/* What stands there from the F5 before tells where one is; else one begins. */
	size_t at = v->recalled && v->recalled <= p.count && !strcmp(p.values[v->recalled - 1], call_text(v, f)) ? v->recalled : 0;
	if (at == 0 && p.count > 1 && !strcmp(p.values[0], call_text(v, f)))
		at = 1;
	if (p.count == 0) {
		ui_say(v->view.ui, "%s", _("rien n'a été tapé dans ce champ auparavant"));
	} else {
		at %= p.count;
		call_put(v, f, p.values[at]);
		v->recalled = at + 1;
		if (p.count > 1)
			ui_say(v->view.ui, _("valeur %zu sur %zu : F5 donne la précédente, Ctrl-Z la retire"), at + 1, p.count);
	}
	past_done(&p);
}
