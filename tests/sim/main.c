// SPDX-License-Identifier: GPL-3.0-or-later
/* sim [-from SEED] [-seeds N] [-actions N] [-seconds N] [-k] [-v] [-bugs]: lives of so many actions, one a seed; prints what was done, and the first seed that is not right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/sim_bug.h"

#include "sim.h"

struct totals { int64_t seeds, operations, actions; struct faults faults; };

static void add_faults(struct faults *sum, const struct faults *one)
{
	int64_t *to = (int64_t *)sum;
	const int64_t *from = (const int64_t *)one;
	for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
		to[i] += from[i];
}

static void one_act(struct world *w)
{
	int i = (int)roll(w, (uint64_t)w->desk_count);
	enum disk_fault how = DISK_FINE;
	if (chance(w, 15)) {
		how = chance(w, 500) ? DISK_DEAD : DISK_FULL;
		disk_break(how, (unsigned)roll(w, 60));
	}
	act(w, i);
	if (how == DISK_DEAD) {
		w->faults.desk_kills_in_commit++;
		desk_reopen(w, i);
	} else {
		w->faults.disk_full += disk_heal();
	}
	desk_count_made(w, i);
	if (chance(w, 300))
		sync_poke(w->desks[i].sync);
	if (chance(w, 10))
		store_idle(w->desks[i].store, 1, NULL);
}

static bool live(const char *folder, uint64_t seed, int actions, struct totals *t)
{
	struct world *w = guichet_alloc(sizeof *w);
	int64_t operations = 0;
	world_new(w, folder, seed);
	while (w->actions < actions && !w->failed) {
		for (uint64_t burst = 1 + roll(w, 4); burst > 0 && !w->failed; burst--)
			one_act(w);
		world_pass(w, (int64_t)(chance(w, 600) ? roll(w, 300) : chance(w, 900) ? roll(w, 6000) : roll(w, 400000)));
		if (chance(w, 150) && !w->failed)
			world_fault(w);
	}
	if (!w->failed && world_rest(w))
		judge(w, &operations);
	t->seeds++;
	t->operations += operations;
	t->actions += w->actions;
	add_faults(&t->faults, &w->faults);
	bool fine = !w->failed;
	if (!fine)
		printf("seed %llu: %s\n", (unsigned long long)seed, w->why);
	world_done(w);
	free(w);
	return fine;
}

static void print_totals(const struct totals *t, long long failed)
{
	const struct faults *f = &t->faults;
	printf("%lld seeds, %lld operations of %lld actions; messages lost %lld, doubled %lld, late %lld; desks killed %lld and %lld while writing, server %lld and %lld; "
		"disks full %lld, servers restored %lld, clocks changed %lld, lines cut %lld; seeds that are not right: %lld\n", (long long)t->seeds, (long long)t->operations,
		(long long)t->actions, (long long)f->lost, (long long)f->doubled, (long long)f->late, (long long)f->desk_kills, (long long)f->desk_kills_in_commit,
		(long long)f->server_kills, (long long)f->server_kills_in_commit, (long long)f->disk_full, (long long)f->restores, (long long)f->clocks, (long long)f->cuts, failed);
}

#ifdef GUICHET_SIM_BUGS
enum sim_bug sim_bug;

static const struct { const char *code, *what; } bugs[] = { { "", "" },
#define X(code, what) { #code, what },
	SIM_BUGS(X)
#undef X
};

/* In a process of its own: a bug may well end it. */
static bool find_bug(const char *folder, enum sim_bug bug, uint64_t from, uint64_t seeds, int actions)
{
	int status = 0;
	printf("%-24s %-75s ", bugs[bug].code, bugs[bug].what);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		struct totals t = { 0 };
		sim_bug = bug;
		for (uint64_t seed = from; seed < from + seeds; seed++)
			if (!live(folder, seed, actions, &t)) {
				fflush(stdout);
				_exit(1);
			}
		printf("NOT FOUND in %llu seeds\n", (unsigned long long)seeds);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("ended by signal %d\n", WTERMSIG(status));
	return status != 0;
}

static int find_bugs(const char *folder, uint64_t from, uint64_t seeds, int actions)
{
	int found = 0;
	for (int bug = 1; bug < SIM_BUG_COUNT; bug++)
		found += find_bug(folder, (enum sim_bug)bug, from, seeds, actions);
	printf("%d of %d planted bugs found\n", found, SIM_BUG_COUNT - 1);
	return found == SIM_BUG_COUNT - 1 ? 0 : 1;
}
#endif

int main(int argc, char **argv)
{
	uint64_t from = 1, seeds = 20;
	int actions = 300;
	int64_t seconds = 0;
	bool go_on = false, planted = false;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-v"))
			sim_verbose = true;
		else if (!strcmp(argv[i], "-bugs"))
			planted = true;
		else if (!strcmp(argv[i], "-k"))
			go_on = true;
		else if (i + 1 < argc && !strcmp(argv[i], "-from"))
			from = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-seeds"))
			seeds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-actions"))
			actions = (int)strtol(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-seconds"))
			seconds = strtoll(argv[++i], NULL, 10);
		else
			return 2;
	}
	char folder[64];
	snprintf(folder, sizeof folder, "%s/guichet-sim-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		return 2;
	disk_init();
#ifdef GUICHET_SIM_BUGS
	if (planted)
		return find_bugs(folder, from, seeds, actions);
#endif
	if (planted)
		return 2;
	struct totals t = { 0 };
	long long failed = 0;
	int64_t end = clock_monotonic_ns() + seconds * 1000000000;
	for (uint64_t seed = from; seed < from + seeds && (go_on || !failed) && (!seconds || clock_monotonic_ns() < end); seed++) {
		failed += !live(folder, seed, actions, &t);
		fflush(stdout);
	}
	print_totals(&t, failed);
	rmdir(folder);
	return failed ? 1 : 0;
}
