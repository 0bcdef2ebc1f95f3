// SPDX-License-Identifier: GPL-3.0-or-later
/* Dates, times and targets as they are read and shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/i18n.h"
#include "guichet/core/calendar.h"

static void assert_reads(const char *s, const char *utc)
{
	struct guichet_err err;
	int64_t a = 0, b = 1;

	if (instant_parse("reçu le", s, &a, &err) != GUICHET_OK)
		fail_msg("%s", err.message);
	assert_int_equal(instant_parse("reçu le", utc, &b, &err), GUICHET_OK);
	if (a != b)
		fail_msg("%s: %lld, not %s: %lld", s, (long long)a, utc, (long long)b);
}

/* Protects: every writing that the command line and imports promise to take. */
static void test_forms(void **state)
{
	int64_t ms;

	(void)state;
	assert_int_equal(instant_parse("x", "1970-01-01T00:00:00Z", &ms, NULL), GUICHET_OK);
	assert_int_equal(ms, 0);
	assert_int_equal(instant_parse("x", "2026-05-14T10:00:00+02:00", &ms, NULL), GUICHET_OK);
	assert_int_equal(ms, 1778745600000);
	assert_reads("2026-05-14T10:00:00+02:00", "2026-05-14T08:00:00Z");
	assert_reads("2026-05-14T10:00+0200", "2026-05-14T08:00:00Z");
	assert_reads("2026-05-14T10:00:00.123+02", "2026-05-14T08:00:00Z");
	assert_reads("2026-05-13T22:30:00-09:30", "2026-05-14T08:00:00Z");
	assert_reads("2026-05-14T10:00:00", "2026-05-14T08:00:00Z");
	assert_reads("2026-05-14t10:00", "2026-05-14T08:00:00z");
	assert_reads("2026-05-14 10:00", "2026-05-14T08:00:00Z");
	assert_reads("  2026-05-14   10:00:00 ", "2026-05-14T08:00:00Z");
	assert_reads("14/05/2026 10:00", "2026-05-14T08:00:00Z");
	assert_reads("14/5/2026 10h", "2026-05-14T08:00:00Z");
	assert_reads("14/05/2026 9h05", "2026-05-14T07:05:00Z");
	assert_reads("2026-05-14", "2026-05-13T22:00:00Z");
	assert_reads("14/01/2026", "2026-01-13T23:00:00Z");
	assert_reads("2026-05-14 24:00", "2026-05-14T22:00:00Z");
	assert_reads("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
	assert_reads("2028-02-29", "2028-02-28T23:00:00Z");
}

/* Protects: no date is guessed. Each refusal names what was asked for and the value. */
static void test_refusals(void **state)
{
	static const struct { const char *s, *why; } wrong[] = {
		{ "", "attendu" }, { "demain", "attendu" }, { "2026", "attendu" }, { "2026-5-14", "attendu" },
		{ "14/05/26", "attendu" }, { "2026-05-14T", "attendu" }, { "2026-05-14T10", "attendu" },
		{ "2026-05-14 10:0", "attendu" }, { "2026-05-14 10:00 CEST", "attendu" }, { "2026-05-14x", "attendu" },
		{ "2026-05-14T10:00:00+25:00", "attendu" }, { "2026-05-14T10:00:00+02:60", "attendu" },
		{ "2026-05-14T10:00:00.Z", "attendu" }, { "20260514", "attendu" }, { "-2026-05-14", "attendu" },
		{ "2026-05-14T10:00:00+02:00 demain", "attendu" }, { "99999999999999999999-01-01", "attendu" },
		{ "2026-02-30", "28 jours" }, { "2027-02-29", "28 jours" }, { "31/04/2026", "30 jours" },
		{ "2026-05-00", "de 0" },
		{ "05/14/2026", "inversés" }, { "2026-13-01", "mois 13" }, { "2026-00-01", "mois 0" },
		{ "0026-05-14", "1900" }, { "14/05/1026", "1900" }, { "9999-01-01", "9998" },
		{ "2026-05-14 25:00", "24:00" }, { "2026-05-14 10:60", "24:00" }, { "2026-05-14 24:01", "24:00" },
		{ "2026-05-14 10:00:61", "24:00" }, { "2026-05-14 10:00:60", "24:00" },
	};
	struct guichet_err err;
	int64_t ms = 42;
	int32_t day = 42;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		if (instant_parse("reçu le", wrong[i].s, &ms, &err) != GUICHET_DATA)
			fail_msg("%s was read", wrong[i].s);
		if (!strstr(err.message, wrong[i].why) || !strstr(err.message, "reçu le") || !strstr(err.message, wrong[i].s))
			fail_msg("%s: %s", wrong[i].s, err.message);
		assert_int_equal(day_parse("jour", wrong[i].s, &day, &err), GUICHET_DATA);
	}
	assert_int_equal(instant_parse("reçu le", NULL, &ms, &err), GUICHET_DATA);
	assert_int_equal(ms, 42);
	assert_int_equal(day_parse("jour", "2026-05-14 10:00", &day, &err), GUICHET_DATA);
	assert_int_equal(day, 42);
	assert_int_equal(day_parse("jour", "14/05/2026", &day, &err), GUICHET_OK);
	assert_int_equal(day, day_from_date(2026, 5, 14));
}

/* Protects: a long value must not push out of the message what was expected, nor be cut inside a character. */
static void test_long_value(void **state)
{
	struct guichet_err err;
	char s[4001];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof s; i += 2)
		memcpy(s + i, "é", 2);
	s[sizeof s - 1] = '\0';
	assert_int_equal(instant_parse("date", s, &ms, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "attendu"));
	s[0] = 'a';
	memmove(s + 1, s + 2, sizeof s - 2);
	assert_int_equal(instant_parse("date", s, &ms, &err), GUICHET_DATA);
	assert_non_null(strstr(err.message, "éé »"));
}

/* Protects: what is exported can be imported: RFC 3339 leads back to the same second, on every kind of day. */
static void test_round_trip(void **state)
{
	int64_t spring = paris_instant(day_from_date(2027, 3, 28), 0), autumn = paris_instant(day_from_date(2027, 10, 31), 0);
	uint64_t seed = 20270328;
	struct text t = TEXT_INIT;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		int64_t ms, back;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		/* half of them within a day of a change of clock */
		ms = (int64_t)((seed >> 33) % 4102444800u) * 1000;
		if (i % 2)
			ms = (i % 4 == 1 ? spring : autumn) + ms % MS_PER_DAY;
		text_clear(&t);
		instant_rfc3339(&t, ms);
		assert_int_equal(t.len, 25);
		assert_int_equal(instant_parse("x", text_str(&t), &back, NULL), GUICHET_OK);
		assert_int_equal(back, ms);
	}
	text_clear(&t);
	instant_rfc3339(&t, NO_INSTANT);
	assert_int_equal(t.len, 0);
	text_done(&t);
}

static void assert_shown(void (*show)(struct text *, int64_t), const char *s, const char *expected)
{
	struct text t = TEXT_INIT;
	int64_t ms;

	assert_int_equal(instant_parse("x", s, &ms, NULL), GUICHET_OK);
	show(&t, ms);
	assert_string_equal(text_str(&t), expected);
	text_done(&t);
}

/* Protects: dates as French people write them. */
static void test_shown(void **state)
{
	struct text t = TEXT_INIT;

	(void)state;
	assert_shown(instant_show, "2026-05-26 17:30", "mardi 26 mai 2026 17:30");
	assert_shown(instant_show, "2026-05-01 08:05", "vendredi 1er mai 2026 08:05");
	assert_shown(instant_show, "2026-08-15", "samedi 15 août 2026 00:00");
	assert_shown(instant_show_short, "2026-05-26 17:30", "mar. 26/05 17:30");
	assert_shown(instant_rfc3339, "2026-05-14 10:00", "2026-05-14T10:00:00+02:00");
	assert_shown(instant_rfc3339, "2026-12-14 10:00", "2026-12-14T10:00:00+01:00");
	/* "samedi 3 avril 00:00" would be taken for Saturday evening */
	assert_shown(due_show, "2027-04-02 24:00", "vendredi 2 avril 2027 24:00");
	assert_shown(due_show, "2027-04-02 17:30", "vendredi 2 avril 2027 17:30");
	day_show(&t, day_from_date(2026, 12, 1));
	assert_string_equal(text_str(&t), "mardi 1er décembre 2026");
	text_clear(&t);
	instant_show(&t, NO_INSTANT);
	instant_show_short(&t, NO_INSTANT);
	due_show(&t, NO_INSTANT);
	assert_string_equal(text_str(&t), "———");
	text_done(&t);
	i18n_start("en");
	assert_shown(instant_show, "2026-05-01 17:30", "Friday 1 May 2026 17:30");
	assert_shown(instant_show_short, "2026-05-26 17:30", "Tue 26/05 17:30");
	i18n_start("fr");
}

/* Protects: targets in catalogues: read, written back the same, and said in words. */
static void test_targets(void **state)
{
	static const struct { const char *s; enum target_unit unit; int amount; const char *format, *show; } good[] = {
		{ "4h", TARGET_MINUTES, 240, "4h", "4 heures ouvrées" },
		{ "1h", TARGET_MINUTES, 60, "1h", "1 heure ouvrée" },
		{ "90min", TARGET_MINUTES, 90, "90min", "90 minutes ouvrées" },
		{ "120 min", TARGET_MINUTES, 120, "2h", "2 heures ouvrées" },
		{ "0min", TARGET_MINUTES, 0, "0h", "immédiat" },
		{ " 2j ", TARGET_DAYS, 2, "2j", "2 jours ouvrés" },
		{ "1j", TARGET_DAYS, 1, "1j", "1 jour ouvré" },
		{ "0j", TARGET_DAYS, 0, "0j", "le jour même" },
		{ "7jc", TARGET_CALENDAR_DAYS, 7, "7jc", "7 jours calendaires" },
		{ "2mois", TARGET_MONTHS, 2, "2mois", "2 mois" },
		{ "3660j", TARGET_DAYS, 3660, "3660j", "3660 jours ouvrés" },
		{ "", TARGET_NONE, 0, "non", "pas d'échéance" },
		{ "non", TARGET_NONE, 0, "non", "pas d'échéance" },
	};
	static const char *const wrong[] = {
		"4", "h", "-4h", "4 heures", "2J", "2m", "2jcc", "nonante", "3661j", "121mois", "99999999999h", "1.5h",
		"2j 4h", "é",
	};
	struct target t;
	struct guichet_err err;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct text out = TEXT_INIT;

		assert_int_equal(target_parse(good[i].s, &t, &err), GUICHET_OK);
		assert_int_equal(t.unit, good[i].unit);
		assert_int_equal(t.amount, good[i].amount);
		target_format(&out, t);
		assert_string_equal(text_str(&out), good[i].format);
		text_clear(&out);
		target_show(&out, t);
		assert_string_equal(text_str(&out), good[i].show);
		text_done(&out);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		if (target_parse(wrong[i], &t, &err) != GUICHET_DATA)
			fail_msg("%s was read", wrong[i]);
		assert_int_equal(t.unit, TARGET_NONE);
		assert_non_null(strstr(err.message, wrong[i]));
	}
	assert_int_equal(target_parse(NULL, &t, &err), GUICHET_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_targets),
	};

	i18n_start("fr");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
