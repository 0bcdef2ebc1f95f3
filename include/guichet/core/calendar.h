// SPDX-License-Identifier: GPL-3.0-or-later
/* French time: Europe/Paris without libc's zones, computed holidays, business calendars, working-time arithmetic.
 *
 * An instant is UTC milliseconds since 1970 (int64_t, "_ms"). A day is a count of civil days since 1970-01-01 in Paris
 * (int32_t, "_day"). A minute of day runs 0..1440. All intervals are half-open [from, to); 24:00 = 1440 is allowed.
 */
#ifndef GUICHET_CORE_CALENDAR_H
#define GUICHET_CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"
#include "guichet/base/text.h"

#define MS_PER_MINUTE ((int64_t)60000)
#define MS_PER_DAY ((int64_t)86400000)
#define NO_INSTANT INT64_MIN /* "no such date" */

/* --- Paris civil time (directive 2000/84/CE: last Sundays of March and October, 01:00 UTC) --- */
struct civil {
	int year, month, day;      /* month 1..12, day 1..31 */
	int hour, minute, second;
};
int32_t day_from_date(int year, int month, int day);
void day_to_date(int32_t day, int *year, int *month, int *day_of_month);
int day_weekday(int32_t day);                       /* 0 = Monday ... 6 = Sunday */
int paris_offset_minutes(int64_t utc_ms);           /* 60 or 120 */
struct civil paris_civil(int64_t utc_ms);
int32_t paris_day(int64_t utc_ms);
int paris_minute(int64_t utc_ms);                   /* minute of the civil day, 0..1439 */
/* The instant of a Paris wall time. In the hour that does not exist (March) the clock is taken as already moved; in
 * the hour that exists twice (October) the first is meant. minute may be 1440 (the next midnight). */
int64_t paris_instant(int32_t day, int minute);
int64_t paris_instant_civil(const struct civil *c);
/* Instants outside the years 1 to 9999 (NO_INSTANT too) are taken as the first or last of them by the functions
 * above. */

/* Reads a date and time: RFC 3339 with offset or Z, "2026-05-14T10:00[:00]", "2026-05-14 10:00", "2026-05-14"
 * (midnight), "14/05/2026 [10:00]", also "10h30" and "24:00"; without offset it is Paris time. Years 1900 to 9998.
 * GUICHET_DATA otherwise (impossible dates too), naming `what` and what is expected. */
enum guichet_rc instant_parse(const char *what, const char *s, int64_t *out, struct guichet_err *err);
/* A date alone (same forms, no time): its day. */
enum guichet_rc day_parse(const char *what, const char *s, int32_t *out, struct guichet_err *err);
void instant_rfc3339(struct text *out, int64_t ms);    /* 2026-05-14T10:00:00+02:00; adds nothing for NO_INSTANT */
/* Shown to people, in the language of messages: "mardi 26 mai 2026 17:30" (1er for the first of a month); short:
 * "mar. 26/05 17:30". */
void instant_show(struct text *out, int64_t ms);
void day_show(struct text *out, int32_t day);          /* mardi 26 mai 2026 */
void instant_show_short(struct text *out, int64_t ms);
/* A due instant: midnight is the end of the day before, "vendredi 2 avril 2027 24:00"; due_day is that day, for "au
 * plus tard le". */
void due_show(struct text *out, int64_t due_ms);
int32_t due_day(int64_t due_ms);
/* Adds calendar months, date to date (CRPA L231-1): 31 December + 2 months = 28 or 29 February. Keeps the wall time. */
int64_t instant_add_months(int64_t ms, int months);

/* --- Holidays --- */
int32_t easter_sunday(int year);                       /* Gregorian computus */
/* Its name in French (constant), or NULL. code du travail L3133-1; Alsace-Moselle: L3134-13. When Ascension falls on
 * 1 or 8 May the fixed holiday's name is given. */
const char *holiday_name(int32_t day, bool alsace_moselle);

/* --- Calendars --- */
struct span { int from, to; };                         /* minutes of day, half-open */
enum { CALENDAR_SPANS_MAX = 8 };
struct closure {
	int32_t first_day, last_day;                   /* inclusive */
	int from, to;                                  /* minutes of day; 0..1440 for whole days */
	char *name;                                    /* "pont de l'Ascension" */
};
struct calendar {
	char *code, *name;
	struct span week[7][CALENDAR_SPANS_MAX];       /* sorted, disjoint */
	int span_count[7];
	bool works_holidays;                           /* on-call calendars do */
	bool alsace_moselle;
	struct closure *closures;                      /* owned */
	size_t closure_count;
};
void calendar_done(struct calendar *c);
/* On the nights when the clock is moved a span runs from the first moment at which the clock shows `from` or later to
 * the first at which it shows `to` or later, so that working time is real time: 24/7 has 23 or 25 hours on those days. */

/* The open spans of a day after holidays and closures; returns how many. `why`, if not NULL, is set to the French reason
 * when the day is wholly closed ("Lundi de Pâques", "dimanche", a closure's name; borrowed), else NULL. */
int calendar_day_spans(const struct calendar *c, int32_t day, struct span out[CALENDAR_SPANS_MAX * 2], const char **why);
bool calendar_is_open(const struct calendar *c, int64_t ms);
/* The first open instant at or after `ms`, or NO_INSTANT when there is none within three years. */
int64_t calendar_next_open(const struct calendar *c, int64_t ms);
/* Working milliseconds between two instants (0 when to <= from). */
int64_t calendar_between(const struct calendar *c, int64_t from_ms, int64_t to_ms);
/* Walks back: the latest instant that lies `working_ms` of open time before `ms` ("one working hour before"): 09:00
 * on Monday less one hour is 17:00 on Friday where Monday opens at 08:30 and Friday closes at 17:30. NO_INSTANT when
 * there is none. */
int64_t calendar_back(const struct calendar *c, int64_t ms, int64_t working_ms);

/* --- Targets and due dates --- */
enum target_unit { TARGET_NONE, TARGET_MINUTES, TARGET_DAYS, TARGET_CALENDAR_DAYS, TARGET_MONTHS };
/* TARGET_MINUTES: working minutes; TARGET_DAYS: working days; the last two by the civil calendar. */
struct target { enum target_unit unit; int amount; };
/* "4h", "90min", "2j" (working days), "7jc" (calendar days), "2mois", "" or "non" (none); 0 is allowed: at once, or
 * the same day. GUICHET_DATA otherwise, and beyond ten years. */
enum guichet_rc target_parse(const char *s, struct target *out, struct guichet_err *err);
void target_format(struct text *out, struct target t);  /* the same writing */
void target_show(struct text *out, struct target t);    /* "4 heures ouvrées", "2 jours ouvrés", "2 mois" */

struct pause { int64_t from_ms, to_ms; };               /* to_ms NO_INSTANT: still paused */

/* Steps of a computation, one sentence each, in the language of messages. */
struct explanation { struct text *lines; };             /* lines->data: one step a line; NULL lines: not wanted */
void explain_step(struct explanation *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The due instant: `t` counted from the first open moment at or after `from_ms`, pauses not counted.
 * - TARGET_MINUTES: working time outside pauses.
 * - TARGET_DAYS: the day of the first open moment does not count; due at the end of the opening of the Nth open day after
 *   it; a day whose closing time falls inside a pause (from < closing <= to) is not counted.
 * - TARGET_CALENDAR_DAYS: the end (24:00) of the Nth day after the day of `from_ms`.
 * - TARGET_MONTHS: date to date from the day of `from_ms`, 24:00. Pauses never move the last two.
 * An open pause is taken to end at `now_ms`; pauses may come in any order and overlap. NO_INSTANT for TARGET_NONE, when the
 * calendar is NULL or does not open for three years, and beyond a century.
 * Each move is explained: "mardi 26 mai 2026 17:30, non ouvré -> mercredi 27 mai 08:30", "jeudi 14 mai 2026 : Ascension,
 * non compté". */
int64_t due_compute(const struct calendar *c, struct target t, int64_t from_ms, const struct pause *pauses,
	size_t pause_count, int64_t now_ms, struct explanation *e);
/* The instant at which `percent` of the working time from `from_ms` to `due_ms` is used (calendar time, whatever the
 * pauses, when the calendar is NULL: for calendar days and months). 100 gives `due_ms`; more than 100 lies beyond
 * it. */
int64_t due_threshold(const struct calendar *c, int64_t from_ms, int64_t due_ms, int percent, const struct pause *pauses,
	size_t pause_count, int64_t now_ms);

#endif
