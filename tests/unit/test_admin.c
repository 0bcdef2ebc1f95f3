// SPDX-License-Identifier: GPL-3.0-or-later
/* What an administrator reads and does on the server, on each database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/server/admin_inside.h"
#include "server_fixture.h"

static const int64_t MONDAY = 1795003600000; /* 18 November 2026, 12:06:40 UTC */
enum { HOUR = 3600000 };

static int64_t the_time(void *context)
{
	return *(int64_t *)context;
}

/* Runs a command as a server would; what it prints stays in `out`. Words end with NULL. */
static enum guichet_rc run(struct server_fixture *f, int64_t now_ms, struct text *out, const char *const *words)
{
	struct admin a = { .db = f->db, .random = f->random, .clock = { .now_ms = the_time, .context = &now_ms } };
	int count = 0;
	while (words[count])
		count++;
	enum guichet_rc rc = admin_do(&a, (char *const *)(uintptr_t)words, count, &f->err);
	text_done(out);
	*out = a.out;
	return rc;
}

#define RUN(f, now, out, ...) run(f, now, out, (const char *const[]){ __VA_ARGS__, NULL })

static void note(struct server_fixture *f, int64_t at_ms, const char *who, uint32_t device, const char *what, const char *subject)
{
	assert_int_equal(audit_note(f->db, at_ms, f->random, who, device, what, subject, &f->err), GUICHET_OK);
}

static size_t lines(const struct text *t)
{
	size_t n = 0;
	for (const char *at = text_str(t); (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

static void assert_lines(struct server_fixture *f, size_t wanted, const char *option, const char *value)
{
	struct text out = TEXT_INIT;
	assert_int_equal(RUN(f, MONDAY, &out, "audit", option, value), GUICHET_OK);
	if (lines(&out) != wanted)
		fail_msg("%s %s: %s", option, value, text_str(&out));
	text_done(&out);
}

/* Protects: whoever controls finds the lines of one person, one desk, one kind and one stretch of time, the newest first, and no others. */
static void audit_is_read(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct text out = TEXT_INIT;
	note(f, MONDAY, "s.martin", 100, "sign-in", NULL);
	note(f, MONDAY + HOUR, "s.martin", 100, "look", "2000000018");
	note(f, MONDAY + 2 * HOUR, "p.durand", 101, "look", "2000000018");
	assert_int_equal(RUN(f, MONDAY, &out, "audit"), GUICHET_OK);
	assert_string_equal(text_str(&out), "2026-11-18T14:06Z\tp.durand\tposte 101\tlook\t2000000018\n2026-11-18T13:06Z\ts.martin\tposte 100\tlook\t2000000018\n"
		"2026-11-18T12:06Z\ts.martin\tposte 100\tsign-in\t\n");
	assert_lines(f, 2, "--who", "s.martin");
	assert_lines(f, 0, "--who", "s.mart");
	assert_lines(f, 1, "--device", "101");
	assert_lines(f, 1, "--what", "sign-in");
	assert_lines(f, 2, "--from", "2026-11-18T13:06:40Z");
	assert_lines(f, 1, "--to", "2026-11-18T13:06:40Z");
	assert_lines(f, 3, "--to", "2027-01-01");
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--format", "json", "--limit", "1"), GUICHET_OK);
	json_t *o = json_loads(text_str(&out), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "at")), "2026-11-18T15:06:40+01:00");
	assert_string_equal(json_string_value(json_object_get(o, "subject")), "2000000018");
	assert_int_equal(json_integer_value(json_object_get(o, "device")), 101);
	json_decref(o);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--limit", "0"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--format", "xml"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--from", "hier"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY, &out, "audit", "--name", "x"), GUICHET_USAGE);
	text_done(&out);
}

/* Protects: page after page gives every line once, however many are of one moment. */
static void audit_is_paged(void **state)
{
	enum { LINES = 25, PAGE = 10 };
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct text out = TEXT_INIT;
	char subject[8], before[32] = "9223372036854775807";
	bool seen[LINES] = { false };
	for (int i = 0; i < LINES; i++) {
		snprintf(subject, sizeof subject, "%d", i);
		note(f, MONDAY, "s.martin", 100, "look", subject);
	}
	size_t count = 0;
	for (int page = 0; page < 3; page++) {
		assert_int_equal(RUN(f, MONDAY, &out, "audit", "--limit", "10", "--before", before), GUICHET_OK);
		for (char *line = out.data, *end; *line && *line != '('; line = end) {
			end = strchr(line, '\n');
			*end++ = '\0';
			int n = (int)strtol(strrchr(line, '\t') + 1, NULL, 10);
			assert_false(seen[n]);
			seen[n] = true;
			count++;
			if (*end == '(')
				snprintf(before, sizeof before, "%lld", strtoll(strstr(end, "--before ") + 9, NULL, 10));
		}
	}
	assert_int_equal(count, LINES);
	text_done(&out);
}

/* Protects: what an administrator changes is in the trail, under which number and nobody's name; what he only looks at is not. */
static void administrators_are_noted(void **state)
{
	struct server_fixture *f = *state;
	server_fixture_needs(f);
	struct text out = TEXT_INIT;
	assert_int_equal(db_run(f->db, &f->err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, "
		"scope_version, retired) VALUES(?1, ?2, 'a', 'agent', '*', 0, 0, '', 0, 0, 1, 0)", "ib", (int64_t)100, (const void *)"token", (size_t)5), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY, &out, "enrol-code", "--role", "agent", "--name", "Accueil Zyxw"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "revoke", "100"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "devices"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "account", "list"), GUICHET_OK);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "erase", "20000000"), GUICHET_DATA);
	assert_int_equal(RUN(f, MONDAY + HOUR, &out, "audit", "--who", "guichetd"), GUICHET_OK);
	assert_string_equal(text_str(&out), "2026-11-18T13:06Z\tguichetd\t\trevoke\t100\n2026-11-18T12:06Z\tguichetd\t\tenrol-code\t\n");
	text_done(&out);
}

int main(void)
{
#define ON(test, database) { #test " on " #database, test, server_fixture_##database, server_fixture_done, NULL }
	const struct CMUnitTest tests[] = {
		ON(audit_is_read, sqlite), ON(audit_is_read, postgres),
		ON(audit_is_paged, sqlite), ON(audit_is_paged, postgres),
		ON(administrators_are_noted, sqlite), ON(administrators_are_noted, postgres),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
