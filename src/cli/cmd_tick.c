// SPDX-License-Identifier: GPL-3.0-or-later
/* What happens when nobody sits there: the mailbox is read, what is owed by email is sent, heads are warned. By hand
 * (mail fetch, mail send) or by a timer (tick), which waits longer each time after a failure.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/mail/imap.h"
#include "guichet/mail/ingest.h"
#include "guichet/mail/outbox.h"

enum { FIRST_PAUSE_MS = 60000, LONGEST_PAUSE_MS = 3600000, IDLE_MS = 2000 };

struct posting {
	struct cli *cli;
	const char *from; /* NULL: nobody's address is known */
	struct imap_report fetched;
	struct outbox_report sent, alerted;
	int64_t requests; /* that came of what was fetched */
};

/* An exercise is played with servers on this machine: what is made up goes to nobody. */
static enum guichet_rc check_exercise(struct cli *cli, const struct mail_server *server, struct guichet_err *err)
{
	if (!store_is_exercise(cli->store) || server->local)
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_REFUSED,
		_("dépôt d'exercice : aucun courriel n'est relevé ni envoyé hors de cette machine (%s)"), server->host);
}

static enum guichet_rc prepare(
	struct posting *p, enum mail_protocol protocol, struct mail_server **server, struct guichet_err *err)
{
	enum guichet_rc rc = config_mail_server(&p->cli->config.mail, protocol, server, err);
	p->from = p->cli->config.mail.from ? p->cli->config.mail.from : store_catalogue(p->cli->store)->email;
	return rc ? rc : check_exercise(p->cli, *server, err);
}

/* --- fetching --- */

static enum guichet_rc take_header(struct posting *p, const struct mail_taker *t, const struct imap_message *m,
	struct mail_taken *out, struct guichet_err *err)
{
	char *bytes = guichet_alloc(MAIL_HEADERS_BYTES);
	ssize_t n = read(m->fd, bytes, MAIL_HEADERS_BYTES);
	enum guichet_rc rc = mail_ingest_notice(p->cli->store, t, bytes, n > 0 ? (size_t)n : 0, m->bytes, out, err);
	free(bytes);
	return rc;
}

static enum guichet_rc take(void *context, const struct imap_message *m, struct guichet_err *err)
{
	struct posting *p = context;
	const char *ours[] = {p->from, NULL};
	const struct mail_taker t = {.actor = &p->cli->actor, .ours = ours, .per_day = (size_t)p->cli->config.mail.per_day};
	struct mail_taken taken = {0};
	enum guichet_rc rc =
		m->whole ? mail_ingest_fd(p->cli->store, &t, m->fd, &taken, err) : take_header(p, &t, m, &taken, err);
	p->requests += !rc && !taken.known && taken.sort == MAIL_CREATED;
	mail_taken_done(&taken);
	return rc;
}

static enum guichet_rc fetch(struct posting *p, struct guichet_err *err)
{
	struct mail_server *server;
	enum guichet_rc rc = prepare(p, MAIL_IMAP, &server, err);
	if (rc)
		return rc;
	const char *folder = p->cli->config.mail.done_folder;
	const struct imap_options o = {
		.server = server, .done_folder = folder ? folder : "Traites", .stop = p->cli->interrupted};
	return imap_fetch(p->cli->store, &o, take, p, &p->fetched, err);
}

/* --- sending --- */

static enum guichet_rc send_owed(struct posting *p, struct guichet_err *err)
{
	struct mail_server *server;
	struct guichet_err second = {0};
	enum guichet_rc rc = prepare(p, MAIL_SMTP, &server, err);
	if (rc)
		return rc;
	const struct outbox_options o = {.server = server,
		.actor = &p->cli->actor,
		.from = p->from,
		.per_day = p->cli->config.mail.per_day,
		.stop = p->cli->interrupted};
	rc = outbox_send(p->cli->store, &o, &p->sent, err);
	if (rc == GUICHET_UNAVAILABLE || rc == GUICHET_CONFIG)
		return rc;
	enum guichet_rc alerted = outbox_alert(p->cli->store, &o, &p->alerted, &second);
	if (!rc && alerted && err)
		*err = second;
	return rc ? rc : alerted;
}

/* --- saying what was done --- */

static void print_fetched(struct posting *p)
{
	const struct imap_report *r = &p->fetched;
	print_line(
		p->cli, _("Courriels relevés : %lld ; nouvelles demandes : %lld"), (long long)r->taken, (long long)p->requests);
	if (r->left > 0)
		print_line(p->cli, _("Trop gros, laissés dans la boîte et signalés en quarantaine : %lld"), (long long)r->left);
	if (r->failed > 0 || r->unmoved > 0)
		print_line(p->cli, _("Illisibles, laissés dans la boîte : %lld ; lus mais pas rangés : %lld"),
			(long long)r->failed, (long long)r->unmoved);
}

static void print_sent(struct posting *p)
{
	const struct outbox_report *s = &p->sent, *a = &p->alerted;
	long long sent = s->sent + a->sent, refused = s->refused + a->refused, waiting = s->waiting + a->waiting;
	print_line(
		p->cli, _("Messages envoyés : %lld ; refusés : %lld ; à réessayer plus tard : %lld"), sent, refused, waiting);
	if (s->held > 0)
		print_line(p->cli, _("Accusés retenus, trop nombreux vers une même adresse : %lld"), (long long)s->held);
}

static void add_fetched(const struct posting *p, json_t *to)
{
	json_object_set_new(to, "fetched", json_integer(p->fetched.taken));
	json_object_set_new(to, "created", json_integer(p->requests));
	json_object_set_new(to, "left", json_integer(p->fetched.left));
	json_object_set_new(to, "failed", json_integer(p->fetched.failed));
	json_object_set_new(to, "unmoved", json_integer(p->fetched.unmoved));
}

static void add_sent(const struct posting *p, json_t *to)
{
	json_object_set_new(to, "sent", json_integer(p->sent.sent));
	json_object_set_new(to, "refused", json_integer(p->sent.refused + p->alerted.refused));
	json_object_set_new(to, "waiting", json_integer(p->sent.waiting + p->alerted.waiting));
	json_object_set_new(to, "held", json_integer(p->sent.held));
	json_object_set_new(to, "alerts", json_integer(p->alerted.sent));
}

static void print_done(struct posting *p, bool fetched, bool sent)
{
	if (p->cli->json) {
		json_t *object = json_object();
		if (fetched)
			add_fetched(p, object);
		if (sent)
			add_sent(p, object);
		print_json(p->cli, object);
		return;
	}
	if (fetched)
		print_fetched(p);
	if (sent)
		print_sent(p);
}

/* The mailbox is this machine's, and what it knows is what the server knows: who answered, what was taken back, which
 * mails are known. Where the server can't be asked the mail stays where it is, and nothing is sent. */
static enum guichet_rc begin(struct cli *cli, int *lock, struct guichet_err *err)
{
	enum guichet_rc rc = session_may_post(cli, err);
	*lock = -1;
	rc = rc ? rc : mail_lock(store_path(cli->store), lock, err);
	rc = rc ? rc : sync_first(cli, err);
	if (rc && *lock >= 0)
		close(*lock);
	return rc;
}

/* And what was done goes there at once. */
static enum guichet_rc end(struct cli *cli, int lock, enum guichet_rc rc, struct guichet_err *err)
{
	enum guichet_rc synced = sync_first(cli, rc ? NULL : err);
	close(lock);
	return rc ? rc : synced;
}

static enum guichet_rc by_hand(struct cli *cli, enum guichet_rc (*work)(struct posting *, struct guichet_err *),
	bool fetches, struct guichet_err *err)
{
	struct posting p = {.cli = cli};
	int lock;
	enum guichet_rc rc = begin(cli, &lock, err);
	if (rc)
		return rc;
	rc = end(cli, lock, work(&p, err), err);
	if (rc != GUICHET_CONFIG)
		print_done(&p, fetches, !fetches);
	return rc;
}

enum guichet_rc cmd_mail_fetch(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	(void)a;
	return by_hand(cli, fetch, true, err);
}

enum guichet_rc cmd_mail_send(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	(void)a;
	return by_hand(cli, send_owed, false, err);
}

/* --- by a timer --- */

/* A server that fails, or a password that it refuses, is asked ever less often, up to once an hour: a mailbox is
 * soon locked. "until, and how long that was". */
static int64_t read_pause(struct cli *cli, const char *key, int64_t *pause_ms)
{
	char *kept = store_setting(cli->store, key), *rest = NULL;
	int64_t until = kept ? strtoll(kept, &rest, 10) : 0;
	*pause_ms = rest ? strtoll(rest, NULL, 10) : 0;
	free(kept);
	return until;
}

static bool is_paused(struct cli *cli, const char *key)
{
	int64_t pause, left = read_pause(cli, key, &pause) - store_now(cli->store);
	/* A clock that was set back must not stop the mail for long. */
	return left > 0 && left <= LONGEST_PAUSE_MS;
}

static void pause_after(struct cli *cli, const char *key, enum guichet_rc rc)
{
	char now[64];
	int64_t pause;
	read_pause(cli, key, &pause);
	bool failed = rc == GUICHET_UNAVAILABLE || rc == GUICHET_CONFIG || rc == GUICHET_IO;
	if (!failed && pause <= 0)
		return;
	pause = !failed ? 0 : pause <= 0 ? FIRST_PAUSE_MS : pause >= LONGEST_PAUSE_MS / 2 ? LONGEST_PAUSE_MS : pause * 2;
	long long until = store_now(cli->store) + pause;
	snprintf(now, sizeof now, "%lld %lld", until, (long long)pause);
	store_set_setting(cli->store, key, now, NULL);
}

static enum guichet_rc in_turn(struct posting *p, const struct mail_server *server, const char *key, bool *did,
	enum guichet_rc (*work)(struct posting *, struct guichet_err *), struct guichet_err *err)
{
	*did = server->host && !is_paused(p->cli, key);
	if (!*did)
		return GUICHET_OK;
	enum guichet_rc rc = work(p, err);
	pause_after(p->cli, key, rc);
	return rc;
}

enum guichet_rc cmd_tick(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct posting p = {.cli = cli};
	struct guichet_err second = {0};
	const struct mail_config *c = &cli->config.mail;
	bool fetched, sent;
	int lock;
	(void)a;
	enum guichet_rc rc = begin(cli, &lock, err);
	if (rc)
		return rc;
	rc = in_turn(&p, &c->imap, "mail-fetch-pause", &fetched, fetch, err);
	/* What can't be read does not keep what is owed from going. */
	enum guichet_rc sending = in_turn(&p, &c->smtp, "mail-send-pause", &sent, send_owed, &second);
	if (!rc && sending && err)
		*err = second;
	rc = rc ? rc : sending;
	rc = end(cli, lock, rc, err);
	store_idle(cli->store, IDLE_MS, NULL);
	print_done(&p, fetched, sent);
	return rc;
}
