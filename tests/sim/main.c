// SPDX-License-Identifier: GPL-3.0-or-later
/* sim [-from SEED] [-seeds N] [-actions N] [-seconds N] [-every N] [-k] [-v] [-bugs]: lives of so many actions, one a
 * seed; prints what was done, and the first seed that is not right (-k: goes on). With -every a line for each N
 * seeds, as a long run needs it; `sim -sum FILE...` adds such lines up.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bugs.h"
#include "guichet/base/text.h"
#include "life.h"

/* --- one life --- */

static void one_act(struct world *w)
{
	int i = (int)roll(w, (uint64_t)w->desk_count);
	enum disk_fault how;
	if (w->desks[i].revoked || w->now_ms < w->desks[i].alone_until_ms || desk_is_out(&w->desks[i])) {
		w->actions++;
		return;
	}
	desk_trouble(w, &how, w->habits.trouble);
	act(w, i);
	desk_end_trouble(w, i, how);
	desk_count_made(w, i);
	if (chance(w, 100))
		sync_poke(w->desks[i].sync);
	if (chance(w, 3))
		store_idle(w->desks[i].store, 1, NULL);
}

bool life_live(const char *folder, uint64_t seed, int actions, struct totals *t)
{
	struct world *w = guichet_alloc(sizeof *w);
	int64_t operations = 0;
	world_new(w, folder, seed);
	while (w->actions < actions && !w->failed) {
		for (uint64_t burst = 1 + roll(w, 6); burst > 0 && !w->failed; burst--)
			one_act(w);
		world_pass(w, (int64_t)(chance(w, 600) ? roll(w, 300) : chance(w, 900) ? roll(w, 6000) : roll(w, 200000)));
		if (w->failed)
			break;
		admin_act(w);
		if (chance(w, w->habits.fault))
			world_fault(w);
	}
	if (!w->failed && world_rest(w))
		judge(w, &operations);
	t->seeds++;
	t->operations += operations;
	t->actions += w->actions;
	t->failed += w->failed;
	const int64_t *from = (const int64_t *)&w->faults;
	int64_t *to = (int64_t *)&t->faults;
	for (size_t i = 0; i < sizeof w->faults / sizeof *from; i++)
		to[i] += from[i];
	bool fine = !w->failed;
	if (!fine) {
		printf("seed %llu: %s\n", (unsigned long long)seed, w->why);
		snprintf(t->why, sizeof t->why, "%s", w->why);
	}
	world_done(w);
	free(w);
	return fine;
}

/* --- totals --- */

static const char *const fault_names[] = {
#define X(name, what) #name,
	FAULTS(X)
#undef X
};
static const char *const fault_words[] = {
#define X(name, what) what,
	FAULTS(X)
#undef X
};
enum { FAULT_COUNT = sizeof fault_names / sizeof *fault_names };

static void print_totals(const struct totals *t)
{
	const int64_t *faults = (const int64_t *)&t->faults;
	int64_t all = 0;
	for (size_t i = 0; i < FAULT_COUNT; i++)
		all += faults[i];
	printf("%lld seeds, %lld operations of %lld actions, %lld events of these kinds:\n", (long long)t->seeds,
		(long long)t->operations, (long long)t->actions, (long long)all);
	for (size_t i = 0; i < FAULT_COUNT; i++)
		printf("  %12lld %s\n", (long long)faults[i], fault_words[i]);
	printf("seeds that are not right: %lld\n", (long long)t->failed);
}

static void print_line(const struct totals *t, uint64_t from, uint64_t to)
{
	const int64_t *faults = (const int64_t *)&t->faults;
	printf("done from=%llu to=%llu seeds=%lld operations=%lld actions=%lld failed=%lld", (unsigned long long)from,
		(unsigned long long)to, (long long)t->seeds, (long long)t->operations, (long long)t->actions,
		(long long)t->failed);
	for (size_t i = 0; i < FAULT_COUNT; i++)
		printf(" %s=%lld", fault_names[i], (long long)faults[i]);
	printf("\n");
	fflush(stdout);
}

static void add(struct totals *sum, const struct totals *one)
{
	const int64_t *from = (const int64_t *)&one->faults;
	int64_t *to = (int64_t *)&sum->faults;
	sum->seeds += one->seeds;
	sum->operations += one->operations;
	sum->actions += one->actions;
	sum->failed += one->failed;
	for (size_t i = 0; i < FAULT_COUNT; i++)
		to[i] += from[i];
}

static int64_t number_in(const char *line, const char *name)
{
	char key[60];
	snprintf(key, sizeof key, " %s=", name);
	const char *at = strstr(line, key);
	return at ? strtoll(at + strlen(key), NULL, 10) : 0;
}

/* Of each range of seeds once: a run that was begun again counts nothing twice. */
static int sum_logs(char **paths, int count)
{
	struct totals sum = {0};
	char *line = NULL;
	size_t room = 0;
	for (int i = 0; i < count; i++) {
		FILE *in = fopen(paths[i], "r");
		if (!in)
			return 2;
		while (getline(&line, &room, in) > 0) {
			struct totals one = {0};
			if (strncmp(line, "done ", 5) != 0)
				continue;
			one.seeds = number_in(line, "seeds");
			one.operations = number_in(line, "operations");
			one.actions = number_in(line, "actions");
			one.failed = number_in(line, "failed");
			for (size_t k = 0; k < FAULT_COUNT; k++)
				((int64_t *)&one.faults)[k] = number_in(line, fault_names[k]);
			add(&sum, &one);
		}
		fclose(in);
	}
	free(line);
	print_totals(&sum);
	return sum.failed ? 1 : 0;
}

/* --- the program --- */

struct options {
	uint64_t from, seeds, every;
	int actions;
	int64_t seconds;
	bool go_on, planted;
};

static bool read_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-v"))
			sim_verbose = true;
		else if (!strcmp(argv[i], "-bugs"))
			o->planted = true;
		else if (!strcmp(argv[i], "-k"))
			o->go_on = true;
		else if (i + 1 < argc && !strcmp(argv[i], "-from"))
			o->from = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-seeds"))
			o->seeds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-actions"))
			o->actions = (int)strtol(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-seconds"))
			o->seconds = strtoll(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "-every"))
			o->every = strtoull(argv[++i], NULL, 10);
		else
			return false;
	}
	return true;
}

static bool live_all(const struct options *o, const char *folder)
{
	struct totals all = {0}, some = {0};
	int64_t end = clock_monotonic_ns() + o->seconds * 1000000000;
	uint64_t first = o->from;
	for (uint64_t seed = o->from;
		 seed < o->from + o->seeds && (o->go_on || !all.failed) && (!o->seconds || clock_monotonic_ns() < end);
		 seed++) {
		struct totals one = {0};
		life_live(folder, seed, o->actions, &one);
		add(&all, &one);
		add(&some, &one);
		if (o->every && (seed + 1 - o->from) % o->every == 0) {
			print_line(&some, first, seed);
			first = seed + 1;
			some = (struct totals){0};
		}
		fflush(stdout);
	}
	print_totals(&all);
	return all.failed == 0;
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	for (const struct dirent *e; dir && (e = readdir(dir));)
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	struct options o = {.from = 1, .seeds = 20, .actions = 300};
	char folder[64];
	if (argc > 2 && !strcmp(argv[1], "-sum"))
		return sum_logs(argv + 2, argc - 2);
	if (!read_options(&o, argc, argv))
		return 2;
	snprintf(folder, sizeof folder, "%s/guichet-sim-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		return 2;
	/* Memory is asked for and given back all the time: the system need not hear of it. */
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	disk_init();
	bool fine = o.planted ? bugs_find(folder, o.from, o.seeds, o.actions) : live_all(&o, folder);
	remove_folder(folder);
	return fine ? 0 : 1;
}
