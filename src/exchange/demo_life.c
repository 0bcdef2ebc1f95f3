// SPDX-License-Identifier: GPL-3.0-or-later
/* The life of one request of an exercise history: each step goes through the lifecycle at the moment when it is said to have happened, by somebody
 * who may do it; the first step that would lie in the future ends the story, and so the last days hold requests in every state. */
#include "demo_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- one step --- */

void life_take_in(struct life *l, struct op *op)
{
	GUICHET_GROW(l->ops, l->count, l->capacity);
	op->id = store_take_id(l->d->s);
	if (l->count == 0)
		op->subject = op->id;
	l->ops[l->count++] = *op;
	request_done(&l->r);
	request_fold(&l->r, l->ops, l->count);
	l->at_ms = op->wall_ms;
}

bool life_go(struct life *l, enum step step, const struct actor *a, const struct step_args *args, int64_t at_ms)
{
	static const struct step_args nothing = {0};
	struct op op;
	if (at_ms <= l->at_ms)
		at_ms = l->at_ms + MINUTE_MS / 2;
	if (at_ms > l->d->now_ms)
		l->over = true;
	if (l->over || l->rc)
		return false;
	l->rc = lifecycle_step(step, &l->r, a, args ? args : &nothing, l->d->c, at_ms, &op, l->err);
	if (l->rc)
		return false;
	if (step == STEP_ANSWER && l->to_all)
		op_fact_bool(&op, "children", true);
	life_take_in(l, &op);
	return true;
}

static struct chance *chance_of(struct life *l)
{
	return &l->d->chance;
}
static bool is_anonymous(const struct life *l)
{
	return op_id_is_none(l->k->who.id);
}

static const struct service *service_of(const struct life *l)
{
	return catalogue_service(l->d->c, request_text(&l->r, FIELD_SERVICE));
}

const struct actor *life_worker(const struct life *l)
{
	const struct service *service = service_of(l);
	return service && service->desk ? l->k->agent : demo_actor_of(service);
}

int64_t life_working(struct life *l, int64_t at_ms)
{
	bool danger = request_int(&l->r, FIELD_DANGER, 0) != 0;
	const struct calendar *calendar = deadlines_calendar(l->d->c, service_of(l), danger);
	int64_t open = calendar ? calendar_next_open(calendar, at_ms) : at_ms;
	if (open == NO_INSTANT)
		return at_ms;
	return open == at_ms ? at_ms : open + (int64_t)chance_below(chance_of(l), HOUR_MS);
}

int64_t life_between(struct life *l, int64_t from_ms, int64_t to_ms, double low, double high)
{
	double share = low + (high - low) * chance_unit(chance_of(l));
	return from_ms + (int64_t)(share * (double)(to_ms - from_ms));
}

/* --- contacts --- */

enum guichet_rc contact_make(struct demo *d, const struct actor *a, enum channel channel, enum outcome outcome,
	int64_t at_ms, const struct person *who, bool outward, struct op_id *id, struct guichet_err *err)
{
	struct op op;
	char requester[OP_ID_TEXT], number[PHONE_MAX];
	bool spoken = channel == CHANNEL_PHONE || channel == CHANNEL_DESK;
	int64_t end_ms = at_ms + 30000 + (int64_t)(chance_exponential(&d->chance, 160) * 1000);
	op_init(&op, OP_CONTACT, (struct op_id){0, 0}, a->login, spoken && end_ms < d->now_ms ? end_ms : at_ms);
	op_fact_text(&op, "channel", channel_code(channel));
	op_fact_text(&op, "outcome", outcome_code(outcome));
	op_fact_int(&op, "start_ms", at_ms);
	if (spoken)
		op_fact_int(&op, "end_ms", end_ms);
	if (outward)
		op_fact_bool(&op, "outward", true);
	if (!op_id_is_none(who->id)) {
		op_id_format(who->id, requester);
		op_fact_text(&op, "requester", requester);
	}
	if (channel == CHANNEL_PHONE && who->has_phone) {
		phone_of_index(who->phone, number);
		op_personal_text(&op, "number", number);
	}
	enum guichet_rc rc = store_append(d->s, &op, err);
	*id = op.id;
	op_done(&op);
	return rc;
}

/* "Where does it stand?" */
static void chased(struct life *l, int64_t at_ms)
{
	struct op_id contact;
	char id[OP_ID_TEXT];
	if (at_ms <= l->at_ms)
		at_ms = l->at_ms + HOUR_MS;
	if (is_anonymous(l) || at_ms > l->d->now_ms || l->over || l->rc)
		return;
	enum channel channel = l->k->who.has_phone ? CHANNEL_PHONE : CHANNEL_EMAIL;
	const struct actor *agent = demo_agent(chance_below(chance_of(l), 2));
	l->rc = contact_make(l->d, agent, channel, OUTCOME_CHASED, at_ms, &l->k->who, false, &contact, l->err);
	op_id_format(contact, id);
	struct step_args args = {.contact = id, .outcome = outcome_code(OUTCOME_CHASED), .channel = channel_code(channel)};
	life_go(l, STEP_TOUCH, agent, &args, at_ms + 2 * MINUTE_MS);
}

/* --- beginning --- */

static void write_place(struct op *op, const struct place *p)
{
	if (!p->known)
		return;
	op_write_text(op, NULL, FIELD_ADDRESS, p->address);
	if (p->detail)
		op_write_text(op, NULL, FIELD_PLACE_DETAIL, p->detail);
	if (p->latitude != 0) {
		op_write_real(op, NULL, FIELD_LATITUDE, p->latitude);
		op_write_real(op, NULL, FIELD_LONGITUDE, p->longitude);
	}
}

static void write_texts(struct life *l, struct op *op)
{
	const struct sketch *k = l->k;
	struct text text = TEXT_INIT;
	op_write_text(op, NULL, FIELD_SUBJECT, k->subject);
	if (k->channel != CHANNEL_PHONE || chance_is(chance_of(l), 0.8)) {
		description_write(&text, l->d->phrases, k->category, &k->place, k->channel == CHANNEL_POST, chance_of(l));
		op_write_text(op, NULL, FIELD_DESCRIPTION, text_str(&text));
	}
	if (k->channel == CHANNEL_POST) {
		int year, month, day;
		char date[40];
		day_to_date(paris_day(k->received_ms) - 2 - (int32_t)chance_below(chance_of(l), 4), &year, &month, &day);
		snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
		op_write_text(op, NULL, FIELD_DOCUMENT_DATE, date);
	}
	text_done(&text);
}

static void created(struct life *l)
{
	const struct sketch *k = l->k;
	char contact[OP_ID_TEXT], requester[OP_ID_TEXT];
	struct op op;
	op_id_format(k->contact, contact);
	op_id_format(k->who.id, requester);
	struct create_args args = {.channel = k->channel,
		.category = k->category,
		.commune = k->place.commune,
		.nature = -1,
		.danger = k->category->nature == NATURE_REPORT && chance_is(chance_of(l), 0.004),
		.received_ms = k->received_ms,
		.logged_ms = k->logged_ms,
		.contact = contact,
		.requester = is_anonymous(l) ? NULL : requester,
		.promise_told = k->channel == CHANNEL_PHONE || k->channel == CHANNEL_DESK};
	l->rc = store_next_reference(l->d->s, &args.reference, l->err);
	if (l->rc)
		return;
	op_init(&op, OP_CREATE, (struct op_id){0, 0}, k->agent->login, k->logged_ms);
	write_texts(l, &op);
	write_place(&op, &k->place);
	request_create_op(&args, l->d->c, k->agent, k->logged_ms, &op);
	life_take_in(l, &op);
}

/* Most letters are scanned; a few mails show what they speak of. */
static void came_on_paper(struct life *l)
{
	bool letter = l->k->channel == CHANNEL_POST,
		 mail = l->k->channel == CHANNEL_EMAIL && l->k->category->nature == NATURE_REPORT;
	if (letter && chance_is(chance_of(l), 0.6))
		paper_attach(l, l->k->category->nature == NATURE_COMPLAINT ? PAPER_CLAIM
					 : chance_is(chance_of(l), 0.05)               ? PAPER_PETITION
																   : PAPER_LETTER);
	else if (mail && chance_is(chance_of(l), 0.3))
		paper_attach(l, PAPER_PHOTO);
}

/* Within minutes; of those of the last hours a few wait to be told. */
static void danger_told(struct life *l)
{
	const struct service *service = service_of(l);
	struct text who = TEXT_INIT;
	if (!request_int(&l->r, FIELD_DANGER, 0))
		return;
	if (l->at_ms > l->d->now_ms - 8 * HOUR_MS && chance_is(chance_of(l), 0.35))
		return;
	text_addf(&who, "astreinte %s", service && !service->desk ? service->name : "générale");
	struct step_args args = {.who = text_str(&who)};
	life_go(l, STEP_DANGER_TOLD, l->k->agent, &args,
		l->at_ms + 2 * MINUTE_MS + (int64_t)(chance_exponential(chance_of(l), 5) * MINUTE_MS));
	text_done(&who);
}

/* What the agent could not place is, within two hours. */
static void qualified(struct life *l)
{
	int month = paris_civil(l->k->received_ms).month;
	const struct category *category = rates_category(l->d->rates, month, chance_of(l));
	if (category == l->d->c->unsorted)
		return;
	struct step_args args = {.field = "category", .value = category->code};
	life_go(l, STEP_EDIT, demo_agent(chance_below(chance_of(l), 2)), &args,
		life_working(l, l->at_ms + (10 + (int64_t)chance_below(chance_of(l), 100)) * MINUTE_MS));
}

/* --- ends --- */

const char *life_reply_channel(const struct life *l)
{
	const struct person *who = &l->k->who;
	if (l->k->channel == CHANNEL_POST)
		return channel_code(CHANNEL_POST);
	if (l->k->channel != CHANNEL_PHONE && who->has_email)
		return channel_code(CHANNEL_EMAIL);
	return channel_code(who->has_phone ? CHANNEL_PHONE : who->has_email ? CHANNEL_EMAIL : CHANNEL_POST);
}

void life_closed(struct life *l, const struct actor *a, const char *reason, int64_t at_ms)
{
	struct step_args args = {
		.reason = reason, .covered = l->k->parent != NULL, .parent_answered_all = l->k->parent != NULL};
	if (!request_danger_untold(&l->r))
		life_go(l, STEP_CLOSE, a, &args, at_ms);
}

bool life_answered(struct life *l, int64_t at_ms)
{
	const struct actor *worker = life_worker(l), *teller = worker;
	const struct category *category = catalogue_category(l->d->c, request_text(&l->r, FIELD_CATEGORY));
	enum nature nature = NATURE_REPORT;
	nature_parse(request_text(&l->r, FIELD_NATURE), &nature);
	const char *text = answer_text(nature, chance_of(l));
	struct step_args args = {.text = text, .channel = life_reply_channel(l)};
	if ((category && category->second_reading) || chance_is(chance_of(l), 0.4)) {
		struct step_args draft = {.text = text, .draft = true};
		if (!life_go(l, STEP_ANSWER, worker, &draft, at_ms - HOUR_MS))
			return false;
		args.text = NULL;
		teller = worker->roles & ROLE_AGENT ? demo_supervisor() : demo_agent(chance_below(chance_of(l), 2));
	}
	l->to_all = l->k->incident;
	bool done = life_go(l, STEP_ANSWER, teller, &args, at_ms);
	l->to_all = false;
	if (done)
		life_closed(l, teller, NULL, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 1.2) * DAY_MS));
	return done;
}

/* Three tries over two days, then it is given up; or the person is reached and told. */
static void called_back(struct life *l, int64_t at_ms, bool reached)
{
	const struct actor *agent = demo_agent(chance_below(chance_of(l), 2));
	const struct actor *worker = life_worker(l);
	struct step_args draft = {.text = answer_text(NATURE_REPORT, chance_of(l)), .draft = true};
	if (!life_go(l, STEP_ANSWER, worker, &draft, at_ms - 4 * HOUR_MS))
		return;
	int64_t try_ms = (at_ms > l->at_ms ? at_ms : l->at_ms) + HOUR_MS;
	struct step_args plan = {.at_ms = try_ms};
	if (!life_go(l, STEP_CALLBACK, agent, &plan, l->at_ms + MINUTE_MS))
		return;
	for (int i = 0; i < 3 && !reached; i++) {
		int64_t next = life_working(l, try_ms + 20 * HOUR_MS);
		struct step_args tried = {.result = i == 0 ? "messagerie" : "ne répond pas", .date_ms = next};
		if (!life_go(l, STEP_CALLBACK_TRIED, agent, &tried, try_ms))
			return;
		try_ms = next;
	}
	if (!reached) {
		life_closed(l, agent, close_reason_code(CLOSE_UNREACHABLE), l->at_ms + 10 * MINUTE_MS);
		return;
	}
	struct step_args tried = {.result = "joint", .reached = true}, told = {.channel = channel_code(CHANNEL_PHONE)};
	if (life_go(l, STEP_CALLBACK_TRIED, agent, &tried, try_ms + 5 * MINUTE_MS) &&
		life_go(l, STEP_ANSWER, worker->roles & ROLE_AGENT ? demo_supervisor() : agent, &told, l->at_ms + MINUTE_MS))
		life_closed(l, agent, NULL, l->at_ms + MINUTE_MS);
}

static void reopened(struct life *l)
{
	struct step_args why = {.reason = "l'usager rappelle : le problème est revenu"};
	if (life_go(l, STEP_REOPEN, demo_agent(chance_below(chance_of(l), 2)), &why,
			life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 6) * DAY_MS))) &&
		life_go(l, STEP_TAKE, life_worker(l), NULL,
			life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 10) * HOUR_MS))))
		life_answered(l, life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 3) * DAY_MS)));
}

/* --- ways --- */

/* Out of the remit: passed on, and the requester told, at once or a little later. */
static void redirected(struct life *l, const struct body *body)
{
	bool live = l->k->channel == CHANNEL_PHONE || l->k->channel == CHANNEL_DESK;
	bool at_once = live || is_anonymous(l) || chance_is(chance_of(l), 0.85);
	struct step_args args = {.body = body->code,
		.text = at_once ? "Orienté vers l'organisme compétent, coordonnées données." : NULL,
		.channel = live       ? channel_code(l->k->channel)
			: is_anonymous(l) ? channel_code(CHANNEL_WEB)
							  : life_reply_channel(l)};
	int64_t at_ms = live ? l->at_ms + 2 * MINUTE_MS
						 : life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 5) * HOUR_MS));
	if (!life_go(l, STEP_REDIRECT, l->k->agent, &args, at_ms) || at_once)
		return;
	struct step_args notice = {
		.text = "Votre demande a été transmise à l'organisme compétent.", .channel = life_reply_channel(l)};
	life_go(l, STEP_INFORM, l->k->agent, &notice,
		life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 1.5) * DAY_MS)));
}

static void joined(struct life *l)
{
	struct step_args link = {.target = l->k->parent->op};
	int64_t until_ms = l->k->parent->answered_ms;
	if (!life_go(l, STEP_LINK, l->k->agent, &link, l->at_ms + MINUTE_MS) || until_ms == NO_INSTANT)
		return;
	const struct actor *agent = demo_agent(0);
	if (is_anonymous(l) || chance_is(chance_of(l), 0.1)) {
		life_closed(l, agent, close_reason_code(is_anonymous(l) ? CLOSE_ANONYMOUS : CLOSE_DUPLICATE), until_ms + MINUTE_MS);
		return;
	}
	struct step_args args = {
		.text = "L'incident est terminé. Merci de votre appel.", .channel = life_reply_channel(l), .covered = true};
	if (life_go(l, STEP_ANSWER, agent, &args, until_ms + MINUTE_MS))
		life_closed(l, agent, NULL, l->at_ms + HOUR_MS);
}

static bool answered_in_call(struct life *l)
{
	const struct category *category = l->k->category;
	bool spoken = l->k->channel == CHANNEL_PHONE || l->k->channel == CHANNEL_DESK;
	if (!category->short_path || category->nature != NATURE_INFORMATION || category->second_reading || !spoken ||
		!chance_is(chance_of(l), 0.85))
		return false;
	struct step_args args = {
		.text = answer_text(NATURE_INFORMATION, chance_of(l)), .channel = channel_code(l->k->channel)};
	if (life_go(l, STEP_ANSWER, l->k->agent, &args, l->at_ms + MINUTE_MS))
		life_closed(l, l->k->agent, NULL, l->at_ms + MINUTE_MS / 2);
	return true;
}

/* The service says that it is another's; the desk, at the second refusal a supervisor, sends it there. */
static bool refused(struct life *l)
{
	static const char *const others[] = {"voirie", "nettoyage", "dechets", "eau-assainissement", "transport"};
	for (int times = 0; times < 2 && (times == 0 || chance_is(chance_of(l), 0.12)); times++) {
		const struct actor *worker = life_worker(l);
		const char *to = others[chance_below(chance_of(l), 5)];
		if (!strcmp(to, request_text(&l->r, FIELD_SERVICE)))
			to = !strcmp(to, others[0]) ? others[1] : others[0];
		if (!(worker->roles & ROLE_SERVICE) || !catalogue_service(l->d->c, to))
			return true;
		struct step_args no = {.reason = refusal_text(chance_of(l)), .service = to}, route = {.service = to};
		if (!life_go(l, STEP_REFUSE, worker, &no,
				life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 8) * HOUR_MS))) ||
			!life_go(l, STEP_ROUTE, times ? demo_supervisor() : l->k->agent, &route,
				life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 3) * HOUR_MS))))
			return false;
	}
	return true;
}

/* Ends for which nobody owes an answer. */
static bool dropped(struct life *l)
{
	double u = chance_unit(chance_of(l));
	bool untouched = l->r.beneath == STATUS_NEW || l->r.beneath == STATUS_ROUTED;
	if (u < 0.005 && untouched && !request_danger_untold(&l->r)) {
		struct step_args args = {.reason = "saisie deux fois"};
		life_go(l, STEP_CANCEL, l->k->agent, &args, l->at_ms + 5 * MINUTE_MS);
	} else if (u < 0.013) {
		life_closed(l, demo_agent(0), close_reason_code(CLOSE_WITHDRAWN),
			life_working(l, l->at_ms + (int64_t)(chance_exponential(chance_of(l), 20) * HOUR_MS)));
	} else if (u < 0.016) {
		life_closed(
			l, demo_agent(0), close_reason_code(u < 0.015 ? CLOSE_UNWANTED : CLOSE_ABUSIVE), l->at_ms + 10 * MINUTE_MS);
	} else {
		return false;
	}
	return true;
}

/* Each category has its own habits, the same in every history. */
static double lateness_of(const struct category *category)
{
	unsigned sum = 0;
	for (const char *s = category->code; *s; s++)
		sum = sum * 31 + (unsigned char)*s;
	return 0.06 + 0.2 * (sum % 97) / 96.0;
}

static bool waited(struct life *l, int64_t *answer_ms)
{
	bool requester = !is_anonymous(l) && chance_is(chance_of(l), 0.6);
	struct step_args args = {.reason = wait_reason_code(requester ? WAIT_REQUESTER : WAIT_THIRD_PARTY),
		.text = requester ? "Attend une précision de l'usager." : "Attend l'entreprise."};
	int64_t days_ms = DAY_MS + (int64_t)(chance_exponential(chance_of(l), 5) * DAY_MS);
	if (!life_go(l, STEP_WAIT, life_worker(l), &args, life_working(l, l->at_ms + HOUR_MS)))
		return false;
	*answer_ms += days_ms;
	return life_go(l, STEP_RESUME, life_worker(l), NULL, life_working(l, l->at_ms + days_ms));
}

static bool ordered(struct life *l, int64_t answer_ms)
{
	char number[32];
	static const char *const crews[] = {
		"régie", "Travaux du Centre", "Sols et Réseaux", "Vert Chantier", "Éclair'Public"};
	snprintf(number, sizeof number, "%s-%u", chance_is(chance_of(l), 0.5) ? "OT" : "BC",
		1000 + (unsigned)chance_below(chance_of(l), 90000));
	struct step_args args = {.number = number,
		.contractor = crews[chance_below(chance_of(l), 5)],
		.date_ms = chance_is(chance_of(l), 0.6) ? life_working(l, answer_ms - HOUR_MS) : 0};
	return life_go(l, STEP_ORDER, life_worker(l), &args, life_working(l, life_between(l, l->at_ms, answer_ms, 0.05, 0.4)));
}

/* A citizen whose date can't be kept is told so, or asks; and the service is reminded. */
static void kept_waiting(struct life *l, int64_t due_ms, int64_t answer_ms)
{
	const struct actor *agent = demo_agent(chance_below(chance_of(l), 2));
	struct step_args inform = {
		.text = "Votre demande est suivie ; l'intervention a pris du retard.", .channel = life_reply_channel(l)};
	if (!is_anonymous(l) && chance_is(chance_of(l), 0.35) &&
		!life_go(l, STEP_INFORM, agent, &inform, life_working(l, due_ms - HOUR_MS)))
		return;
	if (!is_anonymous(l) && chance_is(chance_of(l), 0.3)) {
		struct step_args promise = {
			.date_ms = paris_instant(paris_day(answer_ms) + (chance_is(chance_of(l), 0.8) ? 2 : -1), 1050),
			.reason = "retard de l'entreprise",
			.channel = life_reply_channel(l)};
		if (promise.date_ms > l->at_ms + DAY_MS && !life_go(l, STEP_PROMISE, agent, &promise, l->at_ms + MINUTE_MS))
			return;
	}
	if (chance_is(chance_of(l), 0.4))
		chased(l, life_working(l, life_between(l, due_ms, answer_ms, 0.1, 0.8)));
	struct step_args remind = {.text = "Délai dépassé, l'usager attend."};
	const struct service *service = service_of(l);
	if (service && !service->desk && chance_is(chance_of(l), 0.6))
		life_go(l, STEP_REMIND, agent, &remind, l->at_ms + HOUR_MS);
}

/* When it will be answered, if nothing comes between. */
static int64_t draw_answer(struct life *l, int64_t *due_ms, bool *late)
{
	struct deadlines due;
	int64_t from_ms = l->at_ms;
	deadlines_compute(&l->r, l->d->c, from_ms, &due, NULL);
	*due_ms = due.due[TARGET_ANSWER] == NO_INSTANT ? from_ms + 5 * (int64_t)DAY_MS : due.due[TARGET_ANSWER];
	*late = chance_is(chance_of(l), lateness_of(l->k->category)) || *due_ms <= from_ms + HOUR_MS;
	if (*late)
		return *due_ms + HOUR_MS + (int64_t)(chance_exponential(chance_of(l), 3.5) * DAY_MS);
	return life_between(l, from_ms, *due_ms - HOUR_MS, 0.08, 0.97);
}

static bool taken_and_done(struct life *l, int64_t due_ms, int64_t *answer_ms, bool late)
{
	const struct service *service = service_of(l);
	bool field_work = l->k->category->nature == NATURE_REPORT && service && !service->desk;
	if (!life_go(l, STEP_TAKE, life_worker(l), NULL, life_working(l, life_between(l, l->at_ms, late ? due_ms : *answer_ms, 0.05, 0.4))))
		return false;
	struct step_args note = {.text = note_text(chance_of(l))};
	if (chance_is(chance_of(l), 0.08) && !life_go(l, STEP_NOTE, life_worker(l), &note, l->at_ms + 20 * MINUTE_MS))
		return false;
	if (chance_is(chance_of(l), 0.04) && !waited(l, answer_ms))
		return false;
	if (field_work && l->k->may_split && !l->k->incident && !is_anonymous(l) && chance_is(chance_of(l), 0.012) && !split_share(l))
		return false;
	if (field_work && chance_is(chance_of(l), 0.45) && !ordered(l, *answer_ms))
		return false;
	if (late)
		kept_waiting(l, due_ms, *answer_ms);
	else if (chance_is(chance_of(l), 0.03))
		chased(l, life_working(l, life_between(l, l->at_ms, *answer_ms, 0.2, 0.8)));
	return !field_work || life_go(l, STEP_DONE, life_worker(l), NULL, life_working(l, life_between(l, l->at_ms, *answer_ms, 0.6, 0.95)));
}

static void worked(struct life *l)
{
	bool late, plain = l->k->incident;
	int64_t due_ms, answer_ms;
	if (!plain && chance_is(chance_of(l), 0.018) && !refused(l))
		return;
	answer_ms = draw_answer(l, &due_ms, &late);
	/* Now and then one is forgotten. */
	if (!plain && l->at_ms > l->d->now_ms - 250 * (int64_t)DAY_MS && chance_is(chance_of(l), 0.003))
		return;
	if (!taken_and_done(l, due_ms, &answer_ms, late))
		return;
	answer_ms = life_working(l, answer_ms > l->at_ms ? answer_ms : l->at_ms + HOUR_MS);
	if (is_anonymous(l)) {
		life_closed(l, life_worker(l), close_reason_code(CLOSE_ANONYMOUS), answer_ms);
	} else if (!plain && !l->part && l->k->who.has_phone && l->k->channel == CHANNEL_PHONE && chance_is(chance_of(l), 0.05)) {
		called_back(l, answer_ms, chance_is(chance_of(l), 0.85));
	} else if (life_answered(l, answer_ms) && !plain && !l->part && l->r.status == STATUS_CLOSED && chance_is(chance_of(l), 0.03)) {
		reopened(l);
	}
}

static void lived(struct life *l)
{
	came_on_paper(l);
	danger_told(l);
	if (l->k->parent) {
		joined(l);
		return;
	}
	if (l->k->category == l->d->c->unsorted) {
		qualified(l);
		if (l->over || l->rc)
			return;
		danger_told(l); /* it turned out to be one */
	}
	const struct category *category = catalogue_category(l->d->c, request_text(&l->r, FIELD_CATEGORY));
	struct competence who =
		category ? catalogue_competence(l->d->c, category, l->k->place.commune) : (struct competence){0};
	if (who.body)
		redirected(l, who.body);
	else if (l->k->incident || (!answered_in_call(l) && !dropped(l)))
		worked(l);
}

enum guichet_rc life_keep(struct life *l)
{
	if (l->rc == GUICHET_OK)
		l->rc = store_append_history(l->d->s, l->ops, l->count, NULL, l->err);
	return l->rc;
}

void life_done(struct life *l)
{
	request_done(&l->r);
	for (size_t i = 0; i < l->count; i++)
		op_done(&l->ops[i]);
	free(l->ops);
}

enum guichet_rc life_make(struct demo *d, const struct sketch *sketch, struct lived *out, struct guichet_err *err)
{
	struct life l = {.d = d, .k = sketch, .err = err};
	created(&l);
	if (l.rc == GUICHET_OK && sketch->live)
		sketch->live(&l);
	else if (l.rc == GUICHET_OK)
		lived(&l);
	life_keep(&l);
	if (l.rc == GUICHET_OK && l.part)
		l.rc = split_part(&l);
	*out = (struct lived){
		l.count ? l.ops[0].id : (struct op_id){0, 0}, l.count ? l.r.answered_ms : NO_INSTANT, l.part ? 2 : 1};
	life_done(&l);
	return l.rc;
}
