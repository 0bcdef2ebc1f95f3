// SPDX-License-Identifier: GPL-3.0-or-later
/* Whether an operation counts: judged by what its author was when he made it, whoever brings it. An operation is made offline, on a desk that several people use, and
 * after a restore it may come back by another desk: so neither the session that sends it nor the sender's role say what its author might do.
 *
 * A desk can only speak in the name of people who signed in on it with their password, or in its own. One that brings back others' operations can only bring what it
 * could see: it stands for nothing else.
 */
#include "ledger_inside.h"

#include <stdlib.h>
#include <string.h>

enum { D_ROLE, D_SERVICES, A_ROLES, A_SERVICES };

/* "voirie dechets", or "*". */
static void set_scope(struct judge *j, const char *list)
{
	free(j->text);
	j->text = guichet_strdup(list);
	j->who.scope = (struct scope){ .all = !strcmp(list, "*"), .services = j->services };
	char *rest = j->text;
	for (char *word; j->who.scope.count < JUDGE_SERVICES && rest && (word = strsep(&rest, " "));)
		if (*word)
			j->services[j->who.scope.count++] = word;
}

/* The desk's services that are the account's too. */
static void narrow_scope(struct judge *j, const char *account)
{
	struct judge own = { 0 };
	size_t kept = 0;
	if (!strcmp(account, "*"))
		return;
	if (j->who.scope.all) {
		set_scope(j, account);
		return;
	}
	set_scope(&own, account);
	for (size_t i = 0; i < j->who.scope.count; i++)
		if (scope_has(&own.who.scope, j->services[i]))
			j->services[kept++] = j->services[i];
	j->who.scope.count = kept;
	free(own.text);
}

static void set_author(struct judge *j, struct db_rows *rows)
{
	unsigned desk = 0;
	roles_parse(db_str(rows, D_ROLE), &desk);
	set_scope(j, db_str(rows, D_SERVICES));
	j->who.roles = desk;
	if (db_is_null(rows, A_ROLES))
		return;
	roles_parse(db_str(rows, A_ROLES), &j->who.roles);
	/* A screen in a hall shows figures, and the machine that carries the mail does that, whoever signs in on it. */
	if (desk == ROLE_KIOSK || desk == ROLE_MAILER)
		j->who.roles &= desk;
	narrow_scope(j, db_str(rows, A_SERVICES));
}

enum guichet_rc judge_find(struct judge *j, struct db *db, const struct pusher *sender, const struct op *op, struct guichet_err *err)
{
	bool offered = op->id.device != sender->device;
	if (j->device == op->id.device && !strcmp(j->actor, op->actor) && j->who.device == sender->device)
		return GUICHET_OK;
	j->device = op->id.device;
	snprintf(j->actor, sizeof j->actor, "%s", op->actor);
	j->who = *sender;
	j->offered = false;
	/* A desk on which nobody ever signed in: what it is was told with the call. */
	if (!offered && !sender->accounts)
		return GUICHET_OK;
	struct db_rows *rows = db_query(db, err, "SELECT d.role, d.services, x.roles, x.services FROM device d LEFT JOIN device_account x ON x.device = d.id "
		"AND x.login = ?2 WHERE d.id = ?1", "it", (int64_t)op->id.device, op->actor);
	if (!rows)
		return err ? err->code : GUICHET_IO;
	if (db_next(rows)) {
		set_author(j, rows);
		j->offered = offered;
	}
	while (db_next(rows))
		continue;
	return db_rows_done(&rows, err);
}

void judge_done(struct judge *j)
{
	free(j->text);
	memset(j, 0, sizeof *j);
}

bool judge_creates(const struct op *op)
{
	return op->kind == OP_CREATE || op->kind == OP_REQUESTER_CREATE || op->kind == OP_CONTACT || op->kind == OP_MAIL || op->kind == OP_BULLETIN;
}

/* A request that was never with one of the sender's services can't have reached it. */
static bool can_offer(const struct pusher *sender, const struct op *op, const struct item *item)
{
	if (sender->scope.all)
		return true;
	if (op->kind == OP_CREATE) {
		struct request r;
		struct op one = *op;
		request_fold(&r, &one, 1);
		bool seen = scope_has(&sender->scope, request_text(&r, FIELD_SERVICE));
		request_done(&r);
		return seen;
	}
	/* People, and what was said to them, have no service. */
	return judge_creates(op) || item->subject != SUBJECT_REQUEST || scope_has(&sender->scope, item->service);
}

/* The machine that carries the mail makes requests of mails, and no others. */
static bool is_of_mail(const struct op *op)
{
	struct request r;
	struct op one = *op;
	request_fold(&r, &one, 1);
	bool mail = !strcmp(request_text(&r, FIELD_CHANNEL), channel_code(CHANNEL_EMAIL));
	request_done(&r);
	return mail;
}

const char *judge_why_parked(const struct judge *j, const struct pusher *sender, const struct op *op, const struct item *item)
{
	const struct pusher *who = &j->who;
	if (op->kind == OP_KIND_COUNT)
		return NULL;
	if (op->kind == OP_ERASE)
		return "role";
	if (judge_creates(op) ? !op_id_equal(op->id, op->subject) : !item->known || item->subject != op_kind_subject(op->kind))
		return "subject";
	if (!(who->roles & lifecycle_roles_of(op->kind)))
		return "role";
	if (op->kind == OP_CREATE && !(who->roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR)) && !is_of_mail(op))
		return "role";
	bool narrow = !(who->roles & (ROLE_AGENT | ROLE_SUPERVISOR | ROLE_MAILER));
	if (narrow && !judge_creates(op) && item->subject == SUBJECT_REQUEST && !scope_has(&who->scope, item->service))
		return "scope";
	return j->offered && !can_offer(sender, op, item) ? "scope" : NULL;
}
