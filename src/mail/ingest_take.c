// SPDX-License-Identifier: GPL-3.0-or-later
/* What a mail becomes, and all of it in one transaction: a request, a part of one, a bounce of something we sent, a machine's word, or what agents have to look
 * at. Refuses nothing: what can't be taken otherwise goes to the quarantine, kept whole. */
#include "ingest_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/attachment.h"
#include "guichet/core/reference.h"
#include "guichet/store/desk.h"

static const int64_t day_ms = 86400000, stale_ms = 366 * (int64_t)86400000, tolerance_ms = 300000;

struct taking {
	struct store *s;
	const struct mail_taker *t;
	struct mail *m;
	const char *data;
	struct whole *whole;
	struct mail_sorting sorting;
	int64_t received_ms, requester;
	struct op op;
	bool op_made;
	struct mail_taken *out;
	struct guichet_err *err;
};

/* --- before anything is written --- */

static int64_t received(const struct taking *k)
{
	int64_t now = store_now(k->s), at = k->t->received_ms ? k->t->received_ms : k->m->received_ms;
	/* A clock that runs ahead; or a header of long ago, which is no clock of a server of ours. */
	return at == NO_INSTANT || at > now + tolerance_ms || at < now - stale_ms ? now : at;
}

static bool take_requester(void *context, const struct requester *r)
{
	*(int64_t *)context = r->id;
	return false;
}

static const char *writer(const struct mail *m)
{
	/* A form on a web site writes for somebody: it is they who are to be answered. */
	return *m->reply_to.address && (!*m->from.address || mail_from_mute(m)) ? m->reply_to.address : m->from.address;
}

/* Whether the mail that has this hash says the same: some programs give all they write one Message-ID. */
static bool says_the_same(struct taking *k, int64_t id)
{
	struct op before;
	if (store_mail_op(k->s, id, &before, NULL))
		return true;
	bool same = before.blanked || !before.personal ||
		(!strcmp(op_text(&before, "subject", ""), k->m->subject) && !strcmp(op_text(&before, "text", ""), k->m->text) &&
			!strcasecmp(op_text(&before, "from", ""), k->m->from.address));
	op_done(&before);
	return same;
}

static bool is_known(struct taking *k)
{
	struct mail_row row;
	int64_t id = store_mail_of_message(k->s, k->m->hash);
	if (id && !says_the_same(k, id)) {
		mail_hash_content(k->m);
		id = store_mail_of_message(k->s, k->m->hash);
	}
	if (!id || store_mail(k->s, id, &row, NULL))
		return false;
	k->out->known = true;
	k->out->sort = row.sort;
	k->out->op = row.op;
	k->out->reference = row.reference;
	return true;
}

/* --- what it belongs to --- */

static bool has_address(struct store *s, const struct loaded *l, const char *address)
{
	struct op_id id;
	struct requester who;
	if (!op_id_parse(request_text(&l->request, FIELD_REQUESTER), &id) || store_requester_of_op(s, id, &who, NULL))
		return false;
	bool same = !strcasecmp(requester_get(&who, "email"), address);
	requester_done(&who);
	return same;
}

/* Who may add to this request by quoting that token: whom it was sent to, its requester, and for what goes to services the service itself. */
static bool sender_fits(struct taking *k, const struct loaded *l, const char *token, bool *service)
{
	const char *from = k->m->from.address, *writes = writer(k->m);
	bool fits = false;
	*service = false;
	for (size_t i = 0; i < l->request.delivery_count; i++) {
		const struct delivery *d = &l->request.deliveries[i];
		if (strcmp(d->token, token) != 0)
			continue;
		*service = !purpose_is_to_citizen(d->purpose);
		fits = fits || (*d->to && (!strcasecmp(d->to, from) || !strcasecmp(d->to, writes)));
	}
	if (*service) {
		const struct service *sv = catalogue_service(store_catalogue(k->s), request_text(&l->request, FIELD_SERVICE));
		return fits || (sv && sv->email && !strcasecmp(sv->email, from));
	}
	return fits || has_address(k->s, l, from) || has_address(k->s, l, writes);
}

enum belonging { BELONGS_NOWHERE, BELONGS, BELONGS_BY_SERVICE, STRANGER };

/* The request whose token it quotes. */
static enum belonging find_request(struct taking *k, struct outgoing *found)
{
	enum belonging how = BELONGS_NOWHERE;
	for (size_t i = 0; i < k->sorting.token_count && how != BELONGS && how != BELONGS_BY_SERVICE; i++) {
		const struct mail_token *token = &k->sorting.tokens[i];
		struct outgoing o;
		struct loaded l;
		bool service;
		if (!store_find_token(k->s, token->token, &o) || o.reference != token->reference || store_load_id(k->s, o.request, &l, NULL))
			continue;
		if (sender_fits(k, &l, token->token, &service))
			how = service ? BELONGS_BY_SERVICE : BELONGS;
		else
			how = STRANGER;
		*found = o;
		loaded_done(&l);
	}
	return how;
}

static struct op_id request_op(struct store *s, int64_t row)
{
	struct loaded l;
	struct op_id id = { 0, 0 };
	if (store_load_id(s, row, &l, NULL) == GUICHET_OK) {
		id = l.request.id;
		loaded_done(&l);
	}
	return id;
}

/* --- what is written --- */

static enum guichet_rc keep_whole(struct taking *k)
{
	enum guichet_rc rc = GUICHET_OK;
	size_t bytes = k->data ? (size_t)k->m->bytes : 0;
	for (size_t at = 0; at < bytes && rc == GUICHET_OK; at += MAIL_PIECE)
		rc = whole_add(k->s, k->whole, k->data + at, bytes - at < MAIL_PIECE ? bytes - at : MAIL_PIECE, k->err);
	return rc;
}

static enum guichet_rc keep_parts(struct taking *k, struct kept *kept)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < k->m->part_count && rc == GUICHET_OK; i++) {
		const char *data;
		size_t bytes;
		rc = mail_part_data(k->m, i, &data, &bytes, k->err);
		if (rc)
			break;
		/* By what it is, where that can be seen. */
		const char *type = attachment_type(data, bytes);
		kept[i].type = type ? type : k->m->parts[i].type;
		kept[i].bytes = (int64_t)bytes;
		rc = store_put_blob(k->s, data, bytes, kept[i].sha256, k->err);
	}
	return rc;
}

/* The operation, with what of the mail is kept beside it; not written yet. */
static enum guichet_rc make_op(struct taking *k, bool whole)
{
	struct kept *kept = guichet_alloc((k->m->part_count + 1) * sizeof *kept);
	bool parts = k->m->trouble == MAIL_SOUND;
	enum guichet_rc rc = parts ? keep_parts(k, kept) : GUICHET_OK;
	if (rc == GUICHET_OK && (whole || k->m->cut || !parts))
		rc = keep_whole(k);
	if (rc == GUICHET_OK) {
		mail_op_write(&k->op, k->t->actor, k->m, k->received_ms, store_now(k->s), parts ? kept : NULL, k->whole);
		k->op_made = true;
	}
	free(kept);
	return rc;
}

static enum guichet_rc append(struct taking *k, enum mail_sort sort, enum mail_why why, struct op_id request)
{
	char id[OP_ID_TEXT];
	struct requester who;
	mail_op_sort(&k->op, sort, why, request);
	if (k->requester && store_requester(k->s, k->requester, &who, NULL) == GUICHET_OK) {
		op_id_format(who.op, id);
		op_fact_text(&k->op, "requester", id);
		requester_done(&who);
	}
	k->out->sort = sort;
	k->out->why = why;
	return store_append(k->s, &k->op, k->err);
}

static enum guichet_rc quarantine(struct taking *k, enum mail_why why, struct op_id request, int64_t reference)
{
	enum guichet_rc rc = make_op(k, true);
	k->out->reference = reference;
	return rc ? rc : append(k, MAIL_QUARANTINED, why, request);
}

static enum guichet_rc take_machine(struct taking *k)
{
	enum guichet_rc rc = make_op(k, false);
	return rc ? rc : append(k, MAIL_MACHINE, k->sorting.why, (struct op_id){ 0, 0 });
}

/* Whether this delivery is said to have failed already. */
static bool has_failed(const struct loaded *l, const struct outgoing *o, const char *token)
{
	for (size_t i = 0; i < l->request.delivery_count; i++) {
		const struct delivery *d = &l->request.deliveries[i];
		if (delivery_state_failed(d->state) && op_id_equal(d->target, o->target) && d->purpose == o->purpose && !strcmp(d->token, token))
			return true;
	}
	return false;
}

static enum guichet_rc record_bounce(struct taking *k, const struct outgoing *o, const char *token, const struct mail_failed *f)
{
	struct loaded l;
	struct delivery_args d = { .target = o->target, .purpose = o->purpose, .state = DELIVERY_BOUNCED, .channel = CHANNEL_EMAIL, .level = o->level, .token = token,
		.to = f->address, .text = f->said };
	struct step_args args = { .delivery = &d, .at_ms = k->received_ms };
	enum guichet_rc rc = store_load_id(k->s, o->request, &l, k->err);
	if (rc)
		return rc;
	bool failed = has_failed(&l, o, token);
	loaded_done(&l);
	return failed ? GUICHET_OK : desk_step(k->s, k->t->actor, o->reference, STEP_DELIVERY, &args, NULL, k->err);
}

static enum guichet_rc take_bounce(struct taking *k)
{
	const struct mail_failed *gone = NULL;
	const char *token = NULL;
	struct outgoing o = { 0 };
	for (size_t i = 0; i < k->sorting.failed_count && !gone; i++)
		gone = k->sorting.failed[i].permanent ? &k->sorting.failed[i] : NULL;
	for (size_t i = 0; i < k->sorting.token_count && !token; i++)
		if (store_find_token(k->s, k->sorting.tokens[i].token, &o) && o.reference == k->sorting.tokens[i].reference)
			token = k->sorting.tokens[i].token;
	enum guichet_rc rc = make_op(k, false);
	if (rc == GUICHET_OK)
		rc = append(k, MAIL_BOUNCE, MAIL_WHY_NONE, token ? request_op(k->s, o.request) : (struct op_id){ 0, 0 });
	k->out->reference = token ? o.reference : 0;
	return rc || !token || !gone ? rc : record_bounce(k, &o, token, gone);
}

static enum guichet_rc take_reply(struct taking *k, const struct outgoing *o, bool service)
{
	enum guichet_rc rc = make_op(k, false);
	if (rc == GUICHET_OK)
		rc = append(k, MAIL_THREADED, MAIL_WHY_NONE, request_op(k->s, o->request));
	k->out->reference = o->reference;
	if (rc == GUICHET_OK && service && *k->m->text) {
		struct text note = TEXT_INIT;
		struct step_args args = { 0 };
		text_addf(&note, _("Réponse du service (%s) :"), k->m->from.address);
		text_addf(&note, "\n%s", k->m->text);
		args.text = text_str(&note);
		rc = desk_step(k->s, k->t->actor, o->reference, STEP_NOTE, &args, NULL, k->err);
		text_done(&note);
		return rc ? rc : mail_attach(k->s, k->t->actor, o->reference, &k->op, k->err);
	}
	return rc ? rc : mail_touch(k->s, k->t->actor, o->reference, &k->op, k->err);
}

/* A number of ours in the subject: said on the request, where an agent joins the two or does not. */
static enum guichet_rc note_quoted(struct taking *k)
{
	struct text note = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	int64_t quoted = k->sorting.token_count ? k->sorting.tokens[0].reference : 0, row;
	for (const char *s = k->m->subject; *s && !quoted; s++) {
		size_t n = strspn(s, "0123456789 .-");
		char *digits = guichet_strndup(s, n);
		if (reference_parse(digits, &quoted, NULL) != GUICHET_OK)
			quoted = 0;
		free(digits);
		s += n ? n - 1 : 0;
	}
	if (!quoted || quoted == k->out->reference || !store_find_reference(k->s, quoted, &row, 1))
		return GUICHET_OK;
	reference_show(quoted, shown);
	text_addf(&note, _("Le courriel cite la demande %s : à rattacher s'il en est la suite."), shown);
	struct step_args args = { .text = text_str(&note) };
	enum guichet_rc rc = desk_step(k->s, k->t->actor, k->out->reference, STEP_NOTE, &args, NULL, k->err);
	text_done(&note);
	return rc;
}

static enum guichet_rc take_request(struct taking *k)
{
	enum guichet_rc rc = make_op(k, false);
	if (rc)
		return rc;
	mail_op_sort(&k->op, MAIL_CREATED, MAIL_WHY_NONE, (struct op_id){ 0, 0 });
	k->out->sort = MAIL_CREATED;
	const char *from = writer(k->m);
	rc = mail_make_request(k->s, k->t->actor, &k->op, from, from == k->m->from.address ? k->m->from.name : k->m->reply_to.name, &k->out->reference, k->err);
	return rc ? rc : note_quoted(k);
}

static enum guichet_rc take_person(struct taking *k)
{
	struct outgoing o;
	size_t most = k->t->per_day ? k->t->per_day : MAIL_PER_DAY;
	if (k->requester && (size_t)store_count_mail_of(k->s, k->requester, k->received_ms - day_ms, k->received_ms + day_ms) >= most)
		return quarantine(k, MAIL_WHY_RATE, (struct op_id){ 0, 0 }, 0);
	enum belonging how = find_request(k, &o);
	if (how == STRANGER)
		return quarantine(k, MAIL_WHY_SENDER, request_op(k->s, o.request), o.reference);
	return how == BELONGS_NOWHERE ? take_request(k) : take_reply(k, &o, how == BELONGS_BY_SERVICE);
}

static enum guichet_rc take_once(struct taking *k, bool refused)
{
	static const enum mail_why troubles[] = { [MAIL_UNREADABLE] = MAIL_WHY_UNREADABLE, [MAIL_TOO_MANY] = MAIL_WHY_TOO_MANY, [MAIL_TOO_LARGE] = MAIL_WHY_TOO_LARGE };
	enum guichet_rc rc = store_begin(k->s, k->err);
	if (rc)
		return rc;
	/* Among what nobody else can write meanwhile. */
	if (is_known(k)) {
		store_rollback(k->s);
		return GUICHET_OK;
	}
	store_find_requesters_exactly(k->s, writer(k->m), take_requester, &k->requester);
	if (k->m->trouble)
		rc = quarantine(k, troubles[k->m->trouble], (struct op_id){ 0, 0 }, 0);
	else if (k->sorting.voice == MAIL_OF_SERVER)
		rc = take_bounce(k);
	else if (k->sorting.voice == MAIL_OF_MACHINE)
		rc = take_machine(k);
	else if (refused || !strchr(writer(k->m), '@'))
		rc = quarantine(k, MAIL_WHY_UNREADABLE, (struct op_id){ 0, 0 }, 0);
	else
		rc = take_person(k);
	if (rc == GUICHET_OK)
		return store_commit(k->s, k->err);
	store_rollback(k->s);
	return rc;
}

static void tell(const struct mail *m, struct mail_taken *out)
{
	out->from = guichet_strdup(m->from.address);
	out->subject = guichet_strdup(m->subject);
	out->text = guichet_strdup(m->text);
	out->bytes = m->bytes;
	out->parts = guichet_alloc((m->part_count + 1) * sizeof *out->parts);
	for (size_t i = 0; i < m->part_count; i++)
		out->parts[out->part_count++] = (struct mail_taken_part){ guichet_strdup(m->parts[i].name), guichet_strdup(m->parts[i].type), 0 };
}

enum guichet_rc take_mail(struct store *s, const struct mail_taker *t, struct mail *m, const char *data, struct whole *whole, struct mail_taken *out, struct guichet_err *err)
{
	struct taking k = { .s = s, .t = t, .m = m, .data = data, .whole = whole, .out = out, .err = err };
	size_t pieces = whole->count;
	const char *own[] = { store_catalogue(s)->email, NULL };
	if (m->trouble == MAIL_SOUND)
		mail_judge(m, t->ours ? t->ours : own, &k.sorting);
	k.received_ms = received(&k);
	enum guichet_rc rc = take_once(&k, false);
	if (rc == GUICHET_DATA || rc == GUICHET_REFUSED) {
		/* An address that is none, a text that a rule refuses: people look at it. */
		if (k.op_made)
			op_done(&k.op);
		k.op_made = false;
		whole->count = pieces;
		*out = (struct mail_taken){ 0 };
		k.sorting.voice = MAIL_OF_PERSON;
		rc = take_once(&k, true);
	}
	if (rc == GUICHET_OK) {
		if (!out->known)
			out->op = k.op.id;
		tell(m, out);
		for (size_t i = 0; i < out->part_count && m->trouble == MAIL_SOUND; i++) {
			const char *bytes;
			size_t n;
			mail_part_data(m, i, &bytes, &n, NULL);
			out->parts[i].bytes = (int64_t)n;
		}
	}
	if (k.op_made)
		op_done(&k.op);
	mail_sorting_done(&k.sorting);
	return rc;
}
