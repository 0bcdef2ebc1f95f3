// SPDX-License-Identifier: GPL-3.0-or-later
/* The server under load, each figure beside a floor of the same run: bare libmicrohttpd with the same commits on SQLite, pgbench inserting the same rows. And a desk that
 * comes back with a day's work, changes as others see them, what idle desks cost. GUICHET and its neighbour guichetd are the programs. BENCH_SERVER="sqlite idle" takes only
 * some (sqlite postgres identity backlog watchers idle). Exit 1 when a limit was not kept. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/postgres_fixture.h"
#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/server/api.h"
#include "guichet/server/ledger.h"
#include "load.h"
#include "programs.h"
#include "server_floor.h"
#include "stores.h"

enum { PUSHES = 400, ALONE = 600, WARM = 20, ASKED = 2000, SIGNED = 8, WATCHERS = 200, CHANGES = 40, IDLE = 2000, BACKLOG = 10000, BACKLOG_S = 5, PGBENCH_S = 4 };
/* Request Tracker 5 on this kind of machine, mail off, REST with a session cookie: 21 to 26 creations a second at 8 clients, 75 to 92 ms each at one. */
static const double tracker_at_8 = 22, tracker_alone = 12;

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(70);
}

/* --- the server --- */

static void prepare(const struct db_options *o, int desks)
{
	struct guichet_err err = { 0 };
	struct db *db = NULL;
	if (db_open(o, &db, &err) || ledger_prepare(db, random_system(), &err))
		die(err.message);
	load_enrol(db, desks);
	db_close(&db);
}

/* --- pushes --- */

struct rates { struct samples many, alone, latency, latency_alone; double cpu_ms; /* of the server a push, whatever else the machine does */ };

static void put_rate(struct samples *s, double rate)
{
	samples_put(s, rate > 0 ? 1000 / rate : 0, false);
}

static void rates_done(struct rates *r)
{
	samples_done(&r->many);
	samples_done(&r->alone);
	samples_done(&r->latency);
	samples_done(&r->latency_alone);
}

static void push_rates(int port, struct rates *r)
{
	struct samples ignored = { 0 };
	struct load_plan plan = { port, LOAD_CLIENTS, WARM, 1 };
	load_push(&plan, &ignored);
	plan = (struct load_plan){ port, LOAD_CLIENTS, PUSHES, 1 + 2 * WARM };
	put_rate(&r->many, load_push(&plan, &r->latency));
	plan = (struct load_plan){ port, 1, ALONE, 1 + 2 * (WARM + PUSHES) };
	put_rate(&r->alone, load_push(&plan, &r->latency_alone));
	samples_done(&ignored);
}

static double rate_of(struct samples *s)
{
	double ms = samples_quantile(s, 0.5);
	return ms > 0 ? 1000 / ms : 0;
}

/* Of all children that have ended. */
static double children_cpu_ms(void)
{
	struct rusage u;
	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static double a_push(double cpu_ms)
{
	return cpu_ms / ((double)LOAD_CLIENTS * (WARM + PUSHES) + ALONE);
}

static bool report_rates(const char *on, struct rates *own, struct rates *floor)
{
	char what[64];
	bool kept = true;
	snprintf(what, sizeof what, "push, 16 clients, %s", on);
	kept = measure_report(LOAD_CLIENTS, what, &own->many, &floor->many, LIMIT_RATE, 0.5) && kept;
	snprintf(what, sizeof what, "its latency, %s", on);
	kept = measure_report(LOAD_CLIENTS, what, &own->latency, NULL, LIMIT_P99_MS, 50) && kept;
	snprintf(what, sizeof what, "push, one client, %s", on);
	kept = measure_report(1, what, &own->alone, &floor->alone, LIMIT_RATE, 0.5) && kept;
	double many = rate_of(&own->many), alone = rate_of(&own->alone);
	printf("%9s  %s: %.0f pushes a second by 16 clients, %.0f by one (floor: %.0f, %.0f); Request Tracker 5 as it was recorded, %.0f and %.0f: %.0f times, %.0f times\n", "", on,
		many, alone, rate_of(&floor->many), rate_of(&floor->alone), tracker_at_8, tracker_alone, many / tracker_at_8, alone / tracker_alone);
	return kept;
}

static bool measure_sqlite(const char *folder)
{
	char path[512], bare[512];
	struct rates own = { 0 }, floor = { 0 };
	int port;
	snprintf(path, sizeof path, "%s/central.db", folder);
	snprintf(bare, sizeof bare, "%s/bare.db", folder);
	pid_t pid = server_floor_start(bare, &port);
	if (!port)
		die("the floor does not start");
	push_rates(port, &floor);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	floor.cpu_ms = a_push(children_cpu_ms());
	prepare(&(struct db_options){ .sqlite = path }, LOAD_CLIENTS);
	double before = children_cpu_ms();
	struct server s = programs_start_server(path, NULL, NULL, 0);
	push_rates(s.port, &own);
	programs_stop_server(&s);
	own.cpu_ms = a_push(children_cpu_ms() - before);
	bool kept = report_rates("SQLite", &own, &floor);
	printf("%9s  SQLite: %.3f ms of processor a push (floor: %.3f)\n", "", own.cpu_ms, floor.cpu_ms);
	rates_done(&own);
	rates_done(&floor);
	return kept;
}

static bool measure_postgres(void)
{
	struct postgres_fixture p;
	struct rates own = { 0 }, floor = { 0 };
	char conninfo[128];
	if (!postgres_start_durable(&p)) {
		printf("%9s  pushes on PostgreSQL: left out, there is none here\n", "");
		postgres_stop(&p);
		return true;
	}
	snprintf(conninfo, sizeof conninfo, "host=%s user=guichet dbname=postgres", p.folder);
	prepare(&(struct db_options){ .postgres = conninfo }, LOAD_CLIENTS);
	struct server s = programs_start_server(NULL, conninfo, NULL, 0);
	push_rates(s.port, &own);
	programs_stop_server(&s);
	struct db *db = NULL;
	if (db_open(&(struct db_options){ .postgres = conninfo }, &db, NULL) || db_script(db, "TRUNCATE op, item; CREATE SEQUENCE floor_seq", NULL))
		die("the floor's tables can't be made");
	db_close(&db);
	put_rate(&floor.many, server_floor_pgbench(p.programs, p.folder, LOAD_CLIENTS, PGBENCH_S));
	put_rate(&floor.alone, server_floor_pgbench(p.programs, p.folder, 1, PGBENCH_S));
	bool kept = report_rates("PostgreSQL", &own, &floor);
	postgres_stop(&p);
	rates_done(&own);
	rates_done(&floor);
	return kept;
}

/* --- who calls --- */

static bool measure_identity(const char *folder)
{
	static const char secret[] = "un long mot de passe";
	char path[512], kept_password[API_PASSWORD_KEPT];
	struct samples health = { 0 }, token = { 0 }, sign_in = { 0 };
	struct text ask = TEXT_INIT, body = TEXT_INIT;
	struct db *db = NULL;
	struct guichet_err err = { 0 };
	snprintf(path, sizeof path, "%s/who.db", folder);
	prepare(&(struct db_options){ .sqlite = path }, 1);
	if (api_password_keep(secret, kept_password, &err) || db_open(&(struct db_options){ .sqlite = path }, &db, &err)
		|| db_run(db, &err, "INSERT INTO account(login, name, password, roles, services, disabled, failed, failed_ms) VALUES('s.martin', 'S', ?1, 'agent', '*', 0, 0, 0)", "t",
			kept_password))
		die(err.message);
	db_close(&db);
	struct server s = programs_start_server(path, NULL, NULL, 0);
	load_ask(s.port, "/healthz", 0, ASKED, &health);
	load_ask(s.port, "/v1/devices/me", 0, ASKED, &token);
	text_addf(&body, "{\"login\": \"s.martin\", \"password\": \"%s\"}", secret);
	load_request(&ask, "POST", "/v1/sessions", 0, text_str(&body));
	int fd = load_connect(s.port);
	for (int i = 0; i < SIGNED; i++) {
		int64_t from = clock_monotonic_ns();
		if (load_call(fd, ask.data, ask.len, NULL) != 200)
			die("nobody may sign in");
		samples_put(&sign_in, (double)(clock_monotonic_ns() - from) / 1e6, false);
	}
	close(fd);
	programs_stop_server(&s);
	measure_report(ASKED, "a token checked (floor: /healthz)", &token, &health, LIMIT_NONE, 0);
	measure_report(SIGNED, "a sign-in by password (Argon2id)", &sign_in, NULL, LIMIT_NONE, 0);
	samples_done(&health);
	samples_done(&token);
	samples_done(&sign_in);
	text_done(&ask);
	text_done(&body);
	return true;
}

/* --- a desk that comes back --- */

static bool measure_backlog(const char *folder)
{
	char path[512], home[512], input[512];
	struct samples own = { 0 };
	snprintf(path, sizeof path, "%s/backlog.db", folder);
	snprintf(home, sizeof home, "%s/home", folder);
	snprintf(input, sizeof input, "%s/lines", folder);
	prepare(&(struct db_options){ .sqlite = path }, 0);
	struct server s = programs_start_server(path, NULL, NULL, 0);
	programs_write_calls(input, 0, BACKLOG / 3 + 1);
	programs_make_desk(path, s.port, home);
	if (programs_run(home, input, "shell"))
		die("the desk can't be made");
	int64_t from = clock_monotonic_ns();
	if (programs_run(home, "/dev/null", "sync"))
		die("the desk can't synchronise");
	samples_put(&own, (double)(clock_monotonic_ns() - from) / 1e6, false);
	programs_stop_server(&s);
	bool kept = measure_report(BACKLOG, "a desk comes back: all sent and read again", &own, NULL, LIMIT_P50_MS, BACKLOG_S * 1000);
	samples_done(&own);
	return kept;
}

/* --- those who watch --- */

static int64_t resident_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmRSS:", 6))
			kib = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/* Where the journal stands, as a cursor. */
static void cursor_of(int port, char out[128])
{
	struct text ask = TEXT_INIT, body = TEXT_INIT;
	int fd = load_connect(port);
	snprintf(out, 128, "%s", "");
	for (bool end = false; !end;) {
		char path[256];
		text_clear(&ask);
		snprintf(path, sizeof path, "/v1/changes?after=%s&limit=500", out);
		load_request(&ask, "GET", path, 0, NULL);
		if (load_call(fd, ask.data, ask.len, &body) != 200)
			die("no changes");
		json_t *json = json_loadb(text_str(&body), body.len, 0, NULL);
		const char *to = json_string_value(json_object_get(json, "to"));
		snprintf(out, 128, "%s", to ? to : "");
		end = !json || json_is_true(json_object_get(json, "end"));
		json_decref(json);
	}
	close(fd);
	text_done(&ask);
	text_done(&body);
}

static void watch_from(int fd, int desk, const char *cursor)
{
	struct text ask = TEXT_INIT;
	char path[256];
	snprintf(path, sizeof path, "/v1/changes?after=%s&wait=50&limit=500", cursor);
	load_request(&ask, "GET", path, desk, NULL);
	load_send(fd, ask.data, ask.len);
	text_done(&ask);
}

static bool measure_watchers(const char *folder)
{
	char path[512], cursor[128];
	int fds[WATCHERS];
	struct samples seen = { 0 };
	struct text push = TEXT_INIT, body = TEXT_INIT;
	snprintf(path, sizeof path, "%s/watched.db", folder);
	prepare(&(struct db_options){ .sqlite = path }, WATCHERS + 1);
	struct server s = programs_start_server(path, NULL, NULL, 0);
	int pusher = load_connect(s.port);
	for (int i = 0; i < WATCHERS; i++)
		fds[i] = load_connect(s.port);
	for (int c = 0; c < CHANGES; c++) {
		cursor_of(s.port, cursor);
		for (int i = 0; i < WATCHERS; i++)
			watch_from(fds[i], i, cursor);
		/* All of them are held. */
		usleep(100000);
		text_clear(&push);
		load_one_push(&push, WATCHERS, 1 + 2 * (uint64_t)c);
		int64_t from = clock_monotonic_ns();
		load_send(pusher, push.data, push.len);
		for (int i = 0; i < WATCHERS; i++) {
			if (load_receive(fds[i], &body) != 200 || !strstr(text_str(&body), "\"op\""))
				die("a watcher saw nothing");
			samples_put(&seen, (double)(clock_monotonic_ns() - from) / 1e6, false);
		}
		if (load_receive(pusher, NULL) != 200)
			die("a push was refused");
	}
	bool kept = measure_report(WATCHERS, "a change on the desks that watch", &seen, NULL, LIMIT_P99_MS, 1000);
	for (int i = 0; i < WATCHERS; i++)
		close(fds[i]);
	close(pusher);
	programs_stop_server(&s);
	samples_done(&seen);
	text_done(&push);
	text_done(&body);
	return kept;
}

static bool measure_idle(const char *folder)
{
	char path[512], cursor[128];
	struct text push = TEXT_INIT;
	int *fds = guichet_alloc(IDLE * sizeof *fds);
	const struct rlimit files = { IDLE + 100, IDLE + 100 };
	snprintf(path, sizeof path, "%s/idle.db", folder);
	struct rlimit now;
	getrlimit(RLIMIT_NOFILE, &now);
	if (now.rlim_cur < files.rlim_cur && setrlimit(RLIMIT_NOFILE, &(struct rlimit){ files.rlim_cur, now.rlim_max }) != 0) {
		printf("%9d  idle desks: left out, this machine allows %lu open files\n", IDLE, (unsigned long)now.rlim_max);
		free(fds);
		return true;
	}
	prepare(&(struct db_options){ .sqlite = path }, 50);
	struct server s = programs_start_server(path, NULL, NULL, 0);
	load_one_push(&push, 0, 1);
	int fd = load_connect(s.port);
	if (load_call(fd, push.data, push.len, NULL) != 200)
		die("a push was refused");
	cursor_of(s.port, cursor);
	for (int i = 0; i < IDLE; i++)
		watch_from(fds[i] = load_connect(s.port), i % 50, cursor);
	usleep(1000000);
	double mib = (double)resident_kib(s.pid) / 1024;
	printf("%9d  idle long polls held: %.1f MiB resident (at most 200) %s\n", IDLE, mib, mib <= 200 ? "ok" : "OVER");
	for (int i = 0; i < IDLE; i++)
		close(fds[i]);
	close(fd);
	free(fds);
	text_done(&push);
	programs_stop_server(&s);
	return mib <= 200;
}

static bool is_wanted(const char *name)
{
	const char *wanted = getenv("BENCH_SERVER");
	return !wanted || !*wanted || strstr(wanted, name);
}

int main(void)
{
	i18n_start("fr");
	signal(SIGPIPE, SIG_IGN);
	/* From the top of the tree, wherever it was built. */
	char *data = realpath("data", NULL);
	if (data)
		setenv("GUICHET_DATADIR", data, 0);
	free(data);
	char *folder = stores_folder();
	measure_heading();
	bool kept = !is_wanted("sqlite") || measure_sqlite(folder);
	kept = (!is_wanted("postgres") || measure_postgres()) && kept;
	kept = (!is_wanted("identity") || measure_identity(folder)) && kept;
	kept = (!is_wanted("backlog") || measure_backlog(folder)) && kept;
	kept = (!is_wanted("watchers") || measure_watchers(folder)) && kept;
	kept = (!is_wanted("idle") || measure_idle(folder)) && kept;
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	free(folder);
	return !kept;
}
