// SPDX-License-Identifier: GPL-3.0-or-later
/* The central server from the command line: enrolling this desk, synchronising, how it stands. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/store/replica.h"
#include "guichet/sync/transport.h"
#include "guichet/wire/request_json.h"
#include "machine.h"
#include "making.h"
#include "progress.h"
#include "uncross.h"

enum { PAGE_ITEMS = 500, WATCH_WAIT_S = 50, RETRY_MAX_MS = 1000 };

enum { CODE_LINE = 4096 };

/* The words of one line of standard input: a code on the command line would stand in the list of processes. */
static enum guichet_rc read_words(char line[CODE_LINE], const char **words, size_t wanted, struct guichet_err *err)
{
	char *rest = line;
	size_t n = 0;
	if (!fgets(line, CODE_LINE, stdin))
		return guichet_err_set(err, GUICHET_NO_INPUT, "%s", _("un code d'enrôlement est attendu sur l'entrée"));
	for (char *word; (word = strsep(&rest, " \t\r\n"));) {
		if (!*word)
			continue;
		if (n == wanted)
			return guichet_err_set(err, GUICHET_DATA, "%s", _("sur l'entrée : le code, ou l'adresse du serveur puis le code, et rien d'autre"));
		words[n++] = word;
	}
	return n == wanted ? GUICHET_OK : guichet_err_set(err, GUICHET_DATA, "%s", _("sur l'entrée : le code, ou l'adresse du serveur puis le code, et rien d'autre"));
}

static enum guichet_rc read_enrol_words(const struct args *a, char line[CODE_LINE], const char *words[2], struct guichet_err *err)
{
	words[0] = a->word_count > 0 ? a->words[0] : "";
	words[1] = a->word_count > 1 ? a->words[1] : "";
	if (a->word_count == 1 && !strcmp(words[0], "-"))
		return read_words(line, words, 2, err);
	if (a->word_count == 2 && !strcmp(words[1], "-"))
		return read_words(line, words + 1, 1, err);
	return a->word_count == 2 ? GUICHET_OK : guichet_err_set(err, GUICHET_USAGE, _("enrol : l'adresse du serveur, puis le code d'enrôlement"));
}

/* A new machine has no store yet: it gets the one that init would make, and loses it again when the server refuses. */
static enum guichet_rc make_when_none(struct cli *cli, struct making *m, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	if (!cli->store && !making_is_there(cli_store_path(cli)))
		rc = making_plan(cli, m, err);
	if (!rc && m->store)
		rc = making_make(cli, m, false, err);
	return rc ? rc : cli_open_store(cli, err);
}

static enum guichet_rc tell_enrolled(struct cli *cli, const struct making *m, struct guichet_err *err)
{
	struct enrolment e;
	enum guichet_rc rc = replica_enrolment(cli->store, &e, err);
	if (rc)
		return rc;
	if (cli->json)
		print_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:I}", "url", e.url, "name", e.name, "role", e.role, "services", e.services, "device",
			(json_int_t)e.device));
	else {
		if (m->store_made)
			print_line(cli, _("Dépôt créé : %s"), m->store);
		if (m->config_made)
			print_line(cli, _("Configuration créée : %s"), m->config);
		print_line(cli, _("Poste enrôlé : « %s », %s, sur %s. Ensuite : guichet sync"), e.name, role_words(e.role), e.url);
	}
	enrolment_done(&e);
	return GUICHET_OK;
}

enum guichet_rc cmd_enrol(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct making m = { 0 };
	char line[CODE_LINE];
	const char *words[2];
	enum guichet_rc rc = read_enrol_words(a, line, words, err);
	if (!rc)
		rc = make_when_none(cli, &m, err);
	if (!rc)
		rc = transport_enrol(cli->store, words[0], words[1], GUICHET_VERSION, machine_is_encrypted(cli_store_path(cli)) == CERTAIN_YES,
			cli->config.server_ca, err);
	if (!rc)
		rc = tell_enrolled(cli, &m, err);
	else if (m.store_made)
		making_undo(cli, &m);
	making_done(&m);
	return rc;
}

/* --- sync --- */

struct syncing { struct cli_progress bar; int64_t waiting; bool filling; };

static bool show_progress(void *context, const struct sync_status *now)
{
	struct syncing *s = context;
	struct progress p = progress_of(&s->bar);
	int64_t done = now->sent + now->received;
	/* Of a snapshot it is known how much there is: requests. Its rate is its own, and what an interrupted one had brought before is no part of it. */
	if (now->filling && now->to_fill > 0 && !s->filling) {
		s->filling = true;
		progress_rebase(&s->bar);
	}
	if (now->filling && now->to_fill > 0)
		return p.tick(p.context, now->filled < now->to_fill ? now->filled : now->to_fill, now->to_fill);
	return p.tick(p.context, done, s->waiting > done ? s->waiting : done);
}

static void print_synced(struct cli *cli, const struct sync_status *now)
{
	struct replica_state state;
	if (replica_state(cli->store, &state, NULL))
		return;
	if (cli->json)
		print_json(cli, json_pack("{s:I, s:I, s:I, s:I}", "sent", (json_int_t)now->sent, "received", (json_int_t)now->received, "pending",
			(json_int_t)state.pending, "parked", (json_int_t)state.parked));
	else
		print_line(cli, _("%lld envoyées, %lld reçues ; %lld à envoyer"), (long long)now->sent, (long long)now->received, (long long)state.pending);
}

static bool wants_retry(const struct args *a, enum guichet_rc rc)
{
	return args_has(a, OPT_WATCH) && (rc == GUICHET_OK || rc == GUICHET_UNAVAILABLE || rc == GUICHET_LOCKED) && !progress_interrupted();
}

/* Follows the server until Ctrl-C; what fails is tried again when its time comes. */
static enum guichet_rc watch(struct transport *t, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	while (!progress_interrupted() && (rc == GUICHET_OK || rc == GUICHET_LOCKED)) {
		int64_t wait_ms;
		rc = transport_turn(t, &wait_ms, err);
		transport_wait(t, wait_ms < 0 || wait_ms > RETRY_MAX_MS ? RETRY_MAX_MS : wait_ms);
	}
	return rc;
}

enum guichet_rc cmd_sync(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct sync_options o = { .clock = clock_system(), .random = random_system(), .page_items = PAGE_ITEMS, .wait_s = args_has(a, OPT_WATCH) ? WATCH_WAIT_S : 0 };
	struct transport *t = NULL;
	struct replica_state state;
	struct syncing s = { 0 };
	struct sync_status now;
	char desk[DESK_WORDS];
	session_desk_words(cli, desk, sizeof desk);
	o.desk = desk;
	enum guichet_rc rc = transport_new(cli->store, &o, cli->config.server_ca, &t, err);
	if (!rc)
		rc = replica_state(cli->store, &state, err);
	if (rc)
		goto out;
	s.waiting = state.pending;
	transport_after(t, uncross);
	progress_start(&s.bar, cli, state.cursor.epoch == 0 ? _("première synchronisation") : _("synchronisation"));
	rc = transport_run(t, show_progress, &s, err);
	while (wants_retry(a, rc))
		rc = watch(t, err);
	progress_end(&s.bar);
	sync_status(transport_sync(t), &now);
	if (rc == GUICHET_OK || rc == GUICHET_UNAVAILABLE)
		print_synced(cli, &now);
	if (args_has(a, OPT_WATCH) && progress_interrupted())
		rc = GUICHET_OK;
out:
	transport_free(&t);
	return rc;
}

static bool not_interrupted(void *context, const struct sync_status *now)
{
	const struct cli *cli = context;
	(void)now;
	return !cli->interrupted || !*cli->interrupted;
}

enum guichet_rc sync_first(struct cli *cli, struct guichet_err *err)
{
	struct sync_options o = { .clock = clock_system(), .random = random_system(), .page_items = PAGE_ITEMS };
	struct transport *t = NULL;
	char desk[DESK_WORDS];
	if (!replica_is_enrolled(cli->store))
		return GUICHET_OK;
	session_desk_words(cli, desk, sizeof desk);
	o.desk = desk;
	enum guichet_rc rc = transport_new(cli->store, &o, cli->config.server_ca, &t, err);
	rc = rc ? rc : transport_run(t, not_interrupted, cli, err);
	transport_free(&t);
	return rc;
}

/* --- status --- */

enum { CLOCK_APART_MS = 120000 };

static int64_t conflicts(struct cli *cli)
{
	int64_t counts[TODO_KIND_COUNT];
	store_count_todo(cli->store, counts);
	return counts[TODO_CONFLICT];
}

/* What people have to do, and what makes times uncertain. */
static void print_waits(struct cli *cli, const struct replica_state *s)
{
	struct waiting_op *list = NULL;
	struct text when = TEXT_INIT;
	size_t count = 0;
	if (s->pending > 0 && replica_list_pending(cli->store, 1, &list, &count, NULL) == GUICHET_OK && count > 0) {
		instant_show(&when, list[0].op.wall_ms);
		print_line(cli, _("La plus ancienne attend depuis %s (guichet pending les montre)"), text_str(&when));
	}
	waiting_ops_free(list, count);
	text_done(&when);
	if (conflicts(cli) > 0)
		print_line(cli, _("Conflits à régler : %lld (guichet conflicts)"), (long long)conflicts(cli));
	if (s->parked > 0)
		print_line(cli, "%s", _("En souffrance : guichet parked dit pourquoi"));
	if (s->offset_ms != NO_INSTANT && (s->offset_ms > CLOCK_APART_MS || s->offset_ms < -CLOCK_APART_MS))
		print_line(cli, s->offset_ms > 0 ? _("Horloge de ce poste : ≈ %lld min de retard sur le serveur") : _("Horloge de ce poste : ≈ %lld min d'avance sur le serveur"),
			(long long)((s->offset_ms > 0 ? s->offset_ms : -s->offset_ms) / 60000));
}

static void print_status(struct cli *cli, const struct enrolment *e, const struct replica_state *s, bool online)
{
	struct text when = TEXT_INIT;
	if (s->last_sync_ms == NO_INSTANT)
		text_add(&when, _("jamais"));
	else
		instant_show(&when, s->last_sync_ms);
	print_line(cli, _("Poste « %s », %s, n° %lu, sur %s"), e->name, role_words(e->role), (unsigned long)e->device, e->url);
	print_line(cli, "%s", online ? _("Le serveur répond.") : _("HORS LIGNE : le serveur ne répond pas."));
	print_line(cli, _("À envoyer : %lld ; envoyées mais pas encore relues : %lld ; en souffrance : %lld"), (long long)s->pending, (long long)s->unseen,
		(long long)s->parked);
	print_line(cli, _("Dernière synchronisation : %s ; numéros en réserve : %lld"), text_str(&when), (long long)s->serials_left);
	text_done(&when);
	print_waits(cli, s);
}

/* What is not as it should be, and who works here. */
static void print_standing(struct cli *cli)
{
	struct agent who;
	enum desk_session now = agents_session(cli->store, &who);
	char *refused = store_setting(cli->store, "server-catalogue-refused");
	int64_t tried_ms, waiting = store_count_blobs(cli->store, BLOB_WAITS), turned_down = store_count_blobs(cli->store, BLOB_REFUSED);
	if (now != DESK_NOBODY)
		print_line(cli, now == DESK_OPEN ? _("Session ouverte : %s (%s)") : _("Session verrouillée : %s (%s)"), who.name, who.login);
	if (waiting > 0 || turned_down > 0)
		print_line(cli, _("Pièces jointes à envoyer : %lld ; refusées par le serveur : %lld"), (long long)waiting, (long long)turned_down);
	if (replica_digest_wrong(cli->store, &tried_ms))
		print_line(cli, "%s", _("Écart : ce poste n'a pas tout à fait ce que le serveur lui montre ; il le reprend de lui-même, rien de saisi ne se perd."));
	if (refused && *refused)
		print_line(cli, _("Catalogue du serveur refusé, l'ancien reste en vigueur : %s"), refused);
	free(refused);
	agent_done(&who);
}

enum guichet_rc cmd_status(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct enrolment e;
	struct replica_state s;
	(void)a;
	enum guichet_rc rc = replica_state(cli->store, &s, err);
	if (rc)
		return rc;
	bool enrolled = replica_enrolment(cli->store, &e, NULL) == GUICHET_OK;
	bool online = enrolled && transport_probe(e.url, cli->config.server_ca);
	if (cli->json)
		print_json(cli, json_pack("{s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:o}", "role", enrolled ? e.role : "standalone", "device",
			(json_int_t)store_device(cli->store), "online", (int)online, "pending", (json_int_t)s.pending, "parked", (json_int_t)s.parked, "conflicts", (json_int_t)conflicts(cli), "cursor",
			(json_int_t)s.cursor.seq, "last_sync", s.last_sync_ms == NO_INSTANT ? json_null() : instant_json(s.last_sync_ms)));
	else if (enrolled) {
		print_status(cli, &e, &s, online);
		print_standing(cli);
	}
	else
		print_line(cli, "%s", _("Poste seul : il n'est rattaché à aucun serveur."));
	enrolment_done(&e);
	return GUICHET_OK;
}
