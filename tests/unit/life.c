// SPDX-License-Identifier: GPL-3.0-or-later
/* See life.h. */
#include "life.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"

#define OFFICE_DAY "\"08:30-12:00 13:30-17:30\"\n"
#define WHOLE_DAY "\"00:00-24:00\"\n"

static const char metropole[] =
	"[metropole]\nname = Métropole VERTE\ncalendar = bureau\ndesk = proximite\nunsorted = a-qualifier\n"
	"[calendar:bureau]\nname = Bureaux\nmonday = " OFFICE_DAY "tuesday = " OFFICE_DAY "wednesday = " OFFICE_DAY
	"thursday = " OFFICE_DAY "friday = " OFFICE_DAY "saturday = \"\"\nsunday = \"\"\n"
	"[calendar:astreinte]\nname = Astreinte\nmonday = " WHOLE_DAY "tuesday = " WHOLE_DAY "wednesday = " WHOLE_DAY
	"thursday = " WHOLE_DAY "friday = " WHOLE_DAY "saturday = " WHOLE_DAY "sunday = " WHOLE_DAY "holidays = open\n"
	"[service:proximite]\nname = Service de Proximité\ncalendar = bureau\n"
	"[service:voirie]\nname = Voirie\ncalendar = bureau\non_call_calendar = astreinte\non_call_phone = 01 23 45 67 80\n"
	"[service:nettoyage]\nname = Nettoyage\ncalendar = bureau\n"
	"[body:ville]\nname = Ville centre\nkind = town\nphone = 3975\n"
	"[commune:aigues]\nname = Aigues-sur-Verte\npostcodes = 73010\ntown_hall = ville\n"
	"[commune:bois]\nname = Bois-Joli\npostcodes = 73020\n";

static const char categories[] =
	"[group:voirie]\nname = Voirie\n"
	"[defaults:courant]\nacknowledge = 1j\nacknowledge.post = 14jc\ntake = 4h\ncomplete = 5j\nanswer = 6j\nlegal = 2mois\nsilence = refuses\npriority = 3\n"
	"[category:nid-de-poule]\nname = Nid de poule\ngroup = voirie\nnature = report\nservice = voirie\ndefaults = courant\n"
	"[category:fuite]\nname = Fuite de gaz\ngroup = voirie\nnature = report\nservice = voirie\ndefaults = courant\ndanger = yes\n"
	"complete = 2h\npriority = 1\n"
	"[category:depot]\nname = Dépôt sauvage\ngroup = voirie\nnature = report\nservice = nettoyage\ndefaults = courant\n"
	"complete = 2j\npriority = 4\nexcept.bois = service:voirie\n"
	"[category:horaires]\nname = Horaires\ngroup = voirie\nnature = information\nservice = proximite\ndefaults = courant\nshort_path = yes\n"
	"[category:plainte]\nname = Plainte\ngroup = voirie\nnature = complaint\nservice = proximite\ndefaults = courant\nsecond_reading = yes\n"
	"[category:ecole]\nname = École\ngroup = voirie\nnature = report\nbody = ville\ndefaults = courant\n"
	"[category:a-qualifier]\nname = À qualifier\ngroup = voirie\nnature = report\ndefaults = courant\n";

struct catalogue *life_catalogue(void)
{
	struct catalogue_source source = {0};
	struct problems problems = {0};
	struct catalogue *c = NULL;

	catalogue_source_add(&source, "metropole.ini", metropole, sizeof metropole - 1);
	catalogue_source_add(&source, "motifs.ini", categories, sizeof categories - 1);
	catalogue_build(&source, &c, &problems);
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "%s:%d: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problems_done(&problems);
	catalogue_source_done(&source);
	if (!c)
		abort();
	return c;
}

static const char *const of_voirie[] = {"voirie", NULL}, *const of_nettoyage[] = {"nettoyage", NULL};

const struct actor marie = {"marie", "Marie Aubert", ROLE_AGENT, NULL};
const struct actor paul = {"paul", "Paul Nguyen", ROLE_AGENT, NULL};
const struct actor jean = {"jean", "Jean Roche", ROLE_SERVICE, of_voirie};
const struct actor luc = {"luc", "Luc Perrin", ROLE_SERVICE, of_nettoyage};
const struct actor chef = {"chef", "Anne Vidal", ROLE_SUPERVISOR, NULL};
const struct actor dsi = {"dsi", "DSI", ROLE_ADMIN | ROLE_DPO, NULL};
const struct actor borne = {"borne", "Borne", ROLE_KIOSK, NULL};

int64_t life_time(const char *s)
{
	int64_t ms;

	if (instant_parse("test", s, &ms, NULL) != GUICHET_OK)
		abort();
	return ms;
}

void life_fold(struct life *s)
{
	request_done(&s->r);
	request_fold(&s->r, s->ops, s->count);
}

struct op_id life_append(struct life *s, struct op *op)
{
	static const uint8_t salt[OP_SALT] = {7};

	if (s->count == LIFE_OPS)
		abort();
	op->id = (struct op_id){7, ++s->dseq};
	if (op_id_is_none(op->subject))
		op->subject = op->id;
	if (op_seal(op, salt, &s->err) != GUICHET_OK)
		abort();
	s->ops[s->count++] = *op;
	life_fold(s);
	return s->ops[s->count - 1].id;
}

void life_start_args(struct life *s, const struct create_args *args)
{
	struct op op;

	op_init(&op, OP_CREATE, (struct op_id){0, 0}, marie.login, s->now_ms);
	op_write_text(&op, NULL, FIELD_SUBJECT, "Trou devant le 12");
	op_write_text(&op, NULL, FIELD_DESCRIPTION, "Un grand trou sur la chaussée.");
	request_create_op(args, s->catalogue, &marie, s->now_ms, &op);
	life_append(s, &op);
}

void life_start(struct life *s, const char *category, bool anonymous)
{
	struct create_args args = {
		.reference = 3140032106, .channel = CHANNEL_PHONE, .nature = -1, .requester = anonymous ? NULL : "7.900"};

	memset(s, 0, sizeof *s);
	s->catalogue = life_catalogue();
	s->now_ms = life_time("2026-11-24 10:00");
	args.received_ms = args.logged_ms = s->now_ms;
	args.category = category ? catalogue_category(s->catalogue, category) : NULL;
	args.commune = catalogue_commune(s->catalogue, "aigues");
	life_start_args(s, &args);
}

void life_end(struct life *s)
{
	request_done(&s->r);
	for (size_t i = 0; i < s->count; i++)
		op_done(&s->ops[i]);
	catalogue_free(&s->catalogue);
}

enum guichet_rc life_step(struct life *s, const struct actor *who, enum step step, const struct step_args *args)
{
	enum guichet_rc rc;
	struct op op;

	s->err.message[0] = '\0';
	rc = lifecycle_step(step, &s->r, who, args, s->catalogue, s->now_ms, &op, &s->err);
	if (rc == GUICHET_OK)
		life_append(s, &op);
	return rc;
}

void life_set(struct life *s, enum request_field f, const char *value)
{
	struct op op;

	op_init(&op, OP_EDIT, s->r.id, "somebody", s->now_ms);
	op_write_text(&op, &s->r, f, value);
	life_append(s, &op);
}

void life_put(struct life *s, enum status status)
{
	life_set(s, FIELD_STATUS, status_code(status));
}

const struct op *life_last(const struct life *s)
{
	return &s->ops[s->count - 1];
}

void op_copy(struct op *to, const struct op *from)
{
	op_init(to, from->kind, from->subject, from->actor, from->wall_ms);
	to->id = from->id;
	to->seq = from->seq;
	to->v = from->v;
	memcpy(to->salt, from->salt, OP_SALT);
	memcpy(to->hash, from->hash, OP_HASH);
	if (op_load_payload(to, from->facts_text, from->personal_text, from->base_text, NULL) != GUICHET_OK)
		abort();
}

static void dump_ms(struct text *out, const char *name, int64_t ms)
{
	if (ms == NO_INSTANT)
		text_addf(out, " %s=-", name);
	else
		text_addf(out, " %s=%lld", name, (long long)ms);
}

static void dump_fields(struct text *out, const struct request *r)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		for (size_t i = 0; i < r->fields[f].count; i++) {
			const struct field_write *w = &r->fields[f].heads[i];
			char *value = json_dumps(w->value, JSON_ENCODE_ANY | JSON_COMPACT), id[OP_ID_TEXT];

			op_id_format(w->by, id);
			text_addf(out, "%s%s by %s: %s\n", request_field_info((enum request_field)f)->key, i ? " (kept)" : "", id,
				value ? value : "blanked");
			free(value);
		}
	}
}

static void dump_lists(struct text *out, const struct request *r)
{
	for (size_t i = 0; i < r->promise_count; i++)
		text_addf(out, "promise %lld %lld %s %s\n", (long long)r->promises[i].date_ms,
			(long long)r->promises[i].told_ms, r->promises[i].told_by, r->promises[i].reason);
	for (size_t i = 0; i < r->callback_count; i++)
		text_addf(out, "callback %lld %d %u %lld %s\n", (long long)r->callbacks[i].at_ms, r->callbacks[i].done,
			r->callbacks[i].attempts, (long long)r->callbacks[i].last_try_ms, r->callbacks[i].last_result);
	for (size_t i = 0; i < r->answer_count; i++)
		text_addf(out, "answer %s %s %s %lld %d %d\n", r->answers[i].author, r->answers[i].channel, r->answers[i].text,
			(long long)r->answers[i].at_ms, r->answers[i].told, r->answers[i].bounced);
	for (size_t i = 0; i < r->pause_count; i++)
		text_addf(out, "pause %lld %lld\n", (long long)r->pauses[i].from_ms, (long long)r->pauses[i].to_ms);
	for (size_t i = 0; i < r->order_count; i++)
		text_addf(out, "order %s %s\n", r->orders[i].number, r->orders[i].contractor);
	for (size_t i = 0; i < r->attachment_count; i++)
		text_addf(out, "attachment %s %lld\n", r->attachments[i].name, (long long)r->attachments[i].bytes);
	for (size_t i = 0; i < r->danger_told_count; i++)
		text_addf(out, "told %s\n", r->dangers_told[i].who);
}

void life_dump(struct text *out, const struct request *r)
{
	text_addf(out,
		"%lld %s/%s hops=%u reopened=%u chased=%u reminders=%u notes=%u contacts=%u notice=%d clarified=%d review=%d open=%d",
		(long long)r->reference, status_code(r->status), status_code(r->beneath), r->hops, r->reopened, r->chased,
		r->reminders, r->notes, r->contacts, r->notice_given, r->clarified, r->review_mark, request_is_open(r));
	text_addf(out, " reason=%s draft=%s by %s frozen=%d", r->close_reason ? r->close_reason : "-",
		r->drafted_answer ? r->drafted_answer : "-", r->drafted_by ? r->drafted_by : "-", r->frozen_due != NULL);
	dump_ms(out, "answered", r->answered_ms);
	dump_ms(out, "closed", r->closed_ms);
	dump_ms(out, "updated", r->updated_ms);
	dump_ms(out, "start", r->clock_start_ms);
	text_addc(out, '\n');
	dump_fields(out, r);
	dump_lists(out, r);
}
