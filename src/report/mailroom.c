// SPDX-License-Identifier: GPL-3.0-or-later
/* The letters of the day. Does not know how a letter is laid out (letter.c), nor what it says (compose.c), nor where PDFs go. */
#include "guichet/report/mailroom.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/compose.h"
#include "guichet/store/correspondence.h"
#include "guichet/store/desk.h"

static void letter_done(struct mailroom_letter *l)
{
	free(l->others);
	free(l->subject);
	free(l->text);
	free(l->service);
	free(l->agent);
	free(l->their_reference);
	free(l->problem);
	letter_pdf_done(&l->pdf);
}

void mailroom_done(struct mailroom *m)
{
	for (size_t i = 0; i < m->count; i++)
		letter_done(&m->list[i]);
	free(m->list);
	*m = (struct mailroom){0};
}

size_t mailroom_ready(const struct mailroom *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += m->list[i].problem == NULL;
	return n;
}

static struct mailroom_letter *new_letter(struct mailroom *m)
{
	GUICHET_GROW(m->list, m->count, m->capacity);
	m->list[m->count] = (struct mailroom_letter){0};
	return &m->list[m->count++];
}

/* --- What is owed --- */

struct waiting { struct outgoing *items; size_t count, capacity; int64_t row; };

static bool note_waiting(void *context, const struct outgoing *o)
{
	struct waiting *w = context;

	if (w->row == 0 || w->row == o->request) {
		GUICHET_GROW(w->items, w->count, w->capacity);
		w->items[w->count++] = *o;
	}
	return w->count < LETTERS_MAX;
}

/* Already in the acknowledgement of another request of the same letter. */
static bool is_covered(const struct mailroom *m, const struct outgoing *o)
{
	for (size_t i = 0; i < m->count && o->purpose == PURPOSE_ACKNOWLEDGE; i++)
		for (size_t k = 0; k < m->list[i].other_count; k++)
			if (m->list[i].purpose == PURPOSE_ACKNOWLEDGE && m->list[i].others[k] == o->reference)
				return true;
	return false;
}

static char *copy_or_null(const char *s)
{
	return s && *s ? guichet_strdup(s) : NULL;
}

static const struct op *op_at_work(const struct request *r, struct op_id id)
{
	for (size_t i = 0; i < r->op_count; i++)
		if (op_id_equal(r->ops[i].id, id))
			return &r->ops[i];
	return NULL;
}

static enum guichet_rc address_it(struct store *s, const struct request *r, struct letter_address *to, struct guichet_err *err)
{
	struct requester who;

	compose_requester(s, r, &who);
	enum guichet_rc rc = letter_address_make(requester_get(&who, "title"), requester_get(&who, "name"), requester_get(&who, "organisation"),
		requester_get(&who, "postal_address"), to, err);
	requester_done(&who);
	return rc;
}

/* Where the agent who is named works (CRPA L111-2): an acknowledgement says it of the service, in its text. */
static char *service_line(const struct service *service, enum purpose p)
{
	struct text t = TEXT_INIT;

	if (!service)
		return NULL;
	text_add(&t, service->name);
	if (p != PURPOSE_ACKNOWLEDGE && service->address)
		text_addf(&t, ", %s", service->address);
	return text_take(&t);
}

static void describe(struct store *s, const struct actor *a, const struct request *r, struct mailroom_letter *l)
{
	const struct catalogue *c = store_catalogue(s);
	const struct service *service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	const struct op *target = op_at_work(r, l->target);

	l->reference = r->reference;
	l->day = paris_day(store_now(s));
	l->service = service_line(service, l->purpose);
	l->their_reference = copy_or_null(request_text(r, FIELD_SENDER_REF));
	/* Whose words they are (CRPA L111-2), whoever prints them: an acknowledgement is nobody's. */
	if (l->purpose != PURPOSE_ACKNOWLEDGE)
		l->agent = copy_or_null(compose_agent(c, a, target, NULL));
}

/* On paper an acknowledgement comes once, and says who is in charge (CRPA R112-5): it waits until somebody has read the letter. */
static bool is_unsorted(const struct catalogue *c, const struct request *r)
{
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));

	return !category || category == c->unsorted;
}

static enum guichet_rc compose_it(struct store *s, const struct loaded *loaded, struct compose_args *args, struct mailroom_letter *l, struct guichet_err *err)
{
	struct composed m;
	enum guichet_rc rc;

	args->use = (enum template_use)l->purpose;
	args->channel = CHANNEL_POST;
	args->target = l->target;
	l->others = guichet_alloc(COMPOSE_OTHERS_MAX * sizeof *l->others);
	args->others = l->others;
	if (l->purpose == PURPOSE_ACKNOWLEDGE && !op_id_is_none(l->target)) {
		if (is_unsorted(store_catalogue(s), &loaded->request))
			return guichet_err_set(err, GUICHET_REFUSED, _("à qualifier d'abord : l'accusé de réception dira quel service est chargé du dossier"));
		/* What is missing is missing of one. */
		args->other_count = args->missing ? 0 : compose_others(s, loaded, CHANNEL_POST, l->others);
	}
	rc = compose_message(s, loaded, args, &m, err);
	if (rc)
		return rc;
	l->subject = m.subject;
	l->text = m.text;
	l->other_count = args->other_count;
	return GUICHET_OK;
}

/* One letter's problem keeps no other from going. */
static enum guichet_rc gather_one(struct store *s, const struct actor *a, const struct outgoing *o, const struct mailroom_wish *wish, struct mailroom *m,
	struct guichet_err *err)
{
	struct loaded loaded;
	struct guichet_err why = {0};
	struct mailroom_letter *l = new_letter(m);
	const struct message_template *t = wish->template_code ? catalogue_template(store_catalogue(s), wish->template_code) : NULL;
	struct compose_args args = {.actor = a, .template_code = t && (int)t->use == (int)o->purpose ? wish->template_code : NULL,
		.missing = wish->row ? wish->missing : NULL, .missing_by_day = wish->missing_by_day};
	enum guichet_rc rc = store_load_id(s, o->request, &loaded, err);

	l->row = o->request;
	l->reference = o->reference;
	l->target = o->target;
	l->purpose = o->purpose;
	if (rc)
		return rc;
	describe(s, a, &loaded.request, l);
	if (address_it(s, &loaded.request, &l->to, &why) || compose_it(s, &loaded, &args, l, &why))
		l->problem = guichet_strdup(why.message);
	loaded_done(&loaded);
	return GUICHET_OK;
}

enum guichet_rc mailroom_gather(struct store *s, const struct actor *a, const struct mailroom_wish *wish, struct mailroom *out, struct guichet_err *err)
{
	struct waiting w = {.row = wish->row};
	struct owed_filter f = {.channel = CHANNEL_POST, .until_ms = store_now(s) + 1, .limit = LETTERS_MAX};
	enum guichet_rc rc = store_list_owed(s, &f, note_waiting, &w, err);

	*out = (struct mailroom){.day = paris_day(store_now(s))};
	for (size_t i = 0; i < w.count && !rc; i++)
		if (!is_covered(out, &w.items[i]))
			rc = gather_one(s, a, &w.items[i], wish, out, err);
	if (rc)
		mailroom_done(out);
	free(w.items);
	return rc;
}

enum guichet_rc mailroom_free_letter(struct store *s, const struct actor *a, const struct mailroom_wish *wish, const char *words, struct mailroom *out,
	struct guichet_err *err)
{
	const struct message_template *t = catalogue_template(store_catalogue(s), wish->template_code);
	struct compose_args args = {.actor = a, .template_code = wish->template_code, .text = words, .missing = wish->missing,
		.missing_by_day = wish->missing_by_day};
	struct loaded loaded;
	enum guichet_rc rc = store_load_id(s, wish->row, &loaded, err);

	*out = (struct mailroom){.day = paris_day(store_now(s))};
	if (rc)
		return rc;
	struct mailroom_letter *l = new_letter(out);
	l->row = wish->row;
	l->purpose = t && t->use < TEMPLATE_RECEIPT ? (enum purpose)t->use : PURPOSE_ACKNOWLEDGE;
	describe(s, a, &loaded.request, l);
	rc = address_it(s, &loaded.request, &l->to, err);
	if (!rc)
		rc = compose_it(s, &loaded, &args, l, err);
	loaded_done(&loaded);
	if (rc)
		mailroom_done(out);
	return rc;
}

/* --- On record --- */

static bool still_owes(const struct request *r, const struct mailroom_letter *l, struct op_id *target)
{
	for (size_t i = 0; i < r->owed_count; i++) {
		const struct owed *o = &r->owed[i];
		if (o->purpose == l->purpose && o->channel == CHANNEL_POST && (op_id_is_none(*target) || op_id_equal(o->target, *target))) {
			*target = o->target;
			return true;
		}
	}
	return false;
}

/* *owed: it was still owed by this request. */
static enum guichet_rc record_on(struct store *s, const struct actor *a, int64_t reference, struct op_id target, const struct mailroom_letter *l, const char *to,
	const char *sha256, bool *owed, struct guichet_err *err)
{
	struct loaded loaded;
	enum guichet_rc rc = store_load(s, reference, &loaded, err);

	if (rc)
		return rc;
	bool owes = still_owes(&loaded.request, l, &target);
	*owed = *owed || owes;
	loaded_done(&loaded);
	struct delivery_args d = {.target = target, .purpose = l->purpose, .state = DELIVERY_PRINTED, .channel = CHANNEL_POST, .to = to, .sha256 = sha256};
	struct step_args args = {.delivery = &d};
	return owes ? desk_step(s, a, reference, STEP_DELIVERY, &args, NULL, err) : GUICHET_OK;
}

static enum guichet_rc record_one(struct store *s, const struct actor *a, const struct mailroom_letter *l, bool *owed, struct guichet_err *err)
{
	char sha256[65];
	struct text to = TEXT_INIT;
	*owed = false;
	enum guichet_rc rc = store_put_blob(s, l->pdf.data, l->pdf.bytes, sha256, err);

	for (size_t i = 0; i < l->to.count; i++)
		text_addf(&to, "%s%s", i ? "\n" : "", l->to.lines[i]);
	if (!rc)
		rc = record_on(s, a, l->reference, l->target, l, text_str(&to), sha256, owed, err);
	for (size_t i = 0; i < l->other_count && !rc; i++)
		rc = record_on(s, a, l->others[i], (struct op_id){0}, l, text_str(&to), sha256, owed, err);
	text_done(&to);
	return rc;
}

enum guichet_rc mailroom_record(struct store *s, const struct actor *a, struct mailroom *m, struct guichet_err *err)
{
	enum guichet_rc rc = store_begin(s, err);
	bool *owed = guichet_alloc((m->count + 1) * sizeof *owed);

	for (size_t i = 0; i < m->count && !rc; i++)
		if (!m->list[i].problem && m->list[i].pdf.data)
			rc = record_one(s, a, &m->list[i], &owed[i], err);
	if (rc)
		store_rollback(s);
	else
		rc = store_commit(s, err);
	/* It is on paper all the same. */
	for (size_t i = 0; i < m->count && !rc; i++)
		if (!m->list[i].problem && m->list[i].pdf.data && !owed[i])
			m->list[i].problem = guichet_strdup(_("reprise ou déjà imprimée entre-temps : retirez cette lettre du paquet"));
	free(owed);
	return rc;
}

/* --- Again --- */

static bool note_printed(void *context, const struct outgoing *o)
{
	struct waiting *w = context;

	if (!o->owed && o->state == DELIVERY_PRINTED && o->channel == CHANNEL_POST)
		return note_waiting(context, o);
	return w->count < LETTERS_MAX;
}

static const struct delivery *delivery_of(const struct request *r, const struct outgoing *o)
{
	for (size_t i = r->delivery_count; i-- > 0;)
		if (r->deliveries[i].purpose == o->purpose && r->deliveries[i].state == DELIVERY_PRINTED && op_id_equal(r->deliveries[i].target, o->target))
			return &r->deliveries[i];
	return NULL;
}

/* One PDF may be the acknowledgement of several requests: once is enough. */
static bool has_it(const struct mailroom *m, const struct letter_pdf *pdf)
{
	for (size_t i = 0; i < m->count; i++)
		if (pdf->data && m->list[i].pdf.data && m->list[i].pdf.bytes == pdf->bytes && memcmp(m->list[i].pdf.data, pdf->data, pdf->bytes) == 0)
			return true;
	return false;
}

static enum guichet_rc fetch_printed(struct store *s, const struct outgoing *o, struct mailroom *m, struct guichet_err *err)
{
	struct loaded loaded;
	struct guichet_err why = {0};
	struct letter_pdf pdf = {0};
	enum guichet_rc rc = store_load_id(s, o->request, &loaded, err);

	if (rc)
		return rc;
	const struct delivery *d = delivery_of(&loaded.request, o);
	enum guichet_rc found = !d || !*d->sha256 ? guichet_err_set(&why, GUICHET_NOT_FOUND, _("cette lettre n'a pas été gardée")) :
		store_get_blob(s, d->sha256, &pdf.data, &pdf.bytes, &why);
	if (!found && has_it(m, &pdf)) {
		letter_pdf_done(&pdf);
		loaded_done(&loaded);
		return GUICHET_OK;
	}
	struct mailroom_letter *l = new_letter(m);
	*l = (struct mailroom_letter){.row = o->request, .reference = o->reference, .target = o->target, .purpose = o->purpose, .pdf = pdf,
		.problem = found ? guichet_strdup(why.message) : NULL};
	if (!found)
		rc = letter_pdf_count(&l->pdf, err);
	if (d) {
		size_t n = strcspn(d->to, "\n");
		l->to.count = n > 0;
		memcpy(l->to.lines[0], d->to, n < sizeof l->to.lines[0] ? n : sizeof l->to.lines[0] - 1);
	}
	loaded_done(&loaded);
	return rc;
}

enum guichet_rc mailroom_printed(struct store *s, int64_t row, int64_t from_ms, int64_t to_ms, struct mailroom *out, struct guichet_err *err)
{
	struct waiting w = {.row = row};
	enum guichet_rc rc = row ? store_list_outgoing(s, row, note_printed, &w, err) :
		store_list_delivered(s, CHANNEL_POST, DELIVERY_PRINTED, from_ms, to_ms, LETTERS_MAX, note_printed, &w, err);

	/* They come newest first, and are printed as they were: oldest first, behind the slip of their day. */
	*out = (struct mailroom){.day = paris_day(w.count ? w.items[w.count - 1].at_ms : store_now(s))};
	for (size_t i = w.count; i-- > 0 && !rc;)
		rc = fetch_printed(s, &w.items[i], out, err);
	if (rc)
		mailroom_done(out);
	free(w.items);
	return rc;
}
