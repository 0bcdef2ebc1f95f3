// SPDX-License-Identifier: GPL-3.0-or-later
/* Tells how a due date was found, for agents and for the citizen who asks: one step a line, consecutive days alike
 * folded into one. Counts nothing that changes the result.
 */
#include "guichet/base/i18n.h"

#include "calendar_inside.h"

enum { STEPS_MAX = 400 };

void explain_step(struct explanation *e, const char *format, ...)
{
	va_list args;

	if (!e || !e->lines)
		return;
	va_start(args, format);
	text_addv(e->lines, format, args);
	va_end(args);
	text_addc(e->lines, '\n');
}

void story_say(struct due_story *s, const char *line)
{
	if (!s->wanted)
		return;
	if (s->steps < STEPS_MAX)
		explain_step(s->wanted, "%s", line);
	else if (s->steps == STEPS_MAX)
		explain_step(s->wanted, "%s", "…");
	s->steps++;
}

static void say_and_free(struct due_story *s, struct text *line)
{
	story_say(s, text_str(line));
	text_done(line);
}

/* French has the singular for 0 and 1. */
static unsigned long plural(int64_t amount)
{
	return amount < 2 ? 1 : (unsigned long)amount;
}

static int64_t minutes(int64_t ms)
{
	return (ms + MS_PER_MINUTE / 2) / MS_PER_MINUTE;
}

/* "3 h 30", "4 h", "45 min" */
static void duration_show(struct text *out, int64_t ms)
{
	int64_t all = minutes(ms), hours = all / 60, rest = all % 60;

	if (hours == 0)
		text_addf(out, "%lld min", (long long)rest);
	else if (rest == 0)
		text_addf(out, "%lld h", (long long)hours);
	else
		text_addf(out, "%lld h %02lld", (long long)hours, (long long)rest);
}

static unsigned long duration_plural(int64_t ms)
{
	return plural(minutes(ms) >= 60 ? minutes(ms) / 60 : minutes(ms));
}

/* "mercredi 27 mai 08:30": the year only where it is not the one just said. */
static void instant_show_after(struct text *out, int64_t ms, int64_t said_ms)
{
	day_show_part(out, paris_day(ms), true, paris_civil(ms).year != paris_civil(said_ms).year);
	text_addc(out, ' ');
	clock_show(out, ms);
}

/* "samedi 27 mars 2027", "samedi 27 et dimanche 28 mars 2027", "du mardi 30 mars au vendredi 2 avril 2027" */
static void days_show(struct text *out, int32_t first, int32_t last)
{
	struct text from = TEXT_INIT, to = TEXT_INIT;
	int y1, m1, y2, m2, d;

	day_to_date(first, &y1, &m1, &d);
	day_to_date(last, &y2, &m2, &d);
	day_show_part(&from, first, first == last || m1 != m2 || y1 != y2, first == last || y1 != y2);
	day_show(&to, last);
	if (first == last)
		text_add(out, text_str(&to));
	else if (last == first + 1)
		text_addf(out, _("%s et %s"), text_str(&from), text_str(&to));
	else
		text_addf(out, _("du %s au %s"), text_str(&from), text_str(&to));
	text_done(&from);
	text_done(&to);
}

static void tell_closed_run(struct due_story *s, struct text *line)
{
	unsigned long days = (unsigned long)(s->last - s->first) + 1;

	if (s->state.kind == DAY_WEEKLY)
		text_add(line, ngettext("non ouvré, non compté", "non ouvrés, non comptés", days));
	else
		text_addf(line, ngettext("%s, non compté", "%s, non comptés", days),
			s->state.kind == DAY_HOLIDAY ? _(s->state.name) : s->state.name);
}

static void tell_counted_run(struct due_story *s, struct text *line)
{
	struct text amount = TEXT_INIT, used = TEXT_INIT, total = TEXT_INIT;

	if (s->target.unit == TARGET_DAYS) {
		text_addf(line, ngettext("%d jour ouvré, %d sur %d", "%d jours ouvrés, %d sur %d", plural(s->amount)),
			(int)s->amount, (int)s->used, (int)s->total);
		return;
	}
	duration_show(&amount, s->amount);
	duration_show(&used, s->used);
	duration_show(&total, s->total);
	text_addf(line, ngettext("%s ouvrée, %s sur %s", "%s ouvrées, %s sur %s", duration_plural(s->amount)),
		text_str(&amount), text_str(&used), text_str(&total));
	text_done(&amount);
	text_done(&used);
	text_done(&total);
}

static void tell_run(struct due_story *s)
{
	struct text line = TEXT_INIT;

	if (s->run == RUN_NONE)
		return;
	days_show(&line, s->first, s->last);
	text_add(&line, _(" : "));
	if (s->run == RUN_CLOSED)
		tell_closed_run(s, &line);
	else
		tell_counted_run(s, &line);
	s->run = RUN_NONE;
	s->amount = 0;
	say_and_free(s, &line);
}

void story_start(struct due_story *s, struct explanation *e, struct target t, int64_t from_ms)
{
	struct text received = TEXT_INIT, target = TEXT_INIT, line = TEXT_INIT;

	s->target = t;
	if (!e || !e->lines)
		return;
	s->wanted = e;
	s->remarked = INT32_MIN;
	s->total = t.unit == TARGET_MINUTES ? t.amount * MS_PER_MINUTE : t.amount > 0 ? t.amount : 1;
	instant_show(&received, from_ms);
	text_addf(&line, _("reçu %s"), text_str(&received));
	say_and_free(s, &line);
	target_show(&target, t);
	text_addf(&line, _("délai : %s"), text_str(&target));
	say_and_free(s, &line);
	text_done(&received);
	text_done(&target);
}

void story_move(struct due_story *s, const struct calendar *c, int64_t from_ms, int64_t start_ms)
{
	struct text from = TEXT_INIT, start = TEXT_INIT, line = TEXT_INIT;

	if (!s->wanted || from_ms == start_ms)
		return;
	for (int32_t day = paris_day(from_ms); day < paris_day(start_ms); day++) {
		struct span spans[DAY_SPANS_MAX];
		struct day_state state;

		if (calendar_day_opening(c, day, spans, &state) == 0)
			story_closed(s, day, &state);
	}
	tell_run(s);
	instant_show(&from, from_ms);
	instant_show_after(&start, start_ms, from_ms);
	text_addf(&line, _("%s, non ouvré -> %s"), text_str(&from), text_str(&start));
	say_and_free(s, &line);
	text_done(&from);
	text_done(&start);
}

void story_closed(struct due_story *s, int32_t day, const struct day_state *state)
{
	bool same;

	if (!s->wanted)
		return;
	/* names of weekdays differ, the reason does not */
	same = s->run == RUN_CLOSED && s->last == day - 1 && s->state.kind == state->kind &&
		(state->kind == DAY_WEEKLY || s->state.name == state->name);
	if (!same) {
		tell_run(s);
		s->run = RUN_CLOSED;
		s->state = *state;
		s->first = day;
	}
	s->last = day;
}

/* The closure that takes a part of the day's usual hours, or NULL. */
static const struct closure *partial_closure(const struct calendar *c, int32_t day)
{
	int weekday = day_weekday(day);

	for (size_t i = 0; i < c->closure_count; i++) {
		const struct closure *closure = &c->closures[i];

		if (day < closure->first_day || closure->last_day < day || !closure->name)
			continue;
		for (int j = 0; j < c->span_count[weekday]; j++)
			if (closure->from < c->week[weekday][j].to && c->week[weekday][j].from < closure->to)
				return closure;
	}
	return NULL;
}

/* What is unlike other days on a day that counts, said once: a holiday that is worked, fewer hours than usual. */
static void tell_remark(struct due_story *s, const struct calendar *c, int32_t day)
{
	const char *holiday = c->works_holidays ? holiday_name(day, c->alsace_moselle) : NULL;
	const struct closure *closure = s->target.unit == TARGET_MINUTES ? partial_closure(c, day) : NULL;
	struct text date = TEXT_INIT, line = TEXT_INIT;

	if ((!holiday && !closure) || s->remarked == day)
		return;
	s->remarked = day;
	tell_run(s);
	day_show(&date, day);
	if (holiday) {
		text_addf(&line, _("%s : %s, ouvré dans ce calendrier"), text_str(&date), _(holiday));
		say_and_free(s, &line);
	}
	if (closure) {
		text_addf(&line, _("%s : %s, fermé de %02d:%02d à %02d:%02d"), text_str(&date), closure->name,
			closure->from / 60, closure->from % 60, closure->to / 60, closure->to % 60);
		say_and_free(s, &line);
	}
	text_done(&date);
}

void story_counted(struct due_story *s, const struct calendar *c, int32_t day, int64_t amount)
{
	if (!s->wanted)
		return;
	tell_remark(s, c, day);
	if (s->run != RUN_COUNTED || day - s->last > 1) {
		tell_run(s);
		s->run = RUN_COUNTED;
		s->first = day;
	}
	s->last = day;
	s->amount += amount;
	s->used += amount;
}

void story_clock_change(struct due_story *s, int32_t day)
{
	struct text date = TEXT_INIT, line = TEXT_INIT;
	int year, month, of_month;

	if (!s->wanted)
		return;
	tell_run(s);
	day_to_date(day, &year, &month, &of_month);
	day_show(&date, day);
	text_addf(&line, month == 3 ? _("%s : passage à l'heure d'été, la nuit dure une heure de moins") :
		_("%s : passage à l'heure d'hiver, la nuit dure une heure de plus"), text_str(&date));
	say_and_free(s, &line);
	text_done(&date);
}

void story_pause(struct due_story *s, const struct interval *pause, bool still, int64_t lost)
{
	struct text from = TEXT_INIT, to = TEXT_INIT, amount = TEXT_INIT, line = TEXT_INIT;

	if (!s->wanted)
		return;
	tell_run(s);
	instant_show(&from, pause->from);
	instant_show_after(&to, pause->to, pause->from);
	if (still)
		text_addf(&line, _("en pause depuis le %s : "), text_str(&from));
	else
		text_addf(&line, _("pause du %s au %s : "), text_str(&from), text_str(&to));
	duration_show(&amount, lost);
	if (s->target.unit == TARGET_DAYS && lost == 0)
		text_add(&line, _("aucun jour ouvré à retirer"));
	else if (s->target.unit == TARGET_DAYS)
		text_addf(&line, ngettext("%d jour ouvré non compté (en pause à la fermeture)",
			"%d jours ouvrés non comptés (en pause à la fermeture)", plural(lost)), (int)lost);
	else if (lost == 0)
		text_add(&line, _("aucune heure ouvrée à retirer"));
	else
		text_addf(&line, ngettext("%s ouvrée non comptée", "%s ouvrées non comptées", duration_plural(lost)),
			text_str(&amount));
	if (still)
		text_add(&line, _(", pause en cours"));
	say_and_free(s, &line);
	text_done(&from);
	text_done(&to);
	text_done(&amount);
}

/* The partial closure that made the last day end earlier than usual, or NULL. */
static const char *early_closing(const struct calendar *c, int64_t due_ms)
{
	int32_t day = due_day(due_ms);
	int weekday = day_weekday(day), minute = paris_day(due_ms) == day ? paris_minute(due_ms) : 1440;

	if (c->span_count[weekday] == 0 || minute >= c->week[weekday][c->span_count[weekday] - 1].to)
		return NULL;
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct closure *closure = &c->closures[i];

		if (closure->first_day <= day && day <= closure->last_day && closure->from <= minute && minute < closure->to)
			return closure->name;
	}
	return NULL;
}

void story_end(struct due_story *s, const struct calendar *c, int64_t due_ms)
{
	const char *early = NULL;
	struct text due = TEXT_INIT, line = TEXT_INIT;

	if (!s->wanted)
		return;
	tell_run(s);
	if (s->steps > STEPS_MAX)
		s->steps = 0;   /* the last word is never cut */
	if (due_ms == NO_INSTANT) {
		story_say(s, _("pas d'échéance"));
		return;
	}
	if (s->target.unit == TARGET_DAYS)
		early = early_closing(c, due_ms);
	due_show(&due, due_ms);
	text_addf(&line, _("échéance : %s"), text_str(&due));
	if (early)
		text_addf(&line, _(" (fermeture avancée : %s)"), early);
	say_and_free(s, &line);
	text_done(&due);
}
