// SPDX-License-Identifier: GPL-3.0-or-later
/* Answering an incident: the parent, and each linked request by the channel that its requester can be reached by; and contacts and bulletins, by
 * which calls join an incident. */
#include "desk_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"

struct children { int64_t *ids; size_t count, capacity; };

static bool gather_child(void *context, const struct request_row *row)
{
	struct children *c = context;
	GUICHET_GROW(c->ids, c->count, c->capacity);
	c->ids[c->count++] = row->id;
	return true;
}

static enum guichet_rc list_children(struct store *s, int64_t parent_row, struct children *out, struct guichet_err *err)
{
	struct list_filter f = LIST_FILTER_INIT;
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.parent = parent_row;
	f.limit = 1000000;
	return store_list(s, &f, gather_child, out, err);
}

/* How this person is told: as they asked, else by what they can be reached by, else as the parent's. */
static const char *channel_for(const struct requester *who, const char *wanted)
{
	const char *reply = requester_get(who, "reply_by");
	if (*reply)
		return reply;
	enum channel channel;
	if (wanted && channel_parse(wanted, &channel)) {
		bool reached = (channel == CHANNEL_EMAIL && *requester_get(who, "email")) ||
			(channel == CHANNEL_POST && *requester_get(who, "postal_address")) ||
			(channel == CHANNEL_PHONE && *requester_get(who, "phone")) || channel == CHANNEL_DESK || channel == CHANNEL_WEB;
		if (reached)
			return channel_code(channel);
	}
	if (*requester_get(who, "email"))
		return channel_code(CHANNEL_EMAIL);
	if (*requester_get(who, "phone"))
		return channel_code(CHANNEL_PHONE);
	return *requester_get(who, "postal_address") ? channel_code(CHANNEL_POST) : wanted;
}

/* The caller frees `who`, from which `told` borrows. */
static void describe_child(struct store *s, const struct request *r, const char *wanted, struct child_answer *told, struct requester *who)
{
	struct op_id id;
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &id))
		store_requester_of_op(s, id, who, NULL);
	told->reference = r->reference;
	told->requester_name = *requester_get(who, "name") ? requester_get(who, "name") : requester_get(who, "organisation");
	told->anonymous = request_is_anonymous(r);
	told->answered = !request_is_open(r) || r->status == STATUS_ANSWERED;
	told->channel = told->anonymous ? NULL : channel_for(who, wanted);
}

static enum guichet_rc answer_child(struct store *s, const struct actor *a, int64_t row, const struct step_args *args, bool preview,
	struct child_answer *told, struct requester *who, struct guichet_err *err)
{
	struct loaded l;
	enum guichet_rc rc = store_load_id(s, row, &l, err);
	if (rc)
		return rc;
	describe_child(s, &l.request, args->channel, told, who);
	bool wants = !told->answered;
	int64_t reference = told->reference;
	loaded_done(&l);
	if (preview || !wants)
		return GUICHET_OK;
	struct step_args child = *args;
	child.covered = true;
	child.draft = child.has_children = false;
	child.unfinished_part = NULL;
	child.channel = told->channel;
	child.reason = close_reason_code(CLOSE_ANONYMOUS);
	return desk_step(s, a, reference, told->anonymous ? STEP_CLOSE : STEP_ANSWER, &child, NULL, err);
}

/* Whether the parent may be answered now. */
static enum guichet_rc check_parent(struct store *s, const struct actor *a, const struct request *r, struct step_args *args, struct guichet_err *err)
{
	struct op op;
	char shown[REFERENCE_SHOWN];
	desk_look_up_parts(s, r, args, shown);
	desk_look_up_addresses(s, r, args);
	enum guichet_rc rc = lifecycle_step(STEP_ANSWER, r, a, args, s->catalogue, store_now(s), &op, err);
	if (rc == GUICHET_OK)
		op_done(&op);
	args->unfinished_part = NULL;
	return rc;
}

/* The parent's own requester, who gets it by the channel that was given. */
static void visit_parent(struct store *s, const struct request *r, const char *channel, bool (*visit)(void *context, const struct child_answer *c),
	void *context)
{
	struct child_answer told = { .parent = true };
	struct requester who = { 0 };
	describe_child(s, r, channel, &told, &who);
	told.channel = channel;
	told.answered = told.anonymous = false;
	if (visit)
		visit(context, &told);
	requester_done(&who);
}

enum guichet_rc desk_answer_children(struct store *s, const struct actor *a, int64_t reference, struct step_args *args, bool preview,
	bool (*visit)(void *context, const struct child_answer *c), void *context, struct guichet_err *err)
{
	struct loaded parent = { 0 };
	struct children children = { 0 };
	enum guichet_rc rc = preview ? GUICHET_OK : store_begin(s, err);
	if (rc)
		return rc;
	rc = store_load(s, reference, &parent, err);
	if (rc == GUICHET_OK)
		rc = list_children(s, parent.row_id, &children, err);
	args->has_children = children.count > 0;
	if (rc == GUICHET_OK)
		rc = preview ? check_parent(s, a, &parent.request, args, err) : desk_step(s, a, reference, STEP_ANSWER, args, NULL, err);
	/* What the children get is what the parent's answer says, drafted by the service or given here. */
	if (rc == GUICHET_OK && (!args->text || !*args->text)) {
		args->text = parent.request.drafted_answer;
		args->draft_told = request_draft(&parent.request);
	}
	if (rc == GUICHET_OK)
		visit_parent(s, &parent.request, args->channel, visit, context);
	for (size_t i = 0; i < children.count && rc == GUICHET_OK; i++) {
		struct child_answer told = { 0 };
		struct requester who = { 0 };
		rc = answer_child(s, a, children.ids[i], args, preview, &told, &who, err);
		if (rc == GUICHET_OK && visit && !visit(context, &told))
			visit = NULL;
		requester_done(&who);
	}
	free(children.ids);
	loaded_done(&parent);
	if (preview)
		return rc;
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

/* --- contacts --- */

enum guichet_rc desk_contact(struct store *s, const struct actor *a, const struct contact_args *args, const int64_t *references, size_t count,
	struct op_id *contact, struct guichet_err *err)
{
	enum channel channel;
	enum outcome outcome;
	struct contact_args checked = *args;
	char id[OP_ID_TEXT];
	int64_t requester = 0;
	if (!args->channel || !channel_parse(args->channel, &channel))
		return guichet_err_set(err, GUICHET_DATA, _("canal « %s » inconnu : attendu téléphone, courriel, courrier, accueil ou site"),
			args->channel ? args->channel : "");
	if (!args->outcome || !outcome_parse(args->outcome, &outcome))
		return guichet_err_set(err, GUICHET_DATA,
			_("suite « %s » inconnue : attendu created, added, chased, informed, redirected, transferred, wrong_number, abusive ou hung_up"),
			args->outcome ? args->outcome : "");
	checked.channel = channel_code(channel);
	checked.outcome = outcome_code(outcome);
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = desk_requester(s, a, args->requester, 0, &requester, err);
	if (rc == GUICHET_OK)
		rc = desk_new_contact(s, a, &checked, requester, contact, err);
	if (rc == GUICHET_OK)
		op_id_format(*contact, id);
	for (size_t i = 0; i < count && rc == GUICHET_OK; i++) {
		struct step_args touch = { .contact = id, .outcome = checked.outcome, .channel = checked.channel };
		rc = desk_step(s, a, references[i], STEP_TOUCH, &touch, NULL, err);
	}
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

/* --- bulletins --- */

enum guichet_rc desk_bulletin(struct store *s, const struct actor *a, const char *text, const char *say, const char *area, int64_t until_ms,
	int64_t reference, struct op_id *bulletin, struct guichet_err *err)
{
	struct op op;
	struct op_id request;
	char id[OP_ID_TEXT];
	if (!(a->roles & (ROLE_AGENT | ROLE_SUPERVISOR)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour une consigne : agent d'accueil ou superviseur"));
	if (!text || !*text)
		return guichet_err_set(err, GUICHET_DATA, _("la consigne est vide : dites ce qui se passe "));
	if (until_ms && until_ms <= store_now(s))
		return guichet_err_set(err, GUICHET_DATA, _("la fin de la consigne est déjà passée"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	op_init(&op, OP_BULLETIN, (struct op_id){ 0, 0 }, a->login, store_now(s));
	op_fact_text(&op, "text", text);
	op_fact_if(&op, "say", say);
	op_fact_if(&op, "area", area);
	if (until_ms)
		op_fact_int(&op, "until_ms", until_ms);
	if (reference && (rc = desk_op_of_reference(s, reference, &request, err)) == GUICHET_OK) {
		op_id_format(request, id);
		op_fact_text(&op, "request", id);
	}
	if (rc == GUICHET_OK)
		rc = store_append(s, &op, err);
	if (rc == GUICHET_OK)
		*bulletin = op.id;
	op_done(&op);
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

enum guichet_rc desk_bulletin_end(struct store *s, const struct actor *a, struct op_id bulletin, struct guichet_err *err)
{
	struct op op;
	int64_t ended = sql_value(s, -1, "SELECT ended FROM bulletin WHERE id = ?1", "i", op_pack(s, bulletin));
	if (!(a->roles & (ROLE_AGENT | ROLE_SUPERVISOR)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour une consigne : agent d'accueil ou superviseur"));
	if (ended < 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("cette consigne n'est pas dans ce dépôt"));
	if (ended)
		return guichet_err_set(err, GUICHET_REFUSED, _("cette consigne est déjà levée"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	op_init(&op, OP_BULLETIN_END, bulletin, a->login, store_now(s));
	rc = store_append(s, &op, err);
	op_done(&op);
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

static char *bulletin_say(struct store *s, int64_t id)
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT say FROM bulletin WHERE id = ?1 AND say IS NOT NULL", NULL);
	char *say = NULL;
	if (!st)
		return NULL;
	sql_bind(st, "i", id);
	if (sql_step(s, st, NULL) == GUICHET_OK) {
		say = guichet_strdup(column_str(st, 0));
		sqlite3_reset(st);
	}
	return say;
}

enum guichet_rc desk_join_bulletin(struct store *s, const struct actor *a, struct op_id bulletin, struct call *call,
	const struct privacy_words *privacy, struct logged *out, struct guichet_err *err)
{
	struct loaded parent;
	memset(out, 0, sizeof *out);
	out->promised_ms = NO_INSTANT;
	if (sql_value(s, -1, "SELECT ended FROM bulletin WHERE id = ?1", "i", op_pack(s, bulletin)) < 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("cette consigne n'est pas dans ce dépôt"));
	int64_t row = sql_value(s, 0, "SELECT r.id FROM bulletin b JOIN request r ON r.op = b.request WHERE b.id = ?1", "i",
		op_pack(s, bulletin));
	if (!row)
		return guichet_err_set(err, GUICHET_REFUSED, _("cette consigne n'est liée à aucune demande : il n'y a rien à quoi joindre l'appel"));
	enum guichet_rc rc = store_load_id(s, row, &parent, err);
	if (rc)
		return rc;
	const struct request *r = &parent.request;
	if (!call->subject || !*call->subject)
		call->subject = request_text(r, FIELD_SUBJECT);
	if (!call->category || !*call->category)
		call->category = request_text(r, FIELD_CATEGORY);
	if (!call->commune || !*call->commune)
		call->commune = request_text(r, FIELD_COMMUNE);
	if ((!call->address || !*call->address) && *request_text(r, FIELD_ADDRESS))
		call->address = request_text(r, FIELD_ADDRESS);
	call->link = r->reference;
	rc = desk_log(s, a, call, privacy, out, err);
	out->joined = rc == GUICHET_OK;
	if (rc == GUICHET_OK)
		out->say = bulletin_say(s, op_pack(s, bulletin));
	loaded_done(&parent);
	return rc;
}
