// SPDX-License-Identifier: GPL-3.0-or-later
/* What the screens cost on exercise stores of several sizes: each key until it is painted, in the program's own processor time and as a person at a terminal
 * sees it, with the bytes that it sends; the first screen; a screen that nobody touches; memory. A bare list of the same store (bare_list.c), and other
 * people's programs on as many rows where they are installed, stand beside.
 *
 *	bench_screens [SIZES]           as BENCH_REQUESTS="35000 350000"; needs GUICHET, the program
 *	BENCH_KEEP=FOLDER               takes the stores that another bench left there, and removes them
 *	BENCH_STORE=FILE                measures this one store, and leaves it (changed: calls are recorded)
 *	BENCH_IDLE=SECONDS              how long nothing is touched (30)
 *
 * A key for which somebody else had the processor for more than SAMPLE_WAITED_MS measures the neighbours: its time is left out, and counted. Exit 1
 * when a limit was MISSED. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beside.h"
#include "gestures.h"
#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "stores.h"

enum { FIRSTS = 20, IDLE_SECONDS = 30, IDLE_SCREENS = 3, BARE_KEYS = 40, QUIET_MS = 50, DRAFTS_MAX = 500 };
static const double KEY_MS = 10, FIRST_MS = 50, STILL_BYTES = 400, IDLE_PERCENT = 0.1, MEMORY_MIB = 24;

struct bench {
	char *folder, *path, *program, *bare;
	size_t size;
	const char *environment[8];
	struct text config, home;
	double bare_key_ms;            /* a row down in the bare list, through a terminal */
	int missed;
};

/* --- one line of the table --- */

static const char *verdict(struct bench *b, bool kept)
{
	b->missed += !kept;
	return kept ? "kept" : "MISSED";
}

static void say_figure(struct bench *b, const char *what, double value, const char *unit, double limit)
{
	printf("%9zu  %-42s %10.3f %-18s", b->size, what, value, unit);
	if (limit > 0)
		printf(" at most %g: %s", limit, verdict(b, value <= limit));
	putchar('\n');
	fflush(stdout);
}

static void say_heading(void)
{
	printf("%9s  %-42s %5s %8s %8s %8s %8s %8s %7s %6s %6s %6s\n", "size", "key to painted screen (ms)", "keys", "cpu p50", "cpu p99", "p50", "p99",
		"whole", "x bare", "bytes", "most", "rest");
}

static void say_gesture(struct bench *b, struct gesture_cost *c, bool ours)
{
	double cpu50 = samples_quantile(&c->cpu, 0.5), cpu99 = samples_quantile(&c->cpu, 0.99);
	size_t left_out = c->wall.preempted_count;
	double p50 = samples_quantile(&c->wall, 0.5), p99 = samples_quantile(&c->wall, 0.99);
	/* What waits for the disk is held to the processor's time alone. */
	bool fast = cpu99 <= KEY_MS && (p99 <= KEY_MS || (c->flags & GESTURE_WRITES)), small = !(c->flags & GESTURE_LISTED) || c->bytes_most <= GESTURE_BYTES;
	printf("%9zu  %-42s %5zu %8.3f %8.3f %8.3f %8.3f %8.3f", b->size, c->name, c->keys, cpu50, cpu99, p50, p99, samples_quantile(&c->whole, 0.99));
	if (b->bare_key_ms > 0)
		printf(" %7.2f", p50 / b->bare_key_ms);
	else
		printf(" %7s", "-");
	printf(" %6lld %6lld %6lld  %s", c->keys ? (long long)(c->bytes / (int64_t)c->keys) : 0, (long long)c->bytes_most, (long long)c->rest_most,
		ours ? verdict(b, fast && small) : "");
	if (!fast && ours)
		printf("  slowest: %s", c->worst);
	if (!small && ours)
		printf("  %zu over %d bytes", c->large, GESTURE_BYTES);
	if (c->wall.busy)
		printf("  machine too busy: all counted");
	else if (left_out)
		printf("  (%zu left out)", left_out);
	putchar('\n');
	fflush(stdout);
}

static void say_gestures(struct bench *b, struct gesture_costs *costs)
{
	for (size_t i = 0; i < costs->count; i++)
		say_gesture(b, &costs->rows[i], true);
	gesture_costs_done(costs);
}

/* --- the programs --- */

static void prepare(struct bench *b)
{
	const struct passwd *p = getpwuid(geteuid());
	struct text path = TEXT_INIT;
	text_addf(&path, "%s/guichet.ini", b->folder);
	FILE *f = fopen(text_str(&path), "w");
	if (!f)
		exit(73);
	fprintf(f, "[guichet]\nstore = \"%s\"\n[account:%s]\nname = \"Sophie Martin\"\nroles = \"agent, service, supervisor\"\nservices = \"*\"\n", b->path,
		p ? p->pw_name : "inconnu");
	fclose(f);
	text_clear(&b->config);
	text_addf(&b->config, "--config=%s", text_str(&path));
	text_clear(&b->home);
	text_addf(&b->home, "HOME=%s", b->folder);
	text_done(&path);
	b->environment[0] = text_str(&b->home);
	b->environment[1] = "LC_ALL=C.UTF-8";
	b->environment[2] = "LANGUAGE=fr";
	b->environment[3] = "ESCDELAY=25";
	b->environment[4] = NULL;
}

static void start(struct bench *b, struct typist *t, bool bare, int rows, int cols)
{
	char *own[] = {b->program, (char *)(uintptr_t)text_str(&b->config), NULL}, *other[] = {b->bare, b->path, NULL};
	if (!typist_outside(t, rows, cols, b->environment, bare ? other : own)) {
		perror(bare ? b->bare : b->program);
		exit(72);
	}
}

/* Calls that were begun are asked for, one after the other: the first answer leaves them where they are. */
static void leave(struct typist *t, bool bare)
{
	pty_type(&t->pty, bare ? "\rq" : "\021");
	pty_settle(&t->pty, QUIET_MS);
	for (int i = 0; i < DRAFTS_MAX && typist_shows(t, "Non enregistré"); i++) {
		pty_type(&t->pty, "\r");
		pty_settle(&t->pty, QUIET_MS);
	}
	if (!pty_wait_end(&t->pty))
		fprintf(stderr, "bench: a program did not end\n");
	typist_done(t);
}

/* --- the first screen --- */

/* From before the program is started until its first picture is there whole. */
static double first_screen(struct bench *b, bool bare, bool cold, double *cpu)
{
	struct typist t;
	const char *sign = bare ? "BARE" : "À faire";
	if (cold)
		stores_forget_cached(b->path);
	int64_t from = clock_monotonic_ns();
	start(b, &t, bare, 24, 80);
	while (!typist_shows(&t, sign) || !*vt_row(&t.pty.vt, 23) || !*vt_row(&t.pty.vt, 3))
		if (!pty_take_in(&t.pty, 50) && clock_monotonic_ns() - from > 20000000000) {
			fprintf(stderr, "bench: no first screen\n");
			exit(70);
		}
	double ms = (double)(clock_monotonic_ns() - from) / 1e6;
	*cpu = typist_cpu_ms(&t);
	typist_wait(&t, sign);
	leave(&t, bare);
	return ms;
}

static void measure_first(struct bench *b)
{
	struct samples wall[3] = {{0}}, cpu[3] = {{0}};
	static const char *const names[3] = {"first screen, from exec", "  the store not yet in memory", "  the bare list's"};
	for (int i = 0; i < FIRSTS; i++)
		for (int k = 0; k < 3; k++) {
			double used, ms = first_screen(b, k == 2, k == 1, &used);
			samples_put(&wall[k], ms, false);
			samples_put(&cpu[k], used, false);
		}
	double floor = samples_quantile(&wall[2], 0.5);
	for (int k = 0; k < 3; k++) {
		char unit[64];
		double p50 = samples_quantile(&wall[k], 0.5);
		snprintf(unit, sizeof unit, "ms, cpu %.1f, x%.1f", samples_quantile(&cpu[k], 0.5), p50 / floor);
		say_figure(b, names[k], p50, unit, k == 2 ? 0 : FIRST_MS);
		samples_done(&wall[k]);
		samples_done(&cpu[k]);
	}
}

/* --- keys --- */

static struct gesture_cost bare_gesture(struct bench *b, const char *name, const char *before, const char *keys, int rows, int cols)
{
	struct typist t;
	struct gesture_costs costs = {0};
	start(b, &t, true, rows, cols);
	typist_wait(&t, "BARE");
	typist_play(&t, before);
	gestures_time(&t, name, keys, &costs);
	leave(&t, true);
	return costs.rows[0];
}

static void measure_bare(struct bench *b, int rows, int cols)
{
	static const struct { const char *name, *before, *keys; } gestures[] = {
		{ "(bare list: a row down)", "", "j*15 k*15" }, { "(bare list: a page)", "", "Space*12 b*12" },
		{ "(bare list: newest as one types)", "/", "'trottoir'" },
	};
	b->bare_key_ms = 0;
	for (size_t i = 0; i < sizeof gestures / sizeof *gestures; i++) {
		struct gesture_cost c = bare_gesture(b, gestures[i].name, gestures[i].before, gestures[i].keys, rows, cols);
		if (b->bare_key_ms == 0)
			b->bare_key_ms = samples_quantile(&c.wall, 0.5);
		say_gesture(b, &c, false);
		samples_done(&c.wall);
		samples_done(&c.cpu);
		samples_done(&c.whole);
	}
}

static void say_memory(struct bench *b, const struct typist *t, const char *what)
{
	say_figure(b, what, (double)typist_status(t, "VmHWM") / 1024, "MiB", MEMORY_MIB);
}

/* Nobody touches it. */
static void measure_idle(struct bench *b, struct typist *t, const char *keys, const char *name, double bytes_limit)
{
	const char *said = getenv("BENCH_IDLE");
	int seconds = said && *said ? atoi(said) : IDLE_SECONDS;
	char what[80];
	typist_play(t, keys);
	int64_t sent = t->pty.vt.bytes, from = clock_monotonic_ns();
	double cpu = typist_cpu_ms(t);
	while (clock_monotonic_ns() - from < seconds * 1000000000LL)
		pty_take_in(&t->pty, 200);
	snprintf(what, sizeof what, "still %s: sent", name);
	say_figure(b, what, (double)(t->pty.vt.bytes - sent) / seconds, "bytes a second", bytes_limit);
	snprintf(what, sizeof what, "still %s: processor", name);
	say_figure(b, what, (typist_cpu_ms(t) - cpu) / (seconds * 10.0), "%", IDLE_PERCENT);
}

static void measure_keys(struct bench *b, int rows, int cols)
{
	struct typist t;
	struct gesture_costs costs = {0};
	struct gesture_texts texts;
	gesture_texts_read(&texts, b->path);
	printf("%9zu  at %dx%d (whole: p99 until all that was looked for is there; rest: most bytes that follow once keys rest, where that was waited for)\n", b->size,
		cols, rows);
	say_heading();
	measure_bare(b, rows, cols);
	start(b, &t, false, rows, cols);
	if (!typist_wait(&t, "À faire") || !gestures_play(&t, GESTURES_THAT_READ, 100, &texts, &costs))
		exit(70);
	say_gestures(b, &costs);
	say_memory(b, &t, "memory, most, after all screens");
	if (rows == 24) {
		measure_idle(b, &t, "", "À faire", 0);
		measure_idle(b, &t, "S", "Tableau des délais", STILL_BYTES);
		typist_play(&t, "F12");
	}
	say_heading();
	if (!gestures_play(&t, GESTURES_THAT_WRITE, 100, &texts, &costs))
		exit(70);
	say_gestures(b, &costs);
	say_memory(b, &t, "memory, most, after the calls");
	leave(&t, false);
	gesture_texts_done(&texts);
}

/* --- calls, in keys --- */

/* Types a call and counts what is no text. */
static void count_keys(struct bench *b, const char *what, const char *number, const char *script, int most)
{
	struct typist t;
	int structural = 1;
	bool text = false;
	for (const char *p = script; *p; p++) {
		text = *p == '\'' ? !text : text;
		structural += !text && p[0] != ' ' && p[0] != '\'' && (p == script || p[-1] == ' ');
	}
	start(b, &t, false, 24, 80);
	typist_wait(&t, "À faire");
	typist_play(&t, "F2");
	typist_type(&t, number);
	typist_play(&t, script);
	if (!typist_shows(&t, "Référence")) {
		char *screen = vt_dump(&t.pty.vt, false);
		fprintf(stderr, "bench: the call was not recorded:\n%s\n", screen);
		free(screen);
		structural = 999;
	}
	leave(&t, false);
	say_figure(b, what, structural, "keys that are no text", most);
}

static void measure_calls(struct bench *b)
{
	struct gesture_texts texts;
	gesture_texts_read(&texts, b->path);
	count_keys(b, "a known caller, a subject of 42 characters", texts.texts[TEXT_PHONE][0],
		" Tab 'Nid de poule profond devant la boulangerie' Tab 'nid' Tab 'verd' Tab '12 rue des Tilleuls' F8", 8);
	count_keys(b, "a new caller, a subject of 61", texts.texts[TEXT_NEW_PHONE][0],
		" Tab 'Durand Paul' Tab 'Un gros dépôt de gravats bouche le trottoir devant le collège' Tab 'dep' Tab 'verd' Tab "
		"'4 place du Marché' Tab 'Il y en a sur dix mètres.' F8", 12);
	gesture_texts_done(&texts);
}

/* --- beside --- */

static void say_beside(struct bench *b)
{
	for (size_t i = 0; i < BESIDE_COUNT; i++) {
		struct beside o;
		char what[80];
		beside_measure(i, b->folder, b->path, &o);
		if (o.missing) {
			printf("%9zu  %s: left out, %s\n", b->size, o.name, o.missing);
			continue;
		}
		snprintf(what, sizeof what, "(%s: first screen, from exec)", o.name);
		say_figure(b, what, o.first_ms, "ms", 0);
		snprintf(what, sizeof what, "(%s: all rows read)", o.name);
		say_figure(b, what, o.whole_ms, "ms", 0);
		snprintf(what, sizeof what, "(%s: memory, most)", o.name);
		say_figure(b, what, o.memory_mib, "MiB", 0);
		for (size_t k = 0; k < o.keys.count; k++) {
			snprintf(what, sizeof what, "(%s: %s)", o.name, o.keys.rows[k].name);
			o.keys.rows[k].name = what;
			say_gesture(b, &o.keys.rows[k], false);
		}
		gesture_costs_done(&o.keys);
	}
}

/* --- all of it --- */

static void measure_store(struct bench *b)
{
	prepare(b);
	measure_first(b);
	/* A desk that has worked for a while. */
	stores_read_once(b->path);
	measure_keys(b, 24, 80);
	measure_keys(b, 43, 132);
	measure_calls(b);
	say_beside(b);
}

static void measure_size(struct bench *b)
{
	char *kept = stores_kept(b->size);
	struct text path = TEXT_INIT;
	text_addf(&path, "%s/screens-%zu.db", b->folder, b->size);
	b->path = kept && !access(kept, R_OK) ? kept : text_take(&path);
	if (b->path == kept)
		kept = NULL;
	else
		printf("%9zu  made in %.1f s\n", b->size, stores_make(b->path, b->size));
	measure_store(b);
	stores_drop(b->path);
	free(b->path);
	free(kept);
	text_done(&path);
}

int main(int argc, char **argv)
{
	const char *sizes = argc > 1 ? argv[1] : getenv("BENCH_REQUESTS"), *program = getenv("GUICHET"), *store = getenv("BENCH_STORE");
	struct bench b = {0};
	struct text bare = TEXT_INIT;
	i18n_start("fr");
	text_addf(&bare, "%.*s/bare_list", (int)(strrchr(argv[0], '/') ? strrchr(argv[0], '/') - argv[0] : 1), strrchr(argv[0], '/') ? argv[0] : ".");
	b.bare = text_take(&bare);
	b.program = guichet_strdup(program && *program ? program : "guichet");
	b.folder = stores_folder();
	if (store && *store) {
		b.path = guichet_strdup(store);
		b.size = beside_rows(b.path);
		measure_store(&b);
		free(b.path);
	}
	for (const char *p = store && *store ? "" : sizes && *sizes ? sizes : "35000 350000"; *p;) {
		char *end;
		b.size = strtoul(p, &end, 10);
		if (end == p)
			break;
		measure_size(&b);
		p = end + strspn(end, " ,");
	}
	beside_clear(b.folder);
	printf(b.missed ? "%d limit(s) MISSED\n" : "all limits kept\n", b.missed);
	free(b.folder);
	free(b.program);
	free(b.bare);
	text_done(&b.config);
	text_done(&b.home);
	return b.missed > 0;
}
