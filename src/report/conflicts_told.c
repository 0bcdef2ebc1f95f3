// SPDX-License-Identifier: GPL-3.0-or-later
/* Conflicts told to whom they concern: each of the people who wrote one of the values, and each of two services that a request was handed to. */
#include "guichet/report/conflicts.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

static const char *code_of(const struct conflict_value *v)
{
	const char *code = json_string_value(v->value);
	return code ? code : "";
}

static bool wrote(const struct conflict_value *v, const struct actor *who)
{
	return who->login && *who->login && !strcmp(v->actor, who->login);
}

static bool serves(const struct conflict *c, const struct conflict_value *v, const struct actor *who)
{
	bool narrow = (who->roles & ROLE_SERVICE) && !(who->roles & (ROLE_AGENT | ROLE_SUPERVISOR));
	return c->field == FIELD_SERVICE && narrow && *code_of(v) && actor_serves(who, code_of(v));
}

static void tell_service(struct text *out, const struct conflict *c, size_t mine, size_t other)
{
	text_addf(out, mine == 0 ? _("transmise à votre service, et à %s en même temps (%s) : vous pouvez la refuser")
		: _("transmise à votre service, mais %s l'a reçue aussi (%s) et s'affiche : vous pouvez la refuser"), c->values[other].words, c->values[other].actor);
}

static void tell_author(struct text *out, const struct conflict *c, size_t mine, size_t other)
{
	const struct conflict_value *m = &c->values[mine], *o = &c->values[other];
	bool closed = !strcmp(code_of(m), status_code(STATUS_CLOSED)), answered = !strcmp(code_of(m), status_code(STATUS_ANSWERED));
	bool theirs_answered = !strcmp(code_of(o), status_code(STATUS_ANSWERED));
	if (c->field == FIELD_STATUS && closed && theirs_answered)
		text_addf(out, _("vous avez clôturé sans avoir vu la réponse de %s : elle est gardée"), o->actor);
	else if (c->field == FIELD_STATUS && answered && !strcmp(code_of(o), status_code(STATUS_CLOSED)))
		text_addf(out, _("%s a clôturé sans avoir vu votre réponse : elle est gardée"), o->actor);
	else if (mine == 0)
		text_addf(out, _("%s : %s a écrit « %s » en même temps que vous, votre saisie s'affiche"), c->label, o->actor, o->words);
	else
		text_addf(out, _("%s : votre saisie « %s » ne s'affiche pas, celle de %s oui : « %s »"), c->label, m->words, o->actor, o->words);
}

bool conflict_tell(struct text *out, const struct conflict *c, const struct actor *who)
{
	for (size_t i = 0; i < c->count && c->count > 1; i++) {
		/* Against what shows, or what would show in its place. */
		size_t other = i == 0 ? 1 : 0;
		if (!wrote(&c->values[i], who) && !serves(c, &c->values[i], who))
			continue;
		if (wrote(&c->values[i], who))
			tell_author(out, c, i, other);
		else
			tell_service(out, c, i, other);
		return true;
	}
	return false;
}

/* --- all of them --- */

struct telling { struct store *s; const struct actor *who; struct conflict_told *list; size_t count, capacity; };

static void tell_request(struct telling *t, const struct request *r, int64_t row_id)
{
	struct conflict *list;
	size_t count = conflicts_of(t->s, r, &list);
	struct text words = TEXT_INIT;
	for (size_t i = 0; i < count; i++) {
		struct text one = TEXT_INIT;
		if (conflict_tell(&one, &list[i], t->who))
			text_addf(&words, "%s%s", words.len ? " ; " : "", text_str(&one));
		text_done(&one);
	}
	conflicts_free(list, count);
	if (!words.len) {
		text_done(&words);
		return;
	}
	GUICHET_GROW(t->list, t->count, t->capacity);
	t->list[t->count++] = (struct conflict_told){ row_id, r->reference, text_take(&words) };
}

struct rows { int64_t ids[CONFLICTS_TOLD_MAX]; size_t count; };

static bool take_row(void *context, const struct todo *t)
{
	struct rows *rows = context;
	rows->ids[rows->count++] = t->row.id;
	return rows->count < CONFLICTS_TOLD_MAX;
}

size_t conflicts_told(struct store *s, const struct actor *who, struct conflict_told **out)
{
	const struct todo_filter f = { .kind = TODO_CONFLICT, .limit = CONFLICTS_TOLD_MAX };
	struct telling t = { .s = s, .who = who };
	struct rows rows = { .count = 0 };
	store_page_todo(s, &f, take_row, &rows, NULL);
	for (size_t i = 0; i < rows.count; i++) {
		struct loaded l;
		if (store_load_id(s, rows.ids[i], &l, NULL) == GUICHET_OK)
			tell_request(&t, &l.request, l.row_id);
		loaded_done(&l);
	}
	*out = t.list;
	return t.count;
}

void conflicts_told_free(struct conflict_told *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].words);
	free(list);
}
