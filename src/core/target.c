// SPDX-License-Identifier: GPL-3.0-or-later
/* Targets as the catalogue writes them and as people read them. Knows nothing of calendars. */
#include <string.h>

#include "guichet/base/i18n.h"

#include "calendar_inside.h"

enum { DIGITS_MAX = 7 };

/* `most` keeps a slip of the keyboard ("90000j") out of the catalogue: ten years. */
static const struct { const char *suffix; enum target_unit unit; int factor, most; } writings[] = {
	{ "min", TARGET_MINUTES, 1, 5270400 },
	{ "h", TARGET_MINUTES, 60, 87840 },
	{ "j", TARGET_DAYS, 1, 3660 },
	{ "jc", TARGET_CALENDAR_DAYS, 1, 3660 },
	{ "mois", TARGET_MONTHS, 1, 120 },
};

static const char *skip_spaces(const char *s)
{
	return s + strspn(s, " \t");
}

static bool ends_here(const char *s)
{
	return *skip_spaces(s) == '\0';
}

static bool target_read(const char *s, struct target *out)
{
	size_t digits;
	int amount = 0;

	s = skip_spaces(s);
	*out = (struct target){ TARGET_NONE, 0 };
	if (ends_here(s) || (strncmp(s, "non", 3) == 0 && ends_here(s + 3)))
		return true;
	digits = strspn(s, "0123456789");
	if (digits == 0 || digits > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < digits; i++)
		amount = amount * 10 + (s[i] - '0');
	s = skip_spaces(s + digits);
	for (size_t i = 0; i < sizeof writings / sizeof writings[0]; i++) {
		size_t length = strlen(writings[i].suffix);

		if (strncmp(s, writings[i].suffix, length) != 0 || !ends_here(s + length))
			continue;
		*out = (struct target){ writings[i].unit, amount * writings[i].factor };
		return amount <= writings[i].most;
	}
	return false;
}

enum guichet_rc target_parse(const char *s, struct target *out, struct guichet_err *err)
{
	if (target_read(s ? s : "", out))
		return GUICHET_OK;
	*out = (struct target){ TARGET_NONE, 0 };
	return guichet_err_set(err, GUICHET_DATA, _("délai « %.*s » incompréhensible ; attendu : 4h, 90min, "
		"2j (jours ouvrés), 7jc (jours calendaires), 2mois ou non, dix ans au plus"), quoted_bytes(s), s);
}

void target_format(struct text *out, struct target t)
{
	switch (t.unit) {
	case TARGET_MINUTES:
		text_addf(out, t.amount % 60 ? "%dmin" : "%dh", t.amount % 60 ? t.amount : t.amount / 60);
		break;
	case TARGET_DAYS:
		text_addf(out, "%dj", t.amount);
		break;
	case TARGET_CALENDAR_DAYS:
		text_addf(out, "%djc", t.amount);
		break;
	case TARGET_MONTHS:
		text_addf(out, "%dmois", t.amount);
		break;
	case TARGET_NONE:
		text_add(out, "non");
		break;
	}
}

/* French has the singular for nothing and one, which gettext's default rule for untranslated messages has not. */
static unsigned long plural(int amount)
{
	return amount < 2 ? 1 : (unsigned long)amount;
}

void target_show(struct text *out, struct target t)
{
	int hours = t.amount / 60;

	if (t.unit == TARGET_NONE)
		text_add(out, _("pas d'échéance"));
	else if (t.amount == 0)
		text_add(out, t.unit == TARGET_MINUTES ? _("immédiat") : _("le jour même"));
	else if (t.unit == TARGET_MINUTES && t.amount % 60 == 0)
		text_addf(out, ngettext("%d heure ouvrée", "%d heures ouvrées", plural(hours)), hours);
	else if (t.unit == TARGET_MINUTES)
		text_addf(out, ngettext("%d minute ouvrée", "%d minutes ouvrées", plural(t.amount)), t.amount);
	else if (t.unit == TARGET_DAYS)
		text_addf(out, ngettext("%d jour ouvré", "%d jours ouvrés", plural(t.amount)), t.amount);
	else if (t.unit == TARGET_CALENDAR_DAYS)
		text_addf(out, ngettext("%d jour calendaire", "%d jours calendaires", plural(t.amount)), t.amount);
	else
		text_addf(out, ngettext("%d mois", "%d mois", plural(t.amount)), t.amount);
}
