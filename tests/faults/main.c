// SPDX-License-Identifier: GPL-3.0-or-later
/* Faults on real processes: desks that log and synchronise over a bad line, while they, the server and its database are killed at random moments. Afterwards what was
 * acknowledged is counted: nothing may be missing, nothing doubled.
 *
 *	faults [-seed N] [-desks N] [-operations N] [-kills N] [-seconds N] [-on sqlite|postgres|cluster]...
 *
 * -operations: until commands acknowledged as many; -kills: spread over them. GUICHET and GUICHETD name the programs. Exit status 1: something was lost, doubled or differs.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend.h"
#include "count.h"
#include "desks.h"

enum { DESKS_MAX = 16, EXIT_SKIPPED = 77 /* tests/run */, TURN_MS = 3, SAY_MS = 30000, BAD_PER_MILLE = 350 };
enum victim { VICTIM_SERVER, VICTIM_WRITER, VICTIM_SYNCER, VICTIM_DATABASE, VICTIMS };

struct options { uint64_t seed; int desks, servers; int64_t operations, kills, seconds; char guichet[256], guichetd[256]; };
struct run {
	const struct options *o;
	enum backend_kind kind;
	char folder[64];
	uint64_t chance;
	struct desk desks[DESKS_MAX];
	struct backend backend;
	struct proxy_shared *line;
	pid_t proxy;
	int proxy_port;
	int64_t killed[VICTIMS], next_kill, began_ms, seconds;
	bool broken;                     /* a step of the run itself failed */
};

static const char *const kind_names[] = { "sqlite", "postgres", "cluster" };

static int64_t acknowledged(const struct run *r)
{
	int64_t n = 0;
	for (int i = 0; i < r->o->desks; i++)
		n += r->desks[i].acknowledged;
	return n;
}

static int64_t kills(const struct run *r)
{
	int64_t n = 0;
	for (int i = 0; i < VICTIMS; i++)
		n += r->killed[i];
	return n;
}

/* --- setting up --- */

static bool start_line(struct run *r)
{
	r->line = mmap(NULL, sizeof *r->line, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int listener = proxy_listen(&r->proxy_port);
	if (r->line == MAP_FAILED || listener < 0)
		return false;
	r->proxy = fork();
	if (r->proxy == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		proxy_serve(listener, r->line, r->o->seed * 977 + (uint64_t)r->kind);
	}
	close(listener);
	return r->proxy > 0;
}

static const char *set_up(struct run *r)
{
	char code[128], name[32], url[64];
	const char *place = getenv("TMPDIR");
	snprintf(r->folder, sizeof r->folder, "%.32s/guichet-faults-XXXXXX", place && strlen(place) <= 32 ? place : "/tmp");
	if (!mkdtemp(r->folder) || !start_line(r))
		return "no folder, or no socket";
	const char *why = backend_start(&r->backend, r->kind, r->folder, r->o->guichetd, r->kind == BACKEND_CLUSTER ? 2 : 1, r->line);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", r->proxy_port);
	for (int i = 0; i < r->o->desks && !why; i++) {
		snprintf(name, sizeof name, "poste %d", i);
		bool made = desk_make(&r->desks[i], r->folder, i, r->o->guichet) && backend_enrol_code(&r->backend, name, code, sizeof code);
		for (int tries = 0; made && tries < 100 && !desk_enrol(&r->desks[i], url, code); tries++)
			usleep(100000);
		why = made ? NULL : "a desk can't be made";
	}
	r->line->per_mille = BAD_PER_MILLE;
	return why;
}

static void remove_folder(const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", path, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void clean_up(struct run *r)
{
	for (int i = 0; i < r->o->desks; i++)
		desk_done(&r->desks[i]);
	backend_stop(&r->backend);
	if (r->proxy > 0) {
		kill(r->proxy, SIGKILL);
		waitpid(r->proxy, NULL, 0);
	}
	if (!r->broken)
		remove_folder(r->folder);
	else
		fprintf(stderr, "what is left of it: %s\n", r->folder);
}

/* --- killing --- */

/* What the server had acknowledged must be in what it left. */
static void check_lost(struct run *r)
{
	struct db *db = backend_open(&r->backend);
	if (!db || !count_lost(db, r->desks, r->o->desks))
		r->broken = true;
	db_close(&db);
}

static void kill_server(struct run *r)
{
	int n = (int)(faults_drawn(&r->chance) % (uint64_t)r->backend.count);
	backend_kill_server(&r->backend, n);
	if (r->kind != BACKEND_CLUSTER)
		check_lost(r);
	usleep((useconds_t)(faults_drawn(&r->chance) % 100000));
	if (!backend_start_server(&r->backend, n))
		r->broken = true;
}

static void kill_database(struct run *r)
{
	backend_kill_database(&r->backend);
	if (!backend_revive_database(&r->backend))
		r->broken = true;
	else
		check_lost(r);
}

static void kill_one(struct run *r)
{
	static const int weights[][VICTIMS] = { { 40, 30, 30, 0 }, { 35, 25, 25, 15 }, { 40, 15, 15, 30 } };
	int drawn = (int)(faults_drawn(&r->chance) % 100), victim = 0;
	struct desk *d = &r->desks[faults_drawn(&r->chance) % (uint64_t)r->o->desks];
	while (drawn >= weights[r->kind][victim])
		drawn -= weights[r->kind][victim++];
	/* What it is there for. */
	if (r->kind == BACKEND_CLUSTER && r->killed[VICTIM_DATABASE] == 0)
		victim = VICTIM_DATABASE;
	/* One that is there, in the middle of what it does. */
	if ((victim == VICTIM_WRITER && d->writer.pid <= 0) || (victim == VICTIM_SYNCER && d->syncer.pid <= 0))
		return;
	r->killed[victim]++;
	if (victim == VICTIM_SERVER)
		kill_server(r);
	else if (victim == VICTIM_DATABASE)
		kill_database(r);
	else if (victim == VICTIM_SYNCER)
		child_kill(&d->syncer);
	else {
		/* What it had said before is acknowledged. */
		kill(d->writer.pid, SIGKILL);
		desk_hear(d);
		child_kill(&d->writer);
		d->busy = false;
	}
}

/* --- the run --- */

static bool goes_on(const struct run *r)
{
	return !r->broken && acknowledged(r) < r->o->operations && faults_now_ms() - r->began_ms < r->seconds * 1000;
}

static void go(struct run *r)
{
	int64_t said_ms = r->began_ms = faults_now_ms();
	int64_t span = r->o->kills > 0 ? r->o->operations / r->o->kills : INT64_MAX / 4;
	r->next_kill = span / 2;
	while (goes_on(r)) {
		for (int i = 0; i < r->o->desks; i++) {
			desk_hear(&r->desks[i]);
			desk_work(&r->desks[i], r->desks, r->o->desks, &r->chance, true);
		}
		if (acknowledged(r) >= r->next_kill && kills(r) < r->o->kills) {
			kill_one(r);
			r->next_kill += span > 1 ? span / 2 + (int64_t)(faults_drawn(&r->chance) % (uint64_t)span) : 1;
		}
		if (faults_now_ms() - said_ms > SAY_MS) {
			said_ms = faults_now_ms();
			fprintf(stderr, "# %s: %lld operations acknowledged, %lld kills, %lld s\n", kind_names[r->kind], (long long)acknowledged(r), (long long)kills(r),
				(long long)((said_ms - r->began_ms) / 1000));
		}
		usleep(TURN_MS * 1000);
	}
	r->seconds = (faults_now_ms() - r->began_ms) / 1000;
}

/* Everybody on a good line, twice: the second time all have what the others sent. */
static bool settle(struct run *r)
{
	bool fine = true;
	r->line->per_mille = 0;
	for (int i = 0; i < r->o->desks; i++) {
		child_wait(&r->desks[i].writer);
		child_kill(&r->desks[i].syncer);
	}
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < r->o->desks; i++)
			if (!desk_settle(&r->desks[i])) {
				fprintf(stderr, "desk %d can't send what waits\n", i);
				fine = false;
			}
	return fine;
}

static int64_t faults_of(const struct run *r)
{
	int64_t n = 0;
	for (int i = 1; i < FAULT_COUNT; i++)
		n += r->line->counts[i];
	return n;
}

static bool report(struct run *r, const struct counted *c)
{
	int64_t lost = 0, refused = 0, lines = faults_of(r) + r->line->counts[FAULT_NONE];
	for (int i = 0; i < r->o->desks; i++) {
		lost += r->desks[i].lost;
		refused += r->desks[i].failed;
	}
	printf("%-9s %5d %7lld %10lld %10lld %6lld %5lld %5lld %5lld %8lld %8lld %7lld %7lld %8lld %8lld %5lld %6d/%d %5d/%d\n", kind_names[r->kind], r->o->desks,
		(long long)r->seconds, (long long)c->acknowledged, (long long)c->operations, (long long)kills(r), (long long)r->killed[VICTIM_SERVER],
		(long long)(r->killed[VICTIM_WRITER] + r->killed[VICTIM_SYNCER]), (long long)r->killed[VICTIM_DATABASE], (long long)lines, (long long)faults_of(r),
		(long long)refused, (long long)lost, (long long)c->missing, (long long)c->doubled, (long long)c->gaps, c->desks_equal, r->o->desks, c->desks_verified,
		r->o->desks);
	for (int i = 1; i < FAULT_COUNT; i++)
		printf("%s%s %lld", i == 1 ? "          the line: " : ", ", fault_names[i], (long long)r->line->counts[i]);
	printf("\n");
	fflush(stdout);
	return lost == 0 && c->missing == 0 && c->doubled == 0 && c->gaps == 0 && c->parked == 0 && c->desks_equal == r->o->desks && c->desks_verified == r->o->desks;
}

static bool run(const struct options *o, enum backend_kind kind, bool *skipped)
{
	struct run *r = calloc(1, sizeof *r);
	struct counted counted;
	bool fine = true;
	*r = (struct run){ .o = o, .kind = kind, .chance = o->seed * 31 + (uint64_t)kind, .seconds = o->seconds };
	const char *why = set_up(r);
	if (why) {
		fine = strstr(why, " is not here") != NULL;
		r->broken = !fine;
		*skipped = fine;
		printf("%-9s %s: %s\n", kind_names[kind], fine ? "skipped" : "failed", why);
	} else {
		go(r);
		bool settled = !r->broken && settle(r);
		struct db *db = r->broken ? NULL : backend_open(&r->backend);
		fine = db && count_all(db, r->desks, o->desks, &counted);
		fine = fine && report(r, &counted) && settled;
		db_close(&db);
		r->broken = !fine;
	}
	clean_up(r);
	munmap(r->line, sizeof *r->line);
	free(r);
	return fine;
}

static void find_programs(struct options *o, const char *self)
{
	const char *guichet = getenv("GUICHET"), *guichetd = getenv("GUICHETD"), *slash = strrchr(self, '/');
	int folder = slash ? (int)(slash - self) : 1;
	if (guichet)
		snprintf(o->guichet, sizeof o->guichet, "%s", guichet);
	else
		snprintf(o->guichet, sizeof o->guichet, "%.*s/../guichet", folder, slash ? self : ".");
	if (guichetd)
		snprintf(o->guichetd, sizeof o->guichetd, "%s", guichetd);
	else
		snprintf(o->guichetd, sizeof o->guichetd, "%.*s/../guichetd", folder, slash ? self : ".");
}

int main(int argc, char **argv)
{
	static const struct option known[] = { { "seed", required_argument, NULL, 's' }, { "desks", required_argument, NULL, 'd' },
		{ "operations", required_argument, NULL, 'o' }, { "kills", required_argument, NULL, 'k' }, { "seconds", required_argument, NULL, 't' },
		{ "on", required_argument, NULL, 'b' }, { NULL, 0, NULL, 0 } };
	struct options o = { .seed = 1, .desks = 2, .operations = 300, .kills = 8, .seconds = 3600 };
	bool wanted[3] = { false }, any = false, fine = true, all_skipped = true;
	for (int option; (option = getopt_long_only(argc, argv, "", known, NULL)) != -1;) {
		int64_t number = strtoll(optarg ? optarg : "", NULL, 10);
		if (option == 's')
			o.seed = (uint64_t)number;
		else if (option == 'd')
			o.desks = number > 0 && number <= DESKS_MAX ? (int)number : o.desks;
		else if (option == 'o')
			o.operations = number;
		else if (option == 'k')
			o.kills = number;
		else if (option == 't')
			o.seconds = number;
		else if (option != 'b')
			return 64;
		for (int i = 0; option == 'b' && i < 3; i++)
			any = (wanted[i] = wanted[i] || !strcmp(optarg, kind_names[i])) || any;
	}
	wanted[0] = wanted[0] || !any;
	signal(SIGPIPE, SIG_IGN);
	/* From the top of the tree, wherever it was built. */
	char *data = realpath("data", NULL);
	if (data)
		setenv("GUICHET_DATADIR", data, 0);
	free(data);
	find_programs(&o, argv[0]);
	printf("%-9s %5s %7s %10s %10s %6s %5s %5s %5s %8s %8s %7s %7s %8s %8s %5s %8s %8s\n", "on", "desks", "seconds", "acknowl.", "journal", "kills", "serv.", "desk",
		"base", "lines", "faults", "refused", "lost", "missing", "doubled", "gaps", "equal", "verified");
	fflush(stdout);
	for (int i = 0; i < 3; i++)
		if (wanted[i]) {
			bool skipped = false;
			fine = run(&o, (enum backend_kind)i, &skipped) && fine;
			all_skipped = all_skipped && skipped;
		}
	return !fine ? 1 : all_skipped ? EXIT_SKIPPED : 0;
}
