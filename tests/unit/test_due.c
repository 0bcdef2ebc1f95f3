// SPDX-License-Identifier: GPL-3.0-or-later
/* Due dates of cases that people can check with a paper calendar, and the very words that explain them. Numbers "GLPI
 * #..." are complaints about other systems that must not come up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/i18n.h"

#include "calendar_fixture.h"

static struct target target(const char *s)
{
	struct target t;

	assert_int_equal(target_parse(s, &t, NULL), GUICHET_OK);
	return t;
}

/* One case: `story` NULL: the words do not matter. The due date must be the same with and without words. */
static void assert_due(const struct calendar *c, const char *t, const char *from, const struct pause *pauses, size_t pause_count,
	const char *now, const char *due, const char *story)
{
	struct text lines = TEXT_INIT;
	struct explanation e = { &lines }, unwanted = { NULL };
	int64_t now_ms = now ? when(now) : when("2030-01-01");
	int64_t told = due_compute(c, target(t), when(from), pauses, pause_count, now_ms, &e);
	int64_t untold = due_compute(c, target(t), when(from), pauses, pause_count, now_ms, NULL);

	if (due && told != when(due)) {
		struct text shown = TEXT_INIT;

		due_show(&shown, told);
		fail_msg("%s from %s: due %s, not %s\n%s", t, from, text_str(&shown), due, text_str(&lines));
	}
	if (!due)
		assert_int_equal(told, NO_INSTANT);
	assert_int_equal(told, untold);
	assert_int_equal(due_compute(c, target(t), when(from), pauses, pause_count, now_ms, &unwanted), untold);
	if (story)
		assert_string_equal(text_str(&lines), story);
	text_done(&lines);
}

static struct pause pause_of(const char *from, const char *to)
{
	return (struct pause){ when(from), to ? when(to) : NO_INSTANT };
}

/* Protects: 15 working days of a complaint by post, over Easter Monday and the change of clock (dolibarr timesheet
 * #225). */
static void test_postal_complaint(void **state)
{
	struct calendar c = office();

	(void)state;
	assert_due(&c, "15j", "2027-03-26 17:00", NULL, 0, NULL, "2027-04-19 17:30",
		"reçu vendredi 26 mars 2027 17:00\n"
		"délai : 15 jours ouvrés\n"
		"vendredi 26 mars 2027 : jour de départ, non compté\n"
		"samedi 27 et dimanche 28 mars 2027 : non ouvrés, non comptés\n"
		"lundi 29 mars 2027 : Lundi de Pâques, non compté\n"
		"du mardi 30 mars au vendredi 2 avril 2027 : 4 jours ouvrés, 4 sur 15\n"
		"samedi 3 et dimanche 4 avril 2027 : non ouvrés, non comptés\n"
		"du lundi 5 au vendredi 9 avril 2027 : 5 jours ouvrés, 9 sur 15\n"
		"samedi 10 et dimanche 11 avril 2027 : non ouvrés, non comptés\n"
		"du lundi 12 au vendredi 16 avril 2027 : 5 jours ouvrés, 14 sur 15\n"
		"samedi 17 et dimanche 18 avril 2027 : non ouvrés, non comptés\n"
		"lundi 19 avril 2027 : 1 jour ouvré, 15 sur 15\n"
		"échéance : lundi 19 avril 2027 17:30\n");
}

/* Protects: a danger does not wait for the end of a holiday. */
static void test_danger_on_ascension_day(void **state)
{
	struct calendar c = on_call(), o = office();

	(void)state;
	close_days(&o, date(2026, 5, 15), date(2026, 5, 15), 0, 1440, "pont de l'Ascension");
	assert_due(&c, "4h", "2026-05-14 10:00", NULL, 0, NULL, "2026-05-14 14:00",
		"reçu jeudi 14 mai 2026 10:00\n"
		"délai : 4 heures ouvrées\n"
		"jeudi 14 mai 2026 : Ascension, ouvré dans ce calendrier\n"
		"jeudi 14 mai 2026 : 4 h ouvrées, 4 h sur 4 h\n"
		"échéance : jeudi 14 mai 2026 14:00\n");
	assert_due(&o, "4h", "2026-05-14 10:00", NULL, 0, NULL, "2026-05-18 14:00",
		"reçu jeudi 14 mai 2026 10:00\n"
		"délai : 4 heures ouvrées\n"
		"jeudi 14 mai 2026 : Ascension, non compté\n"
		"vendredi 15 mai 2026 : pont de l'Ascension, non compté\n"
		"samedi 16 et dimanche 17 mai 2026 : non ouvrés, non comptés\n"
		"jeudi 14 mai 2026 10:00, non ouvré -> lundi 18 mai 08:30\n"
		"lundi 18 mai 2026 : 4 h ouvrées, 4 h sur 4 h\n"
		"échéance : lundi 18 mai 2026 14:00\n");
	calendar_done(&o);
}

/* Protects: lunch breaks and evenings: counting starts when somebody is back, and ends at closing, not at the next
 * opening (osTicket #6847, GLPI #6835). */
static void test_lunch_break_and_evening(void **state)
{
	struct calendar c = office();

	(void)state;
	assert_due(&c, "4h", "2026-05-26 12:30", NULL, 0, NULL, "2026-05-26 17:30",
		"reçu mardi 26 mai 2026 12:30\n"
		"délai : 4 heures ouvrées\n"
		"mardi 26 mai 2026 12:30, non ouvré -> mardi 26 mai 13:30\n"
		"mardi 26 mai 2026 : 4 h ouvrées, 4 h sur 4 h\n"
		"échéance : mardi 26 mai 2026 17:30\n");
	assert_due(&c, "90min", "2026-05-26 17:30", NULL, 0, NULL, "2026-05-27 10:00",
		"reçu mardi 26 mai 2026 17:30\n"
		"délai : 90 minutes ouvrées\n"
		"mardi 26 mai 2026 17:30, non ouvré -> mercredi 27 mai 08:30\n"
		"mercredi 27 mai 2026 : 1 h 30 ouvrée, 1 h 30 sur 1 h 30\n"
		"échéance : mercredi 27 mai 2026 10:00\n");
	assert_due(&c, "2h", "2026-05-26 11:00", NULL, 0, NULL, "2026-05-26 14:30", NULL);
	assert_due(&c, "1h", "2026-05-26 11:00", NULL, 0, NULL, "2026-05-26 12:00", NULL);
	assert_due(&c, "40h", "2026-12-30 17:00", NULL, 0, NULL, "2027-01-08 10:30",
		"reçu mercredi 30 décembre 2026 17:00\n"
		"délai : 40 heures ouvrées\n"
		"mercredi 30 et jeudi 31 décembre 2026 : 8 h ouvrées, 8 h sur 40 h\n"
		"vendredi 1er janvier 2027 : Jour de l'an, non compté\n"
		"samedi 2 et dimanche 3 janvier 2027 : non ouvrés, non comptés\n"
		"du lundi 4 au vendredi 8 janvier 2027 : 32 h ouvrées, 40 h sur 40 h\n"
		"échéance : vendredi 8 janvier 2027 10:30\n");
}

/* Protects: a request that waited over 1 May: only working time is taken off (GLPI #10594, #14937). */
static void test_waiting_over_1_may(void **state)
{
	struct calendar c = office();
	struct pause days = pause_of("2026-04-30 10:00", "2026-05-04 10:00");
	struct pause hours = pause_of("2026-04-29 15:00", "2026-05-04 10:00");

	(void)state;
	assert_due(&c, "3j", "2026-04-29 10:00", &days, 1, NULL, "2026-05-06 17:30",
		"reçu mercredi 29 avril 2026 10:00\n"
		"délai : 3 jours ouvrés\n"
		"mercredi 29 avril 2026 : jour de départ, non compté\n"
		"pause du jeudi 30 avril 2026 10:00 au lundi 4 mai 10:00 : 1 jour ouvré non compté (en pause à la fermeture)\n"
		"vendredi 1er mai 2026 : Fête du Travail, non compté\n"
		"du lundi 4 au mercredi 6 mai 2026 : 3 jours ouvrés, 3 sur 3\n"
		"échéance : mercredi 6 mai 2026 17:30\n");
	assert_due(&c, "8h", "2026-04-29 10:00", &hours, 1, NULL, "2026-05-04 16:00",
		"reçu mercredi 29 avril 2026 10:00\n"
		"délai : 8 heures ouvrées\n"
		"mercredi 29 avril 2026 : 3 h 30 ouvrées, 3 h 30 sur 8 h\n"
		"pause du mercredi 29 avril 2026 15:00 au lundi 4 mai 10:00 : 11 h 30 ouvrées non comptées\n"
		"vendredi 1er mai 2026 : Fête du Travail, non compté\n"
		"lundi 4 mai 2026 : 4 h 30 ouvrées, 8 h sur 8 h\n"
		"échéance : lundi 4 mai 2026 16:00\n");
}

/* Protects: a pause over a weekend takes nothing; one that lies outside the counting is not told; order and overlap
 * of pauses do not matter; an empty one is no pause. */
static void test_pauses(void **state)
{
	struct calendar c = office();
	struct pause weekend = pause_of("2026-05-29 17:30", "2026-06-01 08:30");
	struct pause outside[] = { pause_of("2026-05-20", "2026-05-21"), pause_of("2026-07-01", "2026-07-02") };
	struct pause jumble[] = {
		pause_of("2026-05-27 10:00", "2026-05-27 11:00"), pause_of("2026-05-26 14:00", "2026-05-26 15:00"),
		pause_of("2026-05-26 14:30", "2026-05-26 16:00"), pause_of("2026-05-26 17:00", "2026-05-26 17:00"),
		pause_of("2026-05-26 17:00", "2026-05-26 16:00"), pause_of("2026-05-26 14:00", "2026-05-26 14:10"),
	};
	struct pause many[40];

	(void)state;
	assert_due(&c, "4h", "2026-05-29 14:30", &weekend, 1, NULL, "2026-06-01 09:30", NULL);
	assert_due(&c, "1j", "2026-05-29 14:30", &weekend, 1, NULL, "2026-06-01 17:30", NULL);
	assert_due(&c, "4h", "2026-05-26 10:00", outside, 2, NULL, "2026-05-26 15:30",
		"reçu mardi 26 mai 2026 10:00\n"
		"délai : 4 heures ouvrées\n"
		"mardi 26 mai 2026 : 4 h ouvrées, 4 h sur 4 h\n"
		"échéance : mardi 26 mai 2026 15:30\n");
	/* 13:30-14:00, 16:00-17:30, 08:30-10:00, 11:00-11:30 */
	assert_due(&c, "4h", "2026-05-26 12:30", jumble, 6, NULL, "2026-05-27 11:30", NULL);
	for (size_t i = 0; i < 40; i++)
		many[i] = (struct pause){ when("2026-05-26 08:30") + (int64_t)(39 - i) * 2 * MS_PER_MINUTE,
			when("2026-05-26 08:31") + (int64_t)(39 - i) * 2 * MS_PER_MINUTE };
	assert_due(&c, "1h", "2026-05-26 08:30", many, 40, NULL, "2026-05-26 10:10", NULL);
}

/* Protects: the boundary of the rule for days: what counts is the closing time. */
static void test_pause_at_closing(void **state)
{
	struct calendar c = office();
	struct pause from_closing = pause_of("2026-05-27 17:30", "2026-05-28 17:29");
	struct pause to_closing = pause_of("2026-05-27 17:29", "2026-05-27 17:30");

	(void)state;
	assert_due(&c, "1j", "2026-05-26 10:00", &from_closing, 1, NULL, "2026-05-27 17:30", NULL);
	assert_due(&c, "1j", "2026-05-26 10:00", &to_closing, 1, NULL, "2026-05-28 17:30", NULL);
	assert_due(&c, "2j", "2026-05-26 10:00", &from_closing, 1, NULL, "2026-05-28 17:30", NULL);
	assert_due(&c, "0j", "2026-05-26 10:00", NULL, 0, NULL, "2026-05-26 17:30", NULL);
	assert_due(&c, "0j", "2026-05-27 10:00", &to_closing, 1, NULL, "2026-05-28 17:30",
		"reçu mercredi 27 mai 2026 10:00\n"
		"délai : le jour même\n"
		"pause du mercredi 27 mai 2026 17:29 au mercredi 27 mai 17:30 : 1 jour ouvré non compté (en pause à la fermeture)\n"
		"jeudi 28 mai 2026 : 1 jour ouvré, 1 sur 1\n"
		"échéance : jeudi 28 mai 2026 17:30\n");
}

/* Protects: while it waits, the due date is what it would be if the wait ended now (osTicket #3034: "paused" but
 * ticking). */
static void test_still_waiting(void **state)
{
	struct calendar c = office();
	struct pause still = pause_of("2026-05-19 15:00", NULL);

	(void)state;
	assert_due(&c, "8h", "2026-05-19 10:00", &still, 1, "2026-05-20 10:00", "2026-05-20 16:00",
		"reçu mardi 19 mai 2026 10:00\n"
		"délai : 8 heures ouvrées\n"
		"mardi 19 mai 2026 : 3 h 30 ouvrées, 3 h 30 sur 8 h\n"
		"en pause depuis le mardi 19 mai 2026 15:00 : 4 h ouvrées non comptées, pause en cours\n"
		"mercredi 20 mai 2026 : 4 h 30 ouvrées, 8 h sur 8 h\n"
		"échéance : mercredi 20 mai 2026 16:00\n");
	assert_due(&c, "8h", "2026-05-19 10:00", &still, 1, "2026-05-22 10:00", "2026-05-22 16:00", NULL);
	assert_due(&c, "8h", "2026-05-19 10:00", &still, 1, "2026-05-19 15:00", "2026-05-20 10:30", NULL);
	assert_due(&c, "8h", "2026-05-19 10:00", &still, 1, "2026-05-19 14:00", "2026-05-20 10:30", NULL);
}

/* Protects: four hours are four real hours on the nights when the clock is moved (FixMyStreet #1373), and midnight
 * costs nothing (Zammad #3180). */
static void test_nights(void **state)
{
	struct calendar c = on_call();

	(void)state;
	assert_due(&c, "4h", "2027-03-27 23:30", NULL, 0, NULL, "2027-03-28 04:30",
		"reçu samedi 27 mars 2027 23:30\n"
		"délai : 4 heures ouvrées\n"
		"samedi 27 mars 2027 : 30 min ouvrées, 30 min sur 4 h\n"
		"dimanche 28 mars 2027 : passage à l'heure d'été, la nuit dure une heure de moins\n"
		"dimanche 28 mars 2027 : 3 h 30 ouvrées, 4 h sur 4 h\n"
		"échéance : dimanche 28 mars 2027 04:30\n");
	assert_due(&c, "4h", "2026-10-25 00:30", NULL, 0, NULL, "2026-10-25 03:30",
		"reçu dimanche 25 octobre 2026 00:30\n"
		"délai : 4 heures ouvrées\n"
		"dimanche 25 octobre 2026 : passage à l'heure d'hiver, la nuit dure une heure de plus\n"
		"dimanche 25 octobre 2026 : 4 h ouvrées, 4 h sur 4 h\n"
		"échéance : dimanche 25 octobre 2026 03:30\n");
	assert_due(&c, "2h", "2026-05-14 22:00", NULL, 0, NULL, "2026-05-14 24:00", NULL);
	assert_due(&c, "3h", "2026-05-14 22:00", NULL, 0, NULL, "2026-05-15 01:00", NULL);
	assert_due(&c, "1j", "2026-05-14 22:00", NULL, 0, NULL, "2026-05-15 24:00", NULL);
	assert_due(&c, "48h", "2026-03-28 12:00", NULL, 0, NULL, "2026-03-30 13:00", NULL);
	assert_due(&c, "48h", "2026-10-24 12:00", NULL, 0, NULL, "2026-10-26 11:00", NULL);
}

/* Protects: a changed holiday or closure moves an open due date, and the words say why (Frappe #2449). */
static void test_closures(void **state)
{
	struct calendar c = office();

	(void)state;
	assert_due(&c, "8h", "2026-12-23 17:00", NULL, 0, NULL, "2026-12-24 17:30", NULL);
	assert_due(&c, "2j", "2026-12-22 10:00", NULL, 0, NULL, "2026-12-24 17:30", NULL);
	assert_due(&c, "12j", "2026-07-28 10:00", NULL, 0, NULL, "2026-08-13 17:30", NULL);
	close_days(&c, date(2026, 12, 24), date(2026, 12, 24), 720, 1440, "veille de Noël");
	close_days(&c, date(2026, 8, 3), date(2026, 8, 16), 0, 1440, "fermeture d'été");
	assert_due(&c, "8h", "2026-12-23 17:00", NULL, 0, NULL, "2026-12-28 14:00",
		"reçu mercredi 23 décembre 2026 17:00\n"
		"délai : 8 heures ouvrées\n"
		"mercredi 23 décembre 2026 : 30 min ouvrées, 30 min sur 8 h\n"
		"jeudi 24 décembre 2026 : veille de Noël, fermé de 12:00 à 24:00\n"
		"jeudi 24 décembre 2026 : 3 h 30 ouvrées, 4 h sur 8 h\n"
		"vendredi 25 décembre 2026 : Noël, non compté\n"
		"samedi 26 et dimanche 27 décembre 2026 : non ouvrés, non comptés\n"
		"lundi 28 décembre 2026 : 4 h ouvrées, 8 h sur 8 h\n"
		"échéance : lundi 28 décembre 2026 14:00\n");
	assert_due(&c, "2j", "2026-12-22 10:00", NULL, 0, NULL, "2026-12-24 12:00",
		"reçu mardi 22 décembre 2026 10:00\n"
		"délai : 2 jours ouvrés\n"
		"mardi 22 décembre 2026 : jour de départ, non compté\n"
		"mercredi 23 et jeudi 24 décembre 2026 : 2 jours ouvrés, 2 sur 2\n"
		"échéance : jeudi 24 décembre 2026 12:00 (fermeture avancée : veille de Noël)\n");
	assert_due(&c, "12j", "2026-07-28 10:00", NULL, 0, NULL, "2026-08-27 17:30",
		"reçu mardi 28 juillet 2026 10:00\n"
		"délai : 12 jours ouvrés\n"
		"mardi 28 juillet 2026 : jour de départ, non compté\n"
		"du mercredi 29 au vendredi 31 juillet 2026 : 3 jours ouvrés, 3 sur 12\n"
		"samedi 1er et dimanche 2 août 2026 : non ouvrés, non comptés\n"
		"du lundi 3 au vendredi 14 août 2026 : fermeture d'été, non comptés\n"
		"samedi 15 août 2026 : Assomption, non compté\n"
		"dimanche 16 août 2026 : fermeture d'été, non compté\n"
		"du lundi 17 au vendredi 21 août 2026 : 5 jours ouvrés, 8 sur 12\n"
		"samedi 22 et dimanche 23 août 2026 : non ouvrés, non comptés\n"
		"du lundi 24 au jeudi 27 août 2026 : 4 jours ouvrés, 12 sur 12\n"
		"échéance : jeudi 27 août 2026 17:30\n");
	calendar_done(&c);
}

/* Protects: the legal clock and calendar days: the civil calendar, to 24:00, whatever the opening hours and pauses. */
static void test_civil_targets(void **state)
{
	struct calendar c = office(), never = { 0 };
	struct pause p = pause_of("2027-03-27", "2027-04-20");

	(void)state;
	assert_due(&c, "2mois", "2026-12-31 18:00", NULL, 0, NULL, "2027-02-28 24:00",
		"reçu jeudi 31 décembre 2026 18:00\n"
		"délai : 2 mois\n"
		"de date à date, tous les jours comptés\n"
		"ce mois n'a pas ce quantième : dernier jour du mois\n"
		"échéance : dimanche 28 février 2027 24:00\n");
	assert_due(&c, "7jc", "2027-03-26 17:00", &p, 1, NULL, "2027-04-02 24:00",
		"reçu vendredi 26 mars 2027 17:00\n"
		"délai : 7 jours calendaires\n"
		"samedis, dimanches et jours fériés comptés\n"
		"les pauses ne suspendent pas ce délai\n"
		"échéance : vendredi 2 avril 2027 24:00\n");
	assert_due(&c, "2mois", "2027-03-26 17:00", &p, 1, NULL, "2027-05-26 24:00", NULL);
	assert_due(&never, "2mois", "2026-08-30 00:00", NULL, 0, NULL, "2026-10-30 24:00", NULL);
	assert_due(NULL, "7jc", "2026-05-14 23:59", NULL, 0, NULL, "2026-05-21 24:00", NULL);
}

/* Protects: no endless walk and no overflow: calendars that never open, amounts that no calendar can hold, instants
 * out of time. */
static void test_no_due_date(void **state)
{
	static const enum target_unit units[] = { TARGET_MINUTES, TARGET_DAYS, TARGET_CALENDAR_DAYS, TARGET_MONTHS };
	static const int64_t instants[] = { INT64_MIN, INT64_MAX, -1, 0 };
	struct calendar c = office(), never = { 0 }, always = on_call();

	(void)state;
	assert_due(&c, "non", "2026-05-14 10:00", NULL, 0, NULL, NULL, "");
	assert_due(&never, "4h", "2026-05-14 10:00", NULL, 0, NULL, NULL,
		"reçu jeudi 14 mai 2026 10:00\n"
		"délai : 4 heures ouvrées\n"
		"le calendrier n'ouvre pas dans les trois ans\n"
		"pas d'échéance\n");
	assert_due(NULL, "4h", "2026-05-14 10:00", NULL, 0, NULL, NULL, NULL);
	for (size_t u = 0; u < 4; u++) {
		struct target huge = { units[u], INT32_MAX }, negative = { units[u], INT32_MIN };
		struct text lines = TEXT_INIT;
		struct explanation e = { &lines };

		assert_int_equal(due_compute(&c, huge, when("2026-05-14 10:00"), NULL, 0, 0, &e), NO_INSTANT);
		assert_int_equal(due_compute(&always, huge, when("2026-05-14 10:00"), NULL, 0, 0, NULL), NO_INSTANT);
		assert_true(lines.len < 100000);
		text_done(&lines);
		assert_true(due_compute(&always, negative, when("2026-05-14 10:00"), NULL, 0, 0, NULL) >=
			when("2026-05-14 10:00"));
		for (size_t i = 0; i < 4; i++) {
			struct pause p[] = { { instants[i], NO_INSTANT }, { instants[3 - i], INT64_MAX } };

			due_compute(&always, (struct target){ units[u], 30 }, instants[i], p, 2, instants[3 - i], NULL);
			due_threshold(&always, instants[i], instants[3 - i], 80, p, 2, instants[i]);
		}
	}
	/* ten years of hours, the most that a catalogue may ask for */
	assert_due(&always, "87600h", "2026-05-14 10:00", NULL, 0, NULL, "2036-05-11 10:00", NULL);
}

/* Protects: warnings at 50, 80 and 100 % of the working time, pauses left out, never outside opening hours. */
static void test_thresholds(void **state)
{
	struct calendar c = office(), never = { 0 };
	struct pause p = pause_of("2026-05-26 14:00", "2026-05-27 14:00");
	int64_t from = when("2026-05-26 08:30"), due = when("2026-05-27 17:30");

	(void)state;
	/* 15 hours over two days */
	assert_int_equal(due_threshold(&c, from, due, 50, NULL, 0, 0), when("2026-05-26 17:30"));
	assert_int_equal(due_threshold(&c, from, due, 80, NULL, 0, 0), when("2026-05-27 14:30"));
	assert_int_equal(due_threshold(&c, from, due, 100, NULL, 0, 0), due);
	assert_int_equal(due_threshold(&c, from, due, 120, NULL, 0, 0), when("2026-05-28 11:30"));
	assert_int_equal(due_threshold(&c, when("2026-05-25 10:00"), due, 0, NULL, 0, 0), from);
	/* 7 h 30 when one day was spent waiting */
	assert_int_equal(due_threshold(&c, from, due, 80, &p, 1, 0), when("2026-05-27 16:00"));
	assert_int_equal(due_threshold(&c, from, due, 50, &p, 1, 0), when("2026-05-26 13:45"));
	/* a civil due date at 24:00: the warning still comes while somebody is there */
	assert_int_equal(due_threshold(&c, from, when("2026-05-26 24:00"), 80, NULL, 0, 0), when("2026-05-26 16:00"));
	assert_int_equal(due_threshold(NULL, from, from + 1000 * MS_PER_HOUR, 80, &p, 1, 0), from + 800 * MS_PER_HOUR);
	assert_int_equal(due_threshold(&never, from, due, 80, NULL, 0, 0), due);
	assert_int_equal(due_threshold(&c, from, NO_INSTANT, 80, NULL, 0, 0), NO_INSTANT);
	assert_int_equal(due_threshold(&c, due, from, 80, NULL, 0, 0), from);
}

/* Protects: an explanation of years stays readable, and keeps its last word. */
static void test_long_story(void **state)
{
	struct calendar c = office();
	struct text lines = TEXT_INIT;
	struct explanation e = { &lines };
	size_t count = 0;

	(void)state;
	assert_true(due_compute(&c, target("3660j"), when("2026-05-14 10:00"), NULL, 0, 0, &e) > when("2040-01-01"));
	for (const char *s = text_str(&lines); *s; s++)
		count += *s == '\n';
	assert_in_range(count, 300, 410);
	assert_non_null(strstr(text_str(&lines), "\n…\néchéance : "));
	text_done(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postal_complaint),
		cmocka_unit_test(test_danger_on_ascension_day),
		cmocka_unit_test(test_lunch_break_and_evening),
		cmocka_unit_test(test_waiting_over_1_may),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_pause_at_closing),
		cmocka_unit_test(test_still_waiting),
		cmocka_unit_test(test_nights),
		cmocka_unit_test(test_closures),
		cmocka_unit_test(test_civil_targets),
		cmocka_unit_test(test_no_due_date),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_long_story),
	};

	i18n_start("fr");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
