// SPDX-License-Identifier: GPL-3.0-or-later
/* What stands on the desk at the moment of an exercise: one of each thing that a screen can show, whatever chance has made of the years before. A scene
 * whose actors the catalogue does not have is just a request. */
#include "demo_inside.h"

#include <stdio.h>
#include <string.h>

enum { CALLERS = 5, PARTS = 1, SCENES_SHARE = 7, STORM = 20, PLACES_TRIED = 30 };

/* --- which category --- */

static bool has_crew(const struct service *s)
{
	return s && !s->desk && (demo_actor_of(s)->roles & ROLE_SERVICE);
}

static bool is_field_work(const struct category *m)
{
	return m->nature == NATURE_REPORT && has_crew(m->service) && !m->danger && !m->short_path && !m->second_reading;
}

static bool is_danger(const struct category *m)
{
	return m->danger && has_crew(m->service);
}

static bool is_for_others(const struct category *m)
{
	return m->body != NULL;
}

static bool is_incident(const struct category *m)
{
	return is_field_work(m) && demo_may_be_incident(m);
}

/* The nth that fits, or the one for what nobody has sorted. */
static const struct category *find(const struct demo *d, bool (*fits)(const struct category *), size_t nth)
{
	size_t count = 0;
	for (size_t i = 0; fits && i < d->c->category_count; i++)
		count += fits(d->c->categories[i]);
	nth = count ? nth * 7 % count : 0;
	for (size_t i = 0; fits && i < d->c->category_count; i++)
		if (fits(d->c->categories[i]) && nth-- == 0)
			return d->c->categories[i];
	return d->c->unsorted;
}

/* --- scenes --- */

static bool is_served(const struct life *l)
{
	return (life_worker(l)->roles & ROLE_SERVICE) != 0;
}

static void nobody_told(struct life *l)
{
	(void)l;
}

static void somebody_told(struct life *l)
{
	struct step_args told = {.who = "astreinte, M. Roche"};
	if (request_danger_untold(&l->r) && life_go(l, STEP_DANGER_TOLD, l->k->agent, &told, l->at_ms + 4 * MINUTE_MS) && is_served(l))
		life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 15 * MINUTE_MS);
}

static void refused_once(struct life *l)
{
	struct step_args no = {.reason = "ce n'est pas notre domaine"};
	if (is_served(l))
		life_go(l, STEP_REFUSE, life_worker(l), &no, l->at_ms + 4 * HOUR_MS);
}

static void refused_twice(struct life *l)
{
	refused_once(l);
	const struct service *next = catalogue_service(l->d->c, "nettoyage");
	if (l->r.hops == 0 || !has_crew(next))
		return;
	struct step_args route = {.service = next->code, .reason = "à voir par le nettoyage"};
	if (life_go(l, STEP_ROUTE, l->k->agent, &route, l->at_ms + 2 * HOUR_MS))
		refused_once(l);
}

static void notice_owed(struct life *l)
{
	const struct category *m = catalogue_category(l->d->c, request_text(&l->r, FIELD_CATEGORY));
	struct competence who = m ? catalogue_competence(l->d->c, m, l->k->place.commune) : (struct competence){0};
	struct step_args args = {.body = who.body ? who.body->code : NULL, .channel = channel_code(CHANNEL_EMAIL)};
	if (who.body)
		life_go(l, STEP_REDIRECT, l->k->agent, &args, l->at_ms + HOUR_MS);
}

/* Tried in vain this morning; the next try was due a moment ago. */
static void to_call_back(struct life *l)
{
	int64_t now_ms = l->d->now_ms;
	struct step_args plan = {.at_ms = now_ms - 3 * (int64_t)HOUR_MS};
	struct step_args tried = {.result = "messagerie", .date_ms = now_ms - 20 * MINUTE_MS};
	if (life_go(l, STEP_CALLBACK, l->k->agent, &plan, l->at_ms + HOUR_MS))
		life_go(l, STEP_CALLBACK_TRIED, l->k->agent, &tried, now_ms - 2 * (int64_t)HOUR_MS);
}

static void shared(struct life *l)
{
	l->part_lags = true;
	if (is_served(l) && life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 3 * HOUR_MS) && split_share(l))
		life_go(l, STEP_DONE, life_worker(l), NULL, l->d->now_ms - 5 * (int64_t)HOUR_MS);
}

static void waits_for_caller(struct life *l)
{
	struct step_args wait = {.reason = wait_reason_code(WAIT_REQUESTER), .text = "Attend une photo de l'usager."};
	if (is_served(l) && life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 3 * HOUR_MS))
		life_go(l, STEP_WAIT, life_worker(l), &wait, l->at_ms + HOUR_MS);
}

static void came_back(struct life *l)
{
	struct step_args why = {.reason = "l'usager rappelle : le problème est revenu"};
	if (is_served(l) && life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 3 * HOUR_MS) &&
		life_go(l, STEP_DONE, life_worker(l), NULL, l->at_ms + 20 * HOUR_MS) && life_answered(l, l->at_ms + 2 * HOUR_MS) &&
		life_go(l, STEP_REOPEN, l->k->agent, &why, l->d->now_ms - 26 * (int64_t)HOUR_MS))
		life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 3 * HOUR_MS);
}

/* What was told on the phone: a day of this week. */
static void promised(struct life *l, int32_t day)
{
	struct step_args promise = {.date_ms = paris_instant(day, 1439), .reason = "livraison attendue", .channel = channel_code(CHANNEL_PHONE)};
	if (is_served(l) && life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 3 * HOUR_MS))
		life_go(l, STEP_PROMISE, l->k->agent, &promise, l->at_ms + HOUR_MS);
}

static void promised_today(struct life *l)
{
	promised(l, paris_day(l->d->now_ms));
}

/* Sooner than the service can: it is to be told again, or hurried. */
static void promised_too_soon(struct life *l)
{
	promised(l, paris_day(l->d->now_ms) + 1);
}

static void promised_yesterday(struct life *l)
{
	promised(l, paris_day(l->d->now_ms) - 1);
}

static void scanned(struct life *l)
{
	paper_attach(l, PAPER_PETITION);
	if (is_served(l))
		life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 20 * HOUR_MS);
}

/* The crew is there; others go on calling. */
static void many_call(struct life *l)
{
	if (is_served(l))
		life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 10 * MINUTE_MS);
}

static const struct scene {
	bool (*fits)(const struct category *);
	enum channel channel;
	int minutes; /* ago */
	void (*live)(struct life *);
} scenes[] = {
	{is_field_work, CHANNEL_PHONE, 20 * 24 * 60, came_back},
	{is_field_work, CHANNEL_EMAIL, 9 * 24 * 60, mail_not_delivered},
	{is_field_work, CHANNEL_EMAIL, 6 * 24 * 60, waits_for_caller},
	{is_field_work, CHANNEL_EMAIL, 5 * 24 * 60, mail_wrote_back},
	{is_field_work, CHANNEL_PHONE, 5 * 24 * 60, promised_yesterday},
	{is_field_work, CHANNEL_PHONE, 4 * 24 * 60, promised_today},
	{is_field_work, CHANNEL_PHONE, 4 * 24 * 60, refused_twice},
	{is_field_work, CHANNEL_PHONE, 3 * 24 * 60, shared},
	{is_field_work, CHANNEL_POST, 2 * 24 * 60, scanned},
	{is_field_work, CHANNEL_PHONE, 2 * 24 * 60, to_call_back},
	{is_field_work, CHANNEL_PHONE, 30 * 60, refused_once},
	{is_field_work, CHANNEL_PHONE, 26 * 60, promised_too_soon},
	{NULL, CHANNEL_EMAIL, 26 * 60, nobody_told},
	{is_for_others, CHANNEL_EMAIL, 20 * 60, notice_owed},
	{is_danger, CHANNEL_PHONE, 3 * 60, somebody_told},
	{is_incident, CHANNEL_PHONE, 100, many_call},
	{is_danger, CHANNEL_PHONE, 25, nobody_told},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

/* --- making them --- */

static enum guichet_rc caller(struct demo *d, struct sketch *k, struct guichet_err *err)
{
	k->logged_ms = k->received_ms;
	k->agent = demo_agent(chance_below(&d->chance, 2));
	enum guichet_rc rc = people_pick(d, k->channel, k->agent->login, k->logged_ms, true, &k->who, err);
	return rc ? rc : contact_make(d, k->agent, k->channel, OUTCOME_CREATED, k->received_ms, &k->who, false, &k->contact, err);
}

/* Somewhere where the category is its usual service's. */
static void set_place(struct demo *d, struct sketch *k)
{
	struct text subject = TEXT_INIT;
	for (int i = 0; i < PLACES_TRIED; i++) {
		place_pick(&k->place, rates_commune(d->rates, &d->chance), k->category, &d->chance);
		struct competence who = catalogue_competence(d->c, k->category, k->place.commune);
		if ((k->place.known || k->category->nature != NATURE_REPORT) && who.service == k->category->service && who.body == k->category->body)
			break;
	}
	subject_write(&subject, d->phrases, k->category, &k->place, &d->chance);
	snprintf(k->subject, sizeof k->subject, "%s", text_str(&subject));
	text_done(&subject);
}

/* Their calls are the last ones before now. */
static enum guichet_rc callers_join(struct demo *d, const struct sketch *about, const struct lived *lived, struct guichet_err *err)
{
	struct incident *incident;
	enum guichet_rc rc = demo_incident(d, about, lived, STORM, &incident, err);
	for (int i = 0; i < CALLERS && rc == GUICHET_OK; i++) {
		struct lived one;
		struct sketch k = *about;
		k.live = NULL;
		k.parent = incident;
		k.received_ms = d->now_ms - (int64_t)(CALLERS - i) * 11 * MINUTE_MS;
		incident->wanted--;
		rc = caller(d, &k, err);
		if (rc == GUICHET_OK)
			rc = life_make(d, &k, &one, err);
	}
	return rc;
}

static enum guichet_rc make_scene(struct demo *d, size_t i, size_t *made, struct guichet_err *err)
{
	const struct scene *scene = &scenes[i];
	struct sketch k = {.channel = scene->channel, .category = find(d, scene->fits, i), .live = scene->live};
	struct lived lived = {0};
	k.received_ms = d->now_ms - (int64_t)scene->minutes * MINUTE_MS;
	set_place(d, &k);
	enum guichet_rc rc = caller(d, &k, err);
	if (rc == GUICHET_OK)
		rc = life_make(d, &k, &lived, err);
	*made += lived.requests;
	if (rc || scene->live != many_call)
		return rc;
	*made += CALLERS;
	return callers_join(d, &k, &lived, err);
}

size_t now_count(size_t requests)
{
	size_t n = SCENES + CALLERS + PARTS + MAILS_REQUESTS;
	return requests >= n * SCENES_SHARE ? n : 0;
}

enum guichet_rc now_make(struct demo *d, struct guichet_err *err)
{
	size_t made = 0;
	enum guichet_rc rc = store_begin(d->s, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < SCENES && rc == GUICHET_OK; i++)
		rc = make_scene(d, i, &made, err);
	/* What a scene had no actors for. */
	for (; made < SCENES + CALLERS + PARTS && rc == GUICHET_OK; made++) {
		struct sketch k = {.channel = CHANNEL_PHONE, .category = d->c->unsorted, .received_ms = d->now_ms - 2 * (int64_t)HOUR_MS, .live = nobody_told};
		struct lived lived;
		set_place(d, &k);
		rc = caller(d, &k, err);
		if (rc == GUICHET_OK)
			rc = life_make(d, &k, &lived, err);
	}
	if (rc == GUICHET_OK)
		rc = mails_make(d, err);
	if (rc == GUICHET_OK)
		return store_commit(d->s, err);
	store_rollback(d->s);
	return rc;
}
