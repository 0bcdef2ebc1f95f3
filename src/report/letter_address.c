// SPDX-License-Identifier: GPL-3.0-or-later
/* The address block after NF Z10-011 (AFNOR), as La Poste's readers want it: who, then where, at most 6 lines of 38 characters, aligned on the left; from the street on
 * capitals, digits and blanks alone; words abbreviated only where a line is too long. An address abroad ends with its country, in French. Knows nothing of paper. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/ascii.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "letter_inside.h"

enum { PARTS_MAX = 8, POSTCODE = 5, CAPITAL_LINES = 3 };

struct parts { char *items[PARTS_MAX]; size_t count; };

static void parts_done(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i]);
}

/* Blanks of any number become one, none at the ends. False: too many lines. */
static bool add_part(struct parts *p, const char *s, size_t bytes)
{
	struct text t = TEXT_INIT;

	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c > ' ' && c != 0x7F)
			text_addc(&t, (char)c);
		else if (t.len > 0 && t.data[t.len - 1] != ' ')
			text_addc(&t, ' ');
	}
	while (t.len > 0 && t.data[t.len - 1] == ' ')
		t.data[--t.len] = '\0';
	if (t.len == 0) {
		text_done(&t);
		return true;
	}
	if (p->count == PARTS_MAX) {
		text_done(&t);
		return false;
	}
	p->items[p->count++] = text_take(&t);
	return true;
}

/* --- Capitals --- */

/* Letters without their accents, digits, and blanks for all else but what is in `kept_too`: codes abroad have dashes. */
static void add_capitals(struct text *out, const char *s, const char *kept_too)
{
	while (*s) {
		uint32_t cp;
		char ascii[ASCII_MAX];
		size_t n = utf8_decode(s, strlen(s), &cp), count = 0;
		if (n == 0)
			break;
		if (cp < 0x80)
			ascii[count++] = (char)cp;
		else
			count = ascii_of(cp, ascii);
		for (size_t i = 0; i < count; i++) {
			char c = ascii[i];
			if (c >= 'a' && c <= 'z')
				c = (char)(c - 'a' + 'A');
			bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(kept_too, c));
			if (kept)
				text_addc(out, c);
			else if (out->len > 0 && out->data[out->len - 1] != ' ')
				text_addc(out, ' ');
		}
		s += n;
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

/* The norm's abbreviations of the commonest words, for lines that are too long. */
static const char *short_word(const char *word, size_t bytes)
{
	static const char *const words[][2] = {{"ALLEE", "ALL"}, {"ALLEES", "ALL"}, {"APPARTEMENT", "APT"}, {"AVENUE", "AV"}, {"BATIMENT", "BAT"}, {"BOULEVARD", "BD"},
		{"CHEMIN", "CHE"}, {"COMMANDANT", "CDT"}, {"COLONEL", "CNL"}, {"DOCTEUR", "DR"}, {"ESCALIER", "ESC"}, {"ETAGE", "ETG"}, {"FAUBOURG", "FG"},
		{"GENERAL", "GAL"}, {"HAMEAU", "HAM"}, {"IMMEUBLE", "IMM"}, {"IMPASSE", "IMP"}, {"LIEUTENANT", "LT"}, {"LOTISSEMENT", "LOT"}, {"MARECHAL", "MAL"},
		{"PASSAGE", "PAS"}, {"PLACE", "PL"}, {"PRESIDENT", "PDT"}, {"PROFESSEUR", "PR"}, {"QUARTIER", "QUA"}, {"RESIDENCE", "RES"}, {"ROUTE", "RTE"},
		{"SAINT", "ST"}, {"SAINTE", "STE"}, {"SQUARE", "SQ"}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i][0]) == bytes && memcmp(words[i][0], word, bytes) == 0)
			return words[i][1];
	return NULL;
}

static size_t columns_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

static char *abbreviated(const char *s)
{
	struct text t = TEXT_INIT;

	while (*s) {
		size_t n = strcspn(s, " ");
		const char *less = short_word(s, n);
		if (less)
			text_add(&t, less);
		else
			text_addn(&t, s, n);
		s += n;
		if (*s)
			text_addc(&t, *s++);
	}
	return text_take(&t);
}

static char *capitals_with(const char *s, const char *kept_too)
{
	struct text t = TEXT_INIT;

	add_capitals(&t, s, kept_too);
	text_add(&t, "");
	char *whole = text_take(&t), *less;
	if (columns_of(whole) <= LETTER_COLUMNS)
		return whole;
	less = abbreviated(whole);
	free(whole);
	return less;
}

static char *capitals(const char *s)
{
	return capitals_with(s, "");
}

/* --- Where: what was typed, in lines --- */

static bool is_number(const char *s, size_t bytes)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && digits <= bytes && bytes - digits <= 4; /* "12", "12bis", "12 ter" */
}

static const char *postcode_in(const char *s)
{
	const char *found = NULL;

	for (const char *at = s; *at;) {
		size_t digits = strspn(at, "0123456789");
		if (digits == POSTCODE && at[POSTCODE] == ' ' && at[POSTCODE + 1])
			found = at;
		at += digits ? digits : 1;
	}
	return found;
}

/* "12, rue des Lilas, 99000 Verdane" is two lines; so is "12 rue des Lilas 99000 Verdane". */
static bool split_postal(const char *postal, struct parts *out)
{
	/* Commas part lines only where nobody parted them. */
	const char *ends = strchr(postal, '\n') ? "\n" : ",";
	bool fits = true;

	while (*postal && fits) {
		size_t n = strcspn(postal, ends);
		const char *begin = postal + strspn(postal, " ");
		if (postal[n] == ',' && begin < postal + n && is_number(begin, (size_t)(postal + n - begin)))
			n += 1 + strcspn(postal + n + 1, ends);
		fits = add_part(out, postal, n);
		postal += n + (postal[n] != '\0');
	}
	if (!fits || out->count == 0)
		return fits;
	char *last = out->items[out->count - 1];
	const char *code = postcode_in(last);
	if (!code || code == last)
		return true;
	char *town = guichet_strdup(code);
	last[code - last - 1] = '\0';
	fits = add_part(out, town, strlen(town));
	free(town);
	return fits;
}

static void replace(char **item, char *by)
{
	free(*item);
	*item = by;
}

static bool are_digits(const char *s, size_t n)
{
	return strspn(s, "0123456789") >= n;
}

/* Where the postcode and the town stand in a line of capitals; false: it has none. */
static bool find_town(char *s, char code[POSTCODE + 1], const char **town)
{
	size_t n = strlen(s);
	bool at_end = n > POSTCODE + 1 && strcspn(s, "0123456789") == n - POSTCODE && are_digits(s + n - POSTCODE, POSTCODE) && s[n - POSTCODE - 1] == ' ';

	if (are_digits(s, POSTCODE) && s[POSTCODE] == ' ') {
		memcpy(code, s, POSTCODE);
		*town = s + POSTCODE + 1;
	} else if (are_digits(s, 2) && s[2] == ' ' && are_digits(s + 3, POSTCODE - 2) && s[POSTCODE + 1] == ' ') {
		memcpy(code, s, 2);
		memcpy(code + 2, s + 3, POSTCODE - 2);
		*town = s + POSTCODE + 2;
	} else if (at_end) {
		memcpy(code, s + n - POSTCODE, POSTCODE);
		s[n - POSTCODE - 1] = '\0';
		*town = s;
	} else {
		return false;
	}
	code[POSTCODE] = '\0';
	return **town != '\0';
}

/* "99 000 Verdane", "F-99000 Verdane" and "Verdane 99000" as La Poste's readers want them, in capitals. NULL: no postcode with a town. */
static char *town_line(const char *typed)
{
	static const char *const marks[] = {"F ", "FR ", "MC "};
	char *all = capitals(typed), *s = all, code[POSTCODE + 1];
	const char *town;
	struct text line = TEXT_INIT;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strncmp(s, marks[i], strlen(marks[i])) == 0 && are_digits(s + strlen(marks[i]), 2))
			s += strlen(marks[i]);
	if (find_town(s, code, &town))
		text_addf(&line, "%s %s", code, town);
	free(all);
	return line.len > 0 ? text_take(&line) : NULL;
}

/* The line of the town is one: what is too long even abbreviated loses its last words, as La Poste's own file of towns does. */
static void shorten_town(char *line)
{
	while (strlen(line) > LETTER_COLUMNS && strrchr(line, ' '))
		*strrchr(line, ' ') = '\0';
}

/* "99000" on a line of its own goes before the town. */
static void join_postcode(struct parts *p)
{
	struct text both = TEXT_INIT;

	if (p->count < 2 || strlen(p->items[p->count - 2]) != POSTCODE || !are_digits(p->items[p->count - 2], POSTCODE))
		return;
	text_addf(&both, "%s %s", p->items[p->count - 2], p->items[p->count - 1]);
	free(p->items[--p->count]);
	replace(&p->items[p->count - 1], text_take(&both));
}

/* The last lines as they have to be. *abroad: they end with a country. False: neither that nor a town with its postcode. */
static bool settle_end(struct parts *p, bool *abroad)
{
	char *last = capitals(p->items[p->count - 1]), *town;
	const char *country = letter_country(last);

	*abroad = country && p->count > 1;
	if (*abroad)
		replace(&p->items[p->count - 1], guichet_strdup(country));
	else if (strcmp(last, "FRANCE") == 0 && p->count > 1)
		free(p->items[--p->count]);
	free(last);
	if (*abroad)
		return true;
	join_postcode(p);
	town = town_line(p->items[p->count - 1]);
	if (!town)
		return false;
	shorten_town(town);
	replace(&p->items[p->count - 1], town);
	return true;
}

/* --- The block --- */

static enum guichet_rc put_line(struct letter_address *out, const char *s, struct guichet_err *err)
{
	while (*s) {
		size_t bytes = 0, columns = 0, cut = 0;
		if (out->count == LETTER_LINES)
			return guichet_err_set(err, GUICHET_DATA, _("adresse trop longue : %d lignes de %d caractères au plus (NF Z10-011) ; raccourcissez-la"), LETTER_LINES,
				LETTER_COLUMNS);
		while (s[bytes] && columns < LETTER_COLUMNS) {
			if (s[bytes] == ' ')
				cut = bytes;
			do
				bytes++;
			while (((unsigned char)s[bytes] & 0xC0) == 0x80);
			columns++;
		}
		if (s[bytes] && s[bytes] != ' ' && cut > 0)
			bytes = cut;
		memcpy(out->lines[out->count], s, bytes);
		out->lines[out->count++][bytes] = '\0';
		s += bytes;
		s += strspn(s, " ");
	}
	return GUICHET_OK;
}

static enum guichet_rc put_who(const char *title, const char *name, const char *organisation, struct letter_address *out, struct guichet_err *err)
{
	struct text who = TEXT_INIT;
	struct parts lines = {.count = 0};
	enum guichet_rc rc = GUICHET_OK;

	if (name && *name)
		text_addf(&who, "%s%s%s", title ? title : "", title && *title ? " " : "", name);
	if (columns_of(text_str(&who)) > LETTER_COLUMNS) {
		text_clear(&who);
		text_add(&who, name);
	}
	if (organisation && *organisation)
		add_part(&lines, organisation, strlen(organisation));
	add_part(&lines, text_str(&who), who.len);
	if (lines.count == 0)
		rc = guichet_err_set(err, GUICHET_DATA, _("l'usager n'a pas de nom : complétez sa fiche pour lui écrire"));
	for (size_t i = 0; i < lines.count && !rc; i++)
		rc = put_line(out, lines.items[i], err);
	parts_done(&lines);
	text_done(&who);
	return rc;
}

enum guichet_rc letter_address_make(const char *title, const char *name, const char *organisation, const char *postal, struct letter_address *out,
	struct guichet_err *err)
{
	struct parts where = {.count = 0};
	enum guichet_rc rc;

	*out = (struct letter_address){.count = 0};
	rc = put_who(title, name, organisation, out, err);
	if (!rc && (!postal || !split_postal(postal, &where) || where.count < 1))
		rc = where.count ? guichet_err_set(err, GUICHET_DATA, _("adresse trop longue : %d lignes de %d caractères au plus (NF Z10-011) ; raccourcissez-la"),
					LETTER_LINES, LETTER_COLUMNS)
				 : guichet_err_set(err, GUICHET_DATA, _("l'usager n'a pas d'adresse postale : complétez sa fiche, ou répondez par un autre canal"));
	bool abroad = false;
	if (!rc && !settle_end(&where, &abroad))
		rc = guichet_err_set(err, GUICHET_DATA,
			_("l'adresse postale finit sans code postal et localité, ni pays : complétez-la, par exemple « 12 rue des Lilas, 99000 Verdane »"));
	for (size_t i = 0; i < where.count && !rc; i++) {
		char *line = i + CAPITAL_LINES < where.count ? guichet_strdup(where.items[i]) : capitals_with(where.items[i], abroad ? "-/" : "");
		rc = put_line(out, line, err);
		free(line);
	}
	parts_done(&where);
	return rc;
}
