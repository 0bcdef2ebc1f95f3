// SPDX-License-Identifier: GPL-3.0-or-later
/* See bugs.h. */
#include "bugs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/sim_bug.h"
#include "life.h"

#ifdef GUICHET_SIM_BUGS
enum { SHORT = 8 };
enum sim_bug sim_bug;

static const struct {
	const char *code, *what;
} bugs[] = {{"", ""},
#define X(code, what) {#code, what},
	SIM_BUGS(X)
#undef X
};

/* Some harm shows at the end of a life alone: what is done after it mends it. So half of them are short. */
static int actions_of(uint64_t seed, int actions)
{
	return seed % 2 ? actions : actions / SHORT;
}

static void search(const char *folder, uint64_t from, uint64_t seeds, int actions, int report)
{
	struct totals t = {0};
	/* What a life prints of itself is in the table. */
	if (!freopen("/dev/null", "w", stdout) || (!sim_verbose && !freopen("/dev/null", "w", stderr)))
		_exit(2);
	for (uint64_t seed = from; seed < from + seeds; seed++) {
		dprintf(report, "%llu\n", (unsigned long long)seed);
		if (!life_live(folder, seed, actions_of(seed, actions), &t)) {
			dprintf(report, "%s\n", t.why);
			_exit(1);
		}
	}
	_exit(0);
}

/* Without the bug nothing is wrong with that life: it was the bug that was found. */
static bool is_sound(const char *folder, uint64_t seed, int actions)
{
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		sim_bug = SIM_BUG_NONE;
		search(folder, seed, 1, actions, nowhere);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In a process of its own: a bug may well end it. */
static bool find_bug(const char *folder, enum sim_bug bug, uint64_t from, uint64_t seeds, int actions)
{
	int status = 0, ends[2];
	char line[700], seed[24] = "", why[700] = "";
	if (pipe(ends) != 0)
		return false;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		sim_bug = bug;
		search(folder, from, seeds, actions, ends[1]);
	}
	close(ends[1]);
	FILE *in = fdopen(ends[0], "r");
	while (in && fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = '\0';
		if (strspn(line, "0123456789") == strlen(line))
			snprintf(seed, sizeof seed, "%.20s", line);
		else
			snprintf(why, sizeof why, "%.600s", line);
	}
	if (in)
		fclose(in);
	waitpid(child, &status, 0);
	if (status == 0)
		snprintf(why, sizeof why, "NOT FOUND in %llu seeds", (unsigned long long)seeds);
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "ended by signal %d", WTERMSIG(status));
	bool sound = status != 0 && is_sound(folder, strtoull(seed, NULL, 10), actions);
	printf("%-24s %-80s seed %-4s %s%s\n", bugs[bug].code, bugs[bug].what, seed, why,
		status == 0 || sound ? "" : " -- BUT ALSO WITHOUT THE BUG");
	fflush(stdout);
	return sound;
}

bool bugs_find(const char *folder, uint64_t from, uint64_t seeds, int actions)
{
	int found = 0;
	const char *only = getenv("SIM_BUG");
	for (int bug = 1; bug < SIM_BUG_COUNT; bug++)
		if (!only || !strcmp(only, bugs[bug].code))
			found += find_bug(folder, (enum sim_bug)bug, from, seeds, actions);
	printf("%d of %d planted bugs found\n", found, SIM_BUG_COUNT - 1);
	return found == SIM_BUG_COUNT - 1;
}
#else
bool bugs_find(const char *folder, uint64_t from, uint64_t seeds, int actions)
{
	(void)folder;
	(void)from;
	(void)seeds;
	(void)actions;
	fprintf(stderr, "no bug is planted in this build: make sim-bugs\n");
	return false;
}
#endif
