// SPDX-License-Identifier: GPL-3.0-or-later
/* An agent's hard hour, typed from tests/screen/hard-hour.keys on the real screens in a real terminal: keys are counted for each episode, and what the store holds
 * afterwards is asked of the command line.
 *
 * A line of the script: "== NAME" begins an episode; "as LOGIN" signs in (and out before); "out [keep]" signs out, and keeps what is typed; "keys ..." types (script.h); "see TEXT" and
 * "gone TEXT" look at the screen. GUICHET_HOUR_SHOW=1 prints the screen after each line of keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "script.h"

enum { REQUESTS = 300, EPISODES_MAX = 20, NAME_COLS = 44 };

struct episode { char name[80]; struct script_keys keys; };

static struct desk desk;
static struct pty pty;
static bool signed_in;
static char login[32];
static const char *arguments[] = { "--as", login, NULL };
static struct episode episodes[EPISODES_MAX];
static size_t episode_count;
static char promised[16];                          /* the reference of what was promised for today */

/* What the hour adds: all requests first, then contacts. */
static const struct { const char *channel, *outcome; int more; } counted[] = { { "", "requests", 18 }, { "phone", "wrong_number", 1 }, { "post", "created", 1 },
	{ "phone", "chased", 1 }, { "phone", "created", 15 }, { "phone", "added", 0 }, { "phone", "informed", 0 }, { "phone", "hung_up", 0 },
	{ "phone", "redirected", 0 } };
enum { COUNTED = sizeof counted / sizeof *counted };
static int before[COUNTED];

/* --- The script -------------------------------------------------------------------------------------------------- */

/* What is being typed is kept for whoever comes next, where that is asked. */
static void sign_out(bool keeps)
{
	struct episode *e = &episodes[episode_count ? episode_count - 1 : 0];

	if (!signed_in)
		return;
	pty_type(&pty, "\x11");
	e->keys.structural++;
	if (keeps) {
		assert_true(moment_settle(&desk.moment, &pty));
		assert_true(vt_find(&pty.vt, "garder") >= 0);
		pty_type(&pty, "\r");
		e->keys.structural++;
	}
	assert_true(pty_wait_end(&pty));
	pty_done(&pty);
	signed_in = false;
}

static void must_see(const char *text, bool there, int line)
{
	char *screen = vt_dump(&pty.vt, false);

	if (!strstr(screen, text) == there)
		fail_msg("line %d: « %s » is %son the screen:\n%s", line, text, there ? "not " : "", screen);
	free(screen);
}

static void sign_in(const char *who)
{
	sign_out(false);
	snprintf(login, sizeof login, "%s", who);
	assert_true(desk_open(&desk, &pty, "xterm-256color", 24, 80, arguments));
	signed_in = true;
}

static void type(const char *keys, int line)
{
	struct episode *e = &episodes[episode_count - 1];

	if (!script_type(&desk, &pty, keys, &e->keys))
		fail_msg("line %d", line);
	if (getenv("GUICHET_HOUR_SHOW")) {
		char *screen = vt_dump(&pty.vt, false);

		fprintf(stderr, "%d: %s\n%s\n", line, keys, screen);
		free(screen);
	}
}

static void obey(char *text, int line)
{
	char *rest = text, *command;

	text[strcspn(text, "\n")] = '\0';
	command = strsep(&rest, " ");
	rest = rest ? rest : text + strlen(text);
	if (!*command || *command == '#')
		return;
	if (!strcmp(command, "==")) {
		assert_true(episode_count < EPISODES_MAX);
		snprintf(episodes[episode_count++].name, sizeof episodes->name, "%s", rest);
	} else if (!strcmp(command, "as")) {
		sign_in(rest);
	} else if (!strcmp(command, "keys")) {
		type(rest, line);
	} else if (!strcmp(command, "see") || !strcmp(command, "gone")) {
		must_see(rest, *command == 's', line);
	} else if (!strcmp(command, "out")) {
		sign_out(!strcmp(rest, "keep"));
	} else {
		fail_msg("line %d: what is %s?", line, command);
	}
}

static void print_row(const char *name, struct script_keys keys)
{
	struct text line = TEXT_INIT;

	utf8_fit(&line, name, NAME_COLS, true);
	print_message("%s %6d %6d\n", text_str(&line), keys.structural, keys.text);
	text_done(&line);
}

static void print_table(void)
{
	struct script_keys all = { 0 };

	print_message("%-*s %6s %6s\n", NAME_COLS, "episode", "keys", "text");
	for (size_t i = 0; i < episode_count; i++) {
		print_row(episodes[i].name, episodes[i].keys);
		all.structural += episodes[i].keys.structural;
		all.text += episodes[i].keys.text;
	}
	print_row("all", all);
}

/* Protects: each episode can be lived through by keyboard while somebody is on the phone, and the screens say what they must. */
static void test_hour(void **state)
{
	FILE *script = fopen("tests/screen/hard-hour.keys", "re");
	char text[4096];

	(void)state;
	assert_non_null(script);
	for (int line = 1; fgets(text, sizeof text, script); line++)
		obey(text, line);
	fclose(script);
	sign_out(false);
	print_table();
}

/* --- The store --------------------------------------------------------------------------------------------------- */

static void run(const char *const *words)
{
	int status = desk_run(&desk, words);

	if (status != 0)
		fail_msg("%s %s: exit status %d: %s", words[0], words[1], status, text_str(&desk.said));
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static int lines_said(void)
{
	int lines = 0;

	for (const char *c = text_str(&desk.said); *c; c++)
		lines += *c == '\n';
	return lines;
}

static int requests_in_all(void)
{
	RUN("--json", "list", "--all", "--sort", "received", "--limit", "1000");
	return lines_said();
}

static int contacts_of(const char *channel, const char *outcome)
{
	RUN("--json", "contact", "list", "--count", "--channel", channel, "--outcome", outcome);
	return atoi(script_field(&desk, 0, "count"));
}

static void count_all(int counts[COUNTED])
{
	counts[0] = requests_in_all();
	for (int i = 1; i < COUNTED; i++) {
		int status = DESK_RUN(&desk, "--json", "contact", "list", "--count", "--channel", counted[i].channel, "--outcome", counted[i].outcome);

		/* 1: there is none. */
		assert_true(status == 0 || status == 1);
		counts[i] = status ? 0 : contacts_of(counted[i].channel, counted[i].outcome);
	}
}

/* The one request that these words find is shown. */
static void show(const char *words)
{
	char reference[16];

	RUN("--json", "search", words, "--limit", "1");
	snprintf(reference, sizeof reference, "%s", script_field(&desk, 0, "service_request_id"));
	RUN("--json", "show", reference, "--history");
}

static void is(const char *name, const char *wanted)
{
	const char *got = script_field(&desk, 0, name);

	if (strcmp(got, wanted) != 0)
		fail_msg("%s is « %s » and not « %s » in %s", name, got, wanted, text_str(&desk.said));
}

/* Whether `kind` is to be done for the request shown last. */
static bool is_to_do(const char *kind)
{
	char reference[16];
	size_t lines;

	snprintf(reference, sizeof reference, "%s", script_field(&desk, 0, "service_request_id"));
	RUN("--json", "todo", "--limit", "1000");
	lines = (size_t)lines_said();
	for (size_t i = 0; i < lines; i++) {
		bool same = strcmp(script_field(&desk, i, "service_request_id"), reference) == 0;

		if (same && strcmp(script_field(&desk, i, "todo"), kind) == 0)
			return true;
	}
	return false;
}

/* Protects: what was said in that hour is in the store, no more and no less: contacts by their outcome, requests, who was told, who is called back. */
static void test_store(void **state)
{
	int after[COUNTED];
	const char *list;

	(void)state;
	count_all(after);
	for (int i = 0; i < COUNTED; i++)
		if (after[i] - before[i] != counted[i].more)
			fail_msg("%s %s: %d more, not %d", counted[i].channel, counted[i].outcome, after[i] - before[i], counted[i].more);
	/* One letter, one contact, three requests. */
	RUN("--json", "contact", "list", "--channel", "post", "--limit", "1");
	list = strstr(text_str(&desk.said), "\"requests\":[");
	assert_non_null(list);
	assert_int_equal(strcspn(list + 12, "]"), 3 * 12 + 2);
	show("Facture doublée De La Fontaine");
	is("service_code", "eau-assainissement");
	is("document_date", "2026-11-20");
	RUN("--json", "show", promised);
	is("chased", "1");
	show("jaillit Marchand");
	is("danger", "true");
	is("category", "rupture-conduite");
	assert_false(is_to_do("danger"));
	show("cantine Diallo");
	is("status", "redirected");
	assert_false(is_to_do("notice"));
	show("Walesa");
	is("requester.name", "Walesa");
	is("subject", "Stationnement effacé");
	show("perceuse Roux");
	assert_true(is_to_do("callback"));
	show("Grille bouchée Petit");
	is("requester.phone", "+33639985682");
	RUN("verify");
}

static int make_desk(void **state)
{
	(void)state;
	if (!desk_make(&desk, REQUESTS) || !desk_know_caller(&desk, "a.benali", promised))
		return 1;
	RUN("--as", "a.benali", "promise", promised, "--date", "2026-11-24", "--reason", "équipe prévue", "--channel", "phone");
	count_all(before);
	return 0;
}

static int end_desk(void **state)
{
	(void)state;
	desk_done(&desk);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hour),
		cmocka_unit_test(test_store),
	};

	return cmocka_run_group_tests_name("hour", tests, make_desk, end_desk);
}
