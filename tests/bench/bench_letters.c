// SPDX-License-Identifier: GPL-3.0-or-later
/* The letters of a day: acknowledgements composed, laid out, put into one file behind their slip, and recorded; beside one bare run of groff over the same input, which
 * is taken as groff gets it. BENCH_DIR=FOLDER: where the store is made; BENCH_LETTERS: how many (200). Exit 1 when 200 take more than ten seconds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/report/mailroom.h"
#include "guichet/store/desk.h"
#include "measure.h"
#include "stores.h"

enum { LETTERS = 200, ROUNDS = 3, SECONDS = 10, INPUT_PARTS = 4 };

static const struct actor agent = { "courrier", "Service du courrier", ROLE_AGENT, NULL };

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err ? err->message : "");
	exit(70);
}

static void log_letters(struct store *s, size_t count)
{
	struct guichet_err err = { 0 };
	for (size_t i = 0; i < count; i++) {
		char name[40], address[80], subject[80];
		snprintf(name, sizeof name, "Odette Lefèvre-%zu", i);
		snprintf(address, sizeof address, "%zu rue de l'Église, 99000 Verdane", i % 200 + 1);
		snprintf(subject, sizeof subject, "Trou devant le %zu, un vélo est tombé", i % 200 + 1);
		const char *who[][2] = { { "title", "Mme" }, { "name", name }, { "postal_address", address }, { NULL, NULL } };
		struct call call = { .channel = "post", .category = "nid-de-poule", .subject = subject, .address = "rue de l'Église", .requester = who };
		struct logged logged;
		if (desk_log(s, &agent, &call, NULL, &logged, &err))
			die("log", &err);
		logged_done(&logged);
	}
}

/* --- groff alone --- */

static void run(const char *path, char *const argv[], const char *input, const char *output)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		int in = open(input, O_RDONLY), out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600), null = open("/dev/null", O_WRONLY);
		if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(null, 2) >= 0)
			execvp(path, argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		die("groff", NULL);
}

/* Each of our runs of groff leaves its input in FOLDER/troff.N: the letters are counted, laid out, then the slip is. */
static void catch_input(const char *folder, const char *groff)
{
	struct text path = TEXT_INIT, body = TEXT_INIT;
	text_addf(&path, "%s/groff", folder);
	text_addf(&body, "#!/bin/sh\nn=$(ls '%s' | grep -c '^troff')\ntee '%s'/troff.$n | exec '%s' \"$@\"\n", folder, folder, groff);
	FILE *f = fopen(text_str(&path), "w");
	if (!f || fputs(text_str(&body), f) < 0 || fclose(f) || chmod(text_str(&path), 0700))
		die("groff", NULL);
	text_done(&path);
	text_done(&body);
}

static char *find_groff(void)
{
	for (const char *at = getenv("PATH"); at && *at; at += strcspn(at, ":") + (at[strcspn(at, ":")] == ':')) {
		struct text path = TEXT_INIT;
		text_addn(&path, at, strcspn(at, ":"));
		text_add(&path, "/groff");
		if (access(text_str(&path), X_OK) == 0)
			return text_take(&path);
		text_done(&path);
	}
	return NULL;
}

/* --- ours --- */

static void one_batch(struct store *s, bool record)
{
	struct mailroom m;
	struct letter_pdf batch;
	struct guichet_err err = { 0 };
	if (mailroom_gather(s, &agent, &(struct mailroom_wish){ 0 }, &m, &err) || mailroom_make(s, &m, &err) || mailroom_batch(s, &m, &batch, &err))
		die("letters", &err);
	if (record && mailroom_record(s, &agent, &m, &err))
		die("record", &err);
	if (mailroom_ready(&m) != m.count)
		die("letters", NULL);
	letter_pdf_done(&batch);
	mailroom_done(&m);
}

static bool measure_letters(const char *folder, const char *groff, size_t count)
{
	static char *const argv[] = { "groff", "-S", "-Tpdf", "-mfr", "-dpaper=a4", "-P-pa4", "-", NULL };
	struct samples own = { 0 }, bare = { 0 };
	struct guichet_err err = { 0 };
	struct text db = TEXT_INIT, input = TEXT_INIT, output = TEXT_INIT, path = TEXT_INIT;
	struct store *s = NULL;
	char *before = guichet_strdup(getenv("PATH"));
	text_addf(&db, "%s/letters.db", folder);
	text_addf(&input, "%s/troff.1", folder);
	text_addf(&output, "%s/bare.pdf", folder);
	text_addf(&path, "%s:%s", folder, before);
	stores_make_empty(text_str(&db));
	if (store_open(text_str(&db), NULL, &s, &err))
		die("store", &err);
	log_letters(s, count);
	catch_input(folder, groff);
	setenv("PATH", text_str(&path), 1);
	one_batch(s, false);
	setenv("PATH", before, 1);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t from = measure_start();
		run(groff, argv, text_str(&input), text_str(&output));
		samples_add(&bare, from);
		from = measure_start();
		one_batch(s, i == ROUNDS - 1);
		samples_add(&own, from);
	}
	bool kept = measure_report(count, "a batch of letters", &own, &bare, LIMIT_P50_MS, SECONDS * 1000.0);
	printf("%zu letters in %.1f s; bare groff, once over the same input: %.1f s; the limit is %d s for %d\n", count, samples_quantile(&own, 0.5) / 1000,
		samples_quantile(&bare, 0.5) / 1000, SECONDS, LETTERS);
	samples_done(&own);
	samples_done(&bare);
	store_close(&s);
	stores_drop(text_str(&db));
	unlink(text_str(&output));
	for (int i = 0; i < INPUT_PARTS; i++) {
		text_clear(&path);
		text_addf(&path, "%s/troff.%d", folder, i);
		unlink(text_str(&path));
	}
	text_clear(&path);
	text_addf(&path, "%s/groff", folder);
	unlink(text_str(&path));
	text_done(&db);
	text_done(&input);
	text_done(&output);
	text_done(&path);
	free(before);
	return kept;
}

int main(void)
{
	const char *asked = getenv("BENCH_LETTERS");
	size_t count = asked ? strtoul(asked, NULL, 10) : LETTERS;
	i18n_start("fr");
	char *folder = stores_folder(), *groff = find_groff();
	bool kept = true;
	if (groff) {
		measure_heading();
		kept = measure_letters(folder, groff, count);
	} else {
		printf("letters: skipped: no groff (package groff)\n");
	}
	rmdir(folder);
	free(folder);
	free(groff);
	return !kept;
}
