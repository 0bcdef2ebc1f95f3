// SPDX-License-Identifier: GPL-3.0-or-later
/* The reading of one value of a catalogue file into the member it is meant for. Each refusal says what was expected,
 * in the writing that would do. Does not know which keys a section may hold (catalogue_rules.c). */
#include "catalogue_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"

enum { POSTCODE_DIGITS = 5, MINUTES_PER_DAY = 1440 };

struct reading {
	struct builder *b;
	struct section *s;
	const struct rule *rule;
	const struct ini_entry *entry;
};

static void expected(const struct reading *r, const char *what)
{
	problems_add(r->b->problems, r->s->file, r->entry->line, _("%s = « %s » : attendu %s"), r->entry->key,
		r->entry->value, what);
}

static void *member(const struct reading *r)
{
	return (char *)r->s->item + r->rule->offset;
}

bool value_next(const char **list, struct text *out)
{
	const char *p = *list;
	if (!*p)
		return false;
	size_t length = strcspn(p, ",");
	*list = p + length + (p[length] == ',');
	while (length > 0 && *p == ' ') {
		p++;
		length--;
	}
	while (length > 0 && p[length - 1] == ' ')
		length--;
	text_clear(out);
	text_addn(out, p, length);
	return true;
}

static void read_text(const struct reading *r)
{
	if (r->rule->required && !r->entry->value[0])
		expected(r, _("un texte"));
	if (!r->entry->value[0])
		return;
	char *before, *value = guichet_strdup(r->entry->value);
	memcpy(&before, member(r), sizeof(before));
	free(before); /* a second [metropole] fills the same item */
	memcpy(member(r), &value, sizeof(value));
}

static void read_phone(const struct reading *r)
{
	struct phone phone;
	struct guichet_err err;
	if (r->entry->value[0] && phone_parse(r->entry->value, &phone, &err) != GUICHET_OK)
		problems_add(r->b->problems, r->s->file, r->entry->line,
			_("%s : %s ; attendu par exemple 01 23 45 67 89 ou 112"), r->entry->key, err.message);
	else
		read_text(r);
}

static void read_email(const struct reading *r)
{
	const char *value = r->entry->value, *at = strchr(value, '@');
	bool plain =
		at && at > value && at[1] && !strchr(at + 1, '@') && strchr(at + 1, '.') && !strpbrk(value, " \t,<>\"");
	if (value[0] && !plain)
		expected(r, _("une adresse comme voirie@metropole.example"));
	else
		read_text(r);
}

/* The index of the value among `words`, or -1 after saying which words there are. */
static int word_index(const struct reading *r, const char *const *words)
{
	struct text list = TEXT_INIT;
	for (int i = 0; words[i]; i++) {
		if (strcmp(r->entry->value, words[i]) == 0) {
			text_done(&list);
			return i;
		}
		text_addf(&list, "%s%s", i > 0 ? " | " : "", words[i]);
	}
	expected(r, text_str(&list));
	text_done(&list);
	return -1;
}

static void read_flag(const struct reading *r)
{
	int index = word_index(r, r->rule->words);
	bool on = index > 0;
	if (index >= 0)
		memcpy(member(r), &on, sizeof(on));
}

static void read_bool(const struct reading *r)
{
	static const char *const words[] = {"no", "yes", NULL};
	int index = word_index(r, words);
	bool on = index > 0;
	if (index >= 0)
		memcpy(member(r), &on, sizeof(on));
}

static void read_word(const struct reading *r)
{
	int index = word_index(r, r->rule->words);
	if (index >= 0)
		memcpy(member(r), &index, sizeof(index));
}

static void read_nature(const struct reading *r)
{
	const char *words[NATURE_COUNT + 1] = {NULL};
	for (int i = 0; i < NATURE_COUNT; i++)
		words[i] = nature_code((enum nature)i);
	int index = word_index(r, words);
	if (index >= 0)
		memcpy(member(r), &index, sizeof(index));
}

static void read_int(const struct reading *r)
{
	char range[64], *end;
	errno = 0;
	long value = strtol(r->entry->value, &end, 10);
	bool digits = r->entry->value[0] >= '0' && r->entry->value[0] <= '9';
	if (!digits || *end || errno || value < r->rule->min || value > r->rule->max) {
		snprintf(range, sizeof(range), _("un nombre entier de %d à %d"), r->rule->min, r->rule->max);
		expected(r, range);
		return;
	}
	int number = (int)value;
	memcpy(member(r), &number, sizeof(number));
}

/* "45.7640": no exponent, no comma; strtod would obey the locale. */
static bool parse_decimal(const char *s, double *out)
{
	enum { DECIMALS_MAX = 9 };
	double sign = 1, value = 0, unit = 1;
	if (*s == '-') {
		sign = -1;
		s++;
	}
	const char *digits = s;
	for (; *s >= '0' && *s <= '9'; s++)
		value = value * 10 + (*s - '0');
	if (s == digits || s - digits > DECIMALS_MAX)
		return false;
	if (*s == '.') {
		const char *decimals = ++s;
		for (; *s >= '0' && *s <= '9'; s++) {
			value = value * 10 + (*s - '0');
			unit *= 10;
		}
		if (s == decimals || s - decimals > DECIMALS_MAX)
			return false;
	}
	*out = sign * value / unit;
	return *s == '\0';
}

static void read_real(const struct reading *r)
{
	double value;
	char range[64];
	if (!parse_decimal(r->entry->value, &value) || value < r->rule->min || value > r->rule->max) {
		snprintf(range, sizeof(range), _("un nombre décimal à point, de %d à %d"), r->rule->min, r->rule->max);
		expected(r, range);
		return;
	}
	memcpy(member(r), &value, sizeof(value));
}

static bool parse_target(const struct reading *r, struct target *out)
{
	if (target_parse(r->entry->value, out, NULL) == GUICHET_OK)
		return true;
	expected(r, _("4h, 90min, 2j (jours ouvrés), 7jc (jours calendaires), 2mois ou non"));
	return false;
}

static void read_target(const struct reading *r)
{
	struct target target;
	if (parse_target(r, &target))
		memcpy(member(r), &target, sizeof(target));
}

/* Years or months, one at least, fifty years at most: "2ans", "1an", "18mois". */
static bool parse_retention(const char *s, int *months)
{
	enum { DIGITS = 3, YEAR = 12, MOST = 600 };
	size_t digits = strspn(s, "0123456789");
	int n = 0;
	if (digits == 0 || digits > DIGITS)
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (s[i] - '0');
	s += digits + strspn(s + digits, " ");
	if (strcmp(s, "an") == 0 || strcmp(s, "ans") == 0)
		n *= YEAR;
	else if (strcmp(s, "mois") != 0)
		return false;
	*months = n;
	return n > 0 && n <= MOST;
}

static void read_retention(const struct reading *r)
{
	int months;
	if (parse_retention(r->entry->value, &months))
		memcpy(member(r), &months, sizeof(months));
	else
		expected(r, _("2ans ou 18mois (après la clôture), cinquante ans au plus"));
}

/* acknowledge.<channel> = 14jc */
static void read_acknowledge(const struct reading *r)
{
	struct category *category = r->s->item;
	const char *code = r->entry->key + strlen(r->rule->key);
	struct target target;
	int channel = 0;
	while (channel < CHANNEL_COUNT && strcmp(code, channel_code((enum channel)channel)) != 0)
		channel++;
	if (channel == CHANNEL_COUNT) {
		problems_add(r->b->problems, r->s->file, r->entry->line, _("%s : canal « %s » inconnu ; attendu phone, email, post, desk ou web"),
			r->entry->key, code);
		return;
	}
	if (!parse_target(r, &target))
		return;
	category->acknowledge[channel].set = true;
	category->acknowledge[channel].target = target;
}

static bool two_digits(const char *s, int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (s[0] - '0') * 10 + (s[1] - '0');
	return true;
}

static bool parse_minute(const char *s, int *out)
{
	int hour, minute;
	if (!two_digits(s, &hour) || s[2] != ':' || !two_digits(s + 3, &minute) || minute > 59)
		return false;
	*out = hour * 60 + minute;
	return *out <= MINUTES_PER_DAY;
}

/* "08:30-12:00"; `end` is set behind it. */
static bool parse_span(const char *s, struct span *out, const char **end)
{
	enum { MINUTE_BYTES = 5, SPAN_BYTES = 11 };
	if (strnlen(s, SPAN_BYTES) < SPAN_BYTES || !parse_minute(s, &out->from) || s[MINUTE_BYTES] != '-' ||
		!parse_minute(s + MINUTE_BYTES + 1, &out->to))
		return false;
	*end = s + SPAN_BYTES;
	return out->from < out->to;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *sa = a, *sb = b;
	return (sa->from > sb->from) - (sa->from < sb->from);
}

static void show_span(struct text *out, const struct span *s)
{
	text_addf(out, "%02d:%02d-%02d:%02d", s->from / 60, s->from % 60, s->to / 60, s->to % 60);
}

static bool spans_overlap(const struct reading *r, const struct span *spans, int count)
{
	for (int i = 1; i < count; i++) {
		if (spans[i].from < spans[i - 1].to) {
			struct text both = TEXT_INIT;
			show_span(&both, &spans[i - 1]);
			text_add(&both, _(" et "));
			show_span(&both, &spans[i]);
			problems_add(r->b->problems, r->s->file, r->entry->line,
				_("%s : les plages %s se chevauchent ; attendu des plages séparées"), r->entry->key, text_str(&both));
			text_done(&both);
			return true;
		}
	}
	return false;
}

static void read_spans(const struct reading *r)
{
	struct span spans[CALENDAR_SPANS_MAX];
	int count = 0, day = r->rule->min;
	struct calendar *calendar = r->s->item;
	for (const char *p = r->entry->value; *p;) {
		if (*p == ' ') {
			p++;
			continue;
		}
		if (count == CALENDAR_SPANS_MAX || !parse_span(p, &spans[count++], &p) || (*p && *p != ' ')) {
			expected(r,
				_("des plages comme 08:30-12:00 13:30-17:30 (huit au plus, 24:00 permis à la fin), ou \"\" si fermé"));
			return;
		}
	}
	qsort(spans, (size_t)count, sizeof(*spans), compare_spans);
	if (spans_overlap(r, spans, count))
		return;
	memcpy(calendar->week[day], spans, (size_t)count * sizeof(*spans));
	calendar->span_count[day] = count;
}

static void read_hours(const struct reading *r)
{
	struct span span;
	const char *end;
	if (!parse_span(r->entry->value, &span, &end) || *end)
		expected(r, _("une plage comme 13:30-17:30"));
	else
		memcpy(member(r), &span, sizeof(span));
}

static void read_day(const struct reading *r)
{
	int32_t day;
	if (day_parse(r->entry->key, r->entry->value, &day, NULL) != GUICHET_OK)
		expected(r, _("une date qui existe, comme 2026-05-15"));
	else
		memcpy(member(r), &day, sizeof(day));
}

static void read_postcodes(const struct reading *r)
{
	struct commune *commune = r->s->item;
	struct text code = TEXT_INIT;
	size_t capacity = commune->postcode_count;
	for (const char *list = r->entry->value; value_next(&list, &code);) {
		if (code.len != POSTCODE_DIGITS || strspn(code.data, "0123456789") != POSTCODE_DIGITS) {
			expected(r, _("des codes postaux de cinq chiffres, séparés par des virgules"));
			break;
		}
		GUICHET_GROW(commune->postcodes, commune->postcode_count, capacity);
		commune->postcodes[commune->postcode_count++] = guichet_strdup(code.data);
	}
	if (!r->entry->value[0])
		expected(r, _("des codes postaux de cinq chiffres, séparés par des virgules"));
	text_done(&code);
}

static void read_reference(const struct reading *r)
{
	if (!r->entry->value[0] && !r->rule->required)
		return;
	struct section *to = builder_refer(r->b, r->s, r->entry->key, r->rule->refers, r->entry->value);
	if (to)
		memcpy(member(r), &to->item, sizeof(to->item));
}

/* except.<commune> = service:CODE | body:CODE */
static void read_exception(const struct reading *r)
{
	struct category *category = r->s->item;
	struct competence exception = {0};
	const char *value = r->entry->value;
	struct section *commune =
					   builder_refer(r->b, r->s, r->entry->key, KIND_COMMUNE, r->entry->key + strlen(r->rule->key)),
				   *to = NULL;
	if (strncmp(value, "service:", 8) == 0) {
		to = builder_refer(r->b, r->s, r->entry->key, KIND_SERVICE, value + 8);
		exception.service = to ? to->item : NULL;
	} else if (strncmp(value, "body:", 5) == 0) {
		to = builder_refer(r->b, r->s, r->entry->key, KIND_BODY, value + 5);
		exception.body = to ? to->item : NULL;
	} else {
		expected(r, _("service:CODE ou body:CODE"));
	}
	if (!commune || !to)
		return;
	exception.commune = commune->item;
	category->exceptions =
		guichet_realloc(category->exceptions, category->exception_count + 1, sizeof(*category->exceptions));
	category->exceptions[category->exception_count++] = exception;
}

static int line_of(const char *data, size_t offset)
{
	int line = 1;
	for (size_t i = 0; i < offset; i++)
		line += data[i] == '\n';
	return line;
}

static void read_text_file(const struct reading *r)
{
	struct text_file *text = code_map_find(r->b->text_names, 't', r->entry->value);
	char *value = NULL;
	size_t bad_at;
	struct guichet_err err;
	if (!text) {
		struct near near;
		struct text hint = TEXT_INIT;
		near_start(&near, r->entry->value);
		for (size_t i = 0; i < r->b->text_count; i++)
			near_try(&near, r->b->texts[i].file->name, NULL);
		near_finish(&near, &hint);
		problems_add(r->b->problems, r->s->file, r->entry->line,
			_("%s = « %s » : ce fichier n'est pas là ; attendu un chemin depuis le dossier du catalogue%s%s"),
			r->entry->key, r->entry->value, hint.len > 0 ? " ; " : "", text_str(&hint));
		text_done(&hint);
		return;
	}
	text->used = true;
	const struct catalogue_file *f = text->file;
	if (!utf8_valid(f->data, f->bytes, &bad_at))
		problems_add(
			r->b->problems, f->name, line_of(f->data, bad_at), _("texte attendu en UTF-8, octet %zu faux"), bad_at);
	else if (utf8_accept(f->name, f->data, f->bytes, CATALOGUE_TEXT_MAX, &value, &err) != GUICHET_OK)
		problems_add(r->b->problems, f->name, 0, "%s", err.message);
	else if (!value[0])
		problems_add(r->b->problems, f->name, 0, _("fichier vide : attendu le texte de « %s »"), r->s->code);
	memcpy(member(r), &value, sizeof(value));
}

void value_read(struct builder *b, struct section *s, const struct rule *rule, const struct ini_entry *entry)
{
	static void (*const readers[])(const struct reading *) = {
		[VALUE_TEXT] = read_text,
		[VALUE_PHONE] = read_phone,
		[VALUE_EMAIL] = read_email,
		[VALUE_BOOL] = read_bool,
		[VALUE_FLAG] = read_flag,
		[VALUE_INT] = read_int,
		[VALUE_REAL] = read_real,
		[VALUE_WORD] = read_word,
		[VALUE_NATURE] = read_nature,
		[VALUE_TARGET] = read_target,
		[VALUE_RETENTION] = read_retention,
		[VALUE_SPANS] = read_spans,
		[VALUE_HOURS] = read_hours,
		[VALUE_DAY] = read_day,
		[VALUE_POSTCODES] = read_postcodes,
		[VALUE_REFERENCE] = read_reference,
		[VALUE_EXCEPTION] = read_exception,
		[VALUE_ACKNOWLEDGE] = read_acknowledge,
		[VALUE_TEXT_FILE] = read_text_file,
	};
	struct reading r = {b, s, rule, entry};
	if (rule->type == VALUE_DEFAULTS) /* read before the others: catalogue_build.c */
		return;
	readers[rule->type](&r);
}
