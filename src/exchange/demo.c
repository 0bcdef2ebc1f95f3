// SPDX-License-Identifier: GPL-3.0-or-later
/* Exercise histories: years of calls, mails, letters and visits, told from the first to the last, so that a demonstration, a training and a measure
 * have something real to work on. The same number of requests at the same moment gives the same history (references and salts are the store's). */
#include "demo_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

enum { A_YEAR = 35000, YEARS_MAX = 10, DAYS_A_YEAR = 365, STORM = 20, IDLE_MS = 400 };
static const double share_stray = 0.13, share_letter_of_many = 0.12, share_incident = 0.05, share_joins = 0.35,
					share_joins_storm = 0.85, share_storm = 0.07;

static const char *const voirie[] = {"voirie", NULL}, *const nettoyage[] = {"nettoyage", NULL},
						 *const dechets[] = {"dechets", NULL}, *const transport[] = {"transport", NULL},
						 *const eau[] = {"eau-assainissement", NULL};
static const struct actor agents[] = {
	{"s.martin", "Sophie Martin", ROLE_AGENT, NULL}, {"a.benali", "Amine Benali", ROLE_AGENT, NULL}};
static const struct actor technicians[] = {
	{"voirie", "Paul Roche", ROLE_SERVICE, voirie},
	{"nettoyage", "Lina Costa", ROLE_SERVICE, nettoyage},
	{"dechets", "Yves Morel", ROLE_SERVICE, dechets},
	{"transport", "Inès Fabre", ROLE_SERVICE, transport},
	{"eau", "Hugo Perrin", ROLE_SERVICE, eau},
};
static const struct actor supervisor = {"c.lefevre", "Claire Lefèvre", ROLE_SUPERVISOR, NULL};

const struct actor *demo_agent(size_t i)
{
	return &agents[i % (sizeof agents / sizeof *agents)];
}
const struct actor *demo_supervisor(void)
{
	return &supervisor;
}

/* A service without guichet answers by email, and a supervisor writes down what it said. */
const struct actor *demo_actor_of(const struct service *service)
{
	for (size_t i = 0; service && i < sizeof technicians / sizeof *technicians; i++)
		if (!strcmp(technicians[i].services[0], service->code))
			return &technicians[i];
	return service && service->desk ? &agents[0] : &supervisor;
}

/* --- incidents that many call about --- */

bool demo_may_be_incident(const struct category *category)
{
	static const char *const codes[] = {"rupture-conduite", "coupure-eau", "eau-couleur", "feux-eteints", "rue-noire",
		"verglas-neige", "collecte-oubliee", "arbre-tombe", "egout-bouche", "inondation-route", "depot-sauvage",
		"bus-sale", "chantier-gene"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(category->code, codes[i]))
			return true;
	return false;
}

static struct incident *incident_under_way(struct demo *d, int64_t at_ms)
{
	for (size_t i = 0; i < DEMO_INCIDENTS_MAX; i++) {
		struct incident *p = &d->incidents[i];
		if (p->wanted > 0 && at_ms > p->from_ms && at_ms < p->until_ms &&
			(p->answered_ms == NO_INSTANT || at_ms < p->answered_ms))
			return p;
	}
	return NULL;
}

static enum guichet_rc put_up_bulletin(struct demo *d, const struct incident *incident, struct guichet_err *err)
{
	struct op op;
	char request[OP_ID_TEXT];
	op_id_format(incident->op, request);
	op_init(&op, OP_BULLETIN, (struct op_id){0, 0}, agents[0].login, incident->from_ms + 20 * MS_PER_MINUTE);
	op_fact_text(&op, "text", incident->subject);
	op_fact_if(&op, "say", incident->category->say);
	op_fact_if(&op, "area", incident->place.address);
	op_fact_int(&op, "until_ms", incident->from_ms + MS_PER_DAY / 2);
	op_fact_text(&op, "request", request);
	enum guichet_rc rc = store_append(d->s, &op, err);
	struct op_id id = op.id;
	op_done(&op);
	if (rc || incident->answered_ms == NO_INSTANT || incident->answered_ms > d->now_ms)
		return rc;
	op_init(&op, OP_BULLETIN_END, id, supervisor.login, incident->answered_ms);
	rc = store_append(d->s, &op, err);
	op_done(&op);
	return rc;
}

enum guichet_rc demo_incident(struct demo *d, const struct sketch *sketch, const struct lived *lived, size_t wanted, struct incident **out,
	struct guichet_err *err)
{
	struct incident *p = &d->incidents[d->incident_next++ % DEMO_INCIDENTS_MAX];
	*p = (struct incident){.op = lived->op,
		.category = sketch->category,
		.place = sketch->place,
		.from_ms = sketch->received_ms,
		.until_ms = sketch->received_ms + MS_PER_DAY / 2,
		.answered_ms = lived->answered_ms,
		.wanted = wanted};
	memcpy(p->subject, sketch->subject, sizeof p->subject);
	*out = p;
	return wanted >= STORM && p->from_ms + 20 * MS_PER_MINUTE <= d->now_ms ? put_up_bulletin(d, p, err) : GUICHET_OK;
}

/* --- one contact, with no request, one, or several --- */

static enum guichet_rc stray_contact(struct demo *d, int64_t at_ms, struct guichet_err *err)
{
	static const struct {
		enum outcome outcome;
		double share;
	} strays[] = {{OUTCOME_INFORMED, 0.36}, {OUTCOME_WRONG_NUMBER, 0.2}, {OUTCOME_TRANSFERRED, 0.22},
		{OUTCOME_HUNG_UP, 0.17}, {OUTCOME_ABUSIVE, 1}};
	struct person who = {0};
	struct op_id id;
	double u = chance_unit(&d->chance);
	size_t i = 0;
	while (u >= strays[i].share && i + 1 < sizeof strays / sizeof *strays)
		u -= strays[i++].share;
	who.has_phone = true;
	who.phone = (uint16_t)chance_below(&d->chance, 60000);
	return contact_make(
		d, demo_agent(chance_below(&d->chance, 2)), CHANNEL_PHONE, strays[i].outcome, at_ms, &who, false, &id, err);
}

/* Letters are opened in the morning of a working day; what comes in by night is written down in the next office hour. */
static void set_times(struct demo *d, struct sketch *k, int32_t day, int minute)
{
	struct chance *c = &d->chance;
	if (k->channel == CHANNEL_POST)
		minute = 8 * 60 + 30 + (int)chance_below(c, 150);
	k->received_ms = paris_instant(day, minute) + (int64_t)chance_below(c, 60000);
	if (k->received_ms > d->now_ms)
		k->received_ms = d->now_ms - (int64_t)chance_below(c, 600000);
	k->logged_ms = k->received_ms;
	if (k->channel == CHANNEL_EMAIL || k->channel == CHANNEL_POST)
		k->logged_ms =
			calendar_next_open(d->c->calendar, k->received_ms + (int64_t)(chance_exponential(c, 90) * MS_PER_MINUTE));
	if (k->logged_ms == NO_INSTANT || k->logged_ms > d->now_ms)
		k->logged_ms = d->now_ms;
}

static void set_matter(struct demo *d, struct sketch *k, int month)
{
	struct text subject = TEXT_INIT;
	struct incident *incident = incident_under_way(d, k->received_ms);
	k->parent = incident && chance_is(&d->chance, incident->wanted >= STORM / 2 ? share_joins_storm : share_joins)
		? incident
		: NULL;
	if (k->parent) {
		k->parent->wanted--;
		k->category = k->parent->category;
		k->place = k->parent->place;
	} else {
		k->category = rates_category(d->rates, month, &d->chance);
		place_pick(&k->place, rates_commune(d->rates, &d->chance), k->category, &d->chance);
		k->incident = k->place.known && !op_id_is_none(k->who.id) && demo_may_be_incident(k->category) &&
			chance_is(&d->chance, share_incident);
	}
	subject_write(&subject, d->phrases, k->category, &k->place, &d->chance);
	snprintf(k->subject, sizeof k->subject, "%s", text_str(&subject));
	text_done(&subject);
}

/* *made: 2 when it was shared. */
static enum guichet_rc one_request(struct demo *d, struct sketch *k, int month, size_t *made, struct guichet_err *err)
{
	struct lived lived;
	struct incident *incident;
	set_matter(d, k, month);
	enum guichet_rc rc = life_make(d, k, &lived, err);
	*made = lived.requests;
	if (rc || !k->incident)
		return rc;
	size_t wanted = chance_is(&d->chance, share_storm) ? STORM + chance_below(&d->chance, 30) : 1 + chance_below(&d->chance, 6);
	return demo_incident(d, k, &lived, wanted, &incident, err);
}

/* A contact and its requests, `left` at most. *made: how many. */
static enum guichet_rc one_contact(struct demo *d, int32_t day, size_t left, size_t *made, struct guichet_err *err)
{
	struct chance *c = &d->chance;
	struct sketch k = {0};
	int year, month, day_of_month, minute = rates_minute(d->rates, day_weekday(day), c);
	day_to_date(day, &year, &month, &day_of_month);
	k.channel = rates_channel(d->rates, day_weekday(day), minute / 60, c);
	k.agent = demo_agent(chance_below(c, 2));
	set_times(d, &k, day, minute);
	enum guichet_rc rc = GUICHET_OK;
	if (k.channel == CHANNEL_PHONE && chance_is(c, share_stray))
		rc = stray_contact(d, k.received_ms - (int64_t)chance_below(c, 3600000), err);
	if (rc == GUICHET_OK)
		rc = people_pick(d, k.channel, k.agent->login, k.logged_ms, false, &k.who, err);
	if (rc == GUICHET_OK)
		rc = contact_make(d, k.agent, k.channel, OUTCOME_CREATED, k.received_ms, &k.who, false, &k.contact, err);
	size_t wanted = 1;
	if ((k.channel == CHANNEL_POST || k.channel == CHANNEL_EMAIL) && chance_is(c, share_letter_of_many))
		wanted += 1 + chance_below(c, 2);
	*made = 0;
	for (size_t n; wanted > 0 && *made < left && rc == GUICHET_OK; wanted--, *made += n) {
		k.may_split = left - *made >= 2;
		rc = one_request(d, &k, month, &n, err);
	}
	return rc;
}

/* --- years of them --- */

/* How many requests each day of the history gets, from the first day to today; the sum is `requests`. */
static size_t *share_out(struct demo *d, size_t requests, int32_t first, int32_t today)
{
	size_t days = (size_t)(today - first) + 1, given = 0;
	size_t *counts = guichet_alloc(days * sizeof *counts);
	double *sums = guichet_alloc(days * sizeof *sums), sum = 0;
	for (size_t i = 0; i < days; i++) {
		int32_t day = first + (int32_t)i;
		double weight = rates_day(d->rates, d->c, day, &d->chance);
		if (day == today)
			weight *= rates_elapsed(d->rates, day_weekday(day), paris_minute(d->now_ms));
		sums[i] = sum += weight;
	}
	for (size_t i = 0; i < days; i++) {
		size_t until = i + 1 == days ? requests : (size_t)(sums[i] / sum * (double)requests);
		counts[i] = until - given;
		given = until;
	}
	free(sums);
	return counts;
}

/* Where the history stands. */
struct cursor {
	int32_t day, today;
	const size_t *counts;
	size_t made_today;
};

static bool move_on(struct cursor *at)
{
	while (at->day <= at->today && at->made_today >= at->counts[0]) {
		at->day++;
		at->counts++;
		at->made_today = 0;
	}
	return at->day <= at->today;
}

/* One transaction a batch, so that an interruption loses nothing that was written before. */
static enum guichet_rc one_batch(struct demo *d, struct cursor *at, size_t *done, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(d->s, err);
	if (rc)
		return rc;
	for (size_t in_batch = 0, n; in_batch < STORE_BATCH && rc == GUICHET_OK && move_on(at); in_batch += n, *done += n) {
		rc = one_contact(d, at->day, at->counts[0] - at->made_today, &n, err);
		at->made_today += n;
	}
	if (rc == GUICHET_OK)
		return store_commit(d->s, err);
	store_rollback(d->s);
	return rc;
}

static enum guichet_rc fill(struct demo *d, size_t requests, const struct progress *p, struct guichet_err *err)
{
	size_t years = requests / A_YEAR, done = 0;
	years = years < 1 ? 1 : years > YEARS_MAX ? YEARS_MAX : years;
	struct cursor at = {.today = paris_day(d->now_ms)};
	at.day = at.today - (int32_t)years * DAYS_A_YEAR;
	size_t *counts = share_out(d, requests, at.day, at.today);
	at.counts = counts;
	enum guichet_rc rc = GUICHET_OK;
	while (rc == GUICHET_OK && done < requests) {
		rc = one_batch(d, &at, &done, err);
		if (rc == GUICHET_OK && p && p->tick && !p->tick(p->context, (int64_t)done, (int64_t)requests))
			rc = guichet_err_set(err, GUICHET_REFUSED,
				_("interrompu : %zu demandes d'exercice sur %zu sont dans le dépôt"), done, requests);
	}
	free(counts);
	return rc;
}

/* A store that has lived for years has had its idle moments: figures summed, the index of words merged. */
static enum guichet_rc settle(struct demo *d, size_t requests, const struct progress *p, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	bool left = true;
	while (left && rc == GUICHET_OK) {
		int64_t from = clock_monotonic_ns();
		rc = store_idle(d->s, IDLE_MS, err);
		left = clock_monotonic_ns() - from >= (int64_t)IDLE_MS * 1000000;
		if (p && p->tick && !p->tick(p->context, (int64_t)requests, (int64_t)requests))
			left = false;
	}
	return rc;
}

enum guichet_rc demo_fill(struct store *s, size_t requests, const struct progress *p, struct guichet_err *err)
{
	if (!store_is_exercise(s))
		return guichet_err_set(
			err, GUICHET_REFUSED, _("%s n'est pas un dépôt d'exercice : rien n'y a été ajouté"), store_path(s));
	struct demo *d = guichet_alloc(sizeof *d);
	d->s = s;
	d->c = store_catalogue(s);
	d->now_ms = store_now(s);
	d->chance.state = (uint64_t)requests * 2654435761u ^ (uint64_t)d->now_ms;
	d->rates = rates_new(d->c);
	d->phrases = phrases_new(d->c);
	enum guichet_rc rc = fill(d, requests - now_count(requests), p, err);
	if (rc == GUICHET_OK && now_count(requests))
		rc = now_make(d, err);
	if (rc == GUICHET_OK)
		rc = settle(d, requests, p, err);
	rates_free(&d->rates);
	phrases_free(&d->phrases);
	free(d->people.list);
	free(d);
	return rc;
}
