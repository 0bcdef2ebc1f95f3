// SPDX-License-Identifier: GPL-3.0-or-later
/* What each kind of section may hold: one table per kind, read by one function. Does not know how sections relate to
 * each other (catalogue_check.c), nor how a value is read (catalogue_values.c). */
#include "catalogue_internal.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/template.h"

_Static_assert(
	sizeof(enum body_kind) == sizeof(int) && sizeof(enum silence) == sizeof(int) && sizeof(enum nature) == sizeof(int) &&
		sizeof(enum template_use) == sizeof(int) && sizeof(enum template_channel) == sizeof(int),
	"words are stored as int");

static const char *const calendar_holidays[] = {"closed", "open", NULL};
static const char *const body_kinds[] = {"town", "department", "state", "emergency", "other", NULL};
/* In the order of the enums. */
static const char *const template_uses[] = {"acknowledge", "answer", "inform", "notice", "forward", "remind", "escalate", "danger", "receipt", "words", "part", NULL};
static const char *const template_channels[] = {"any", "email", "post", NULL};
static const char *const silences[] = {"none", "accepts", "refuses", NULL};
_Static_assert(sizeof(template_uses) / sizeof(*template_uses) == TEMPLATE_USE_COUNT + 1, "a word for each use");
_Static_assert(sizeof(template_channels) / sizeof(*template_channels) == TEMPLATE_CHANNEL_COUNT + 1, "a word for each channel");

enum { INHABITANTS_MAX = 100000000, NEAR_METRES_MAX = 50000, NEAR_HOURS_MAX = 24 * 366 };

#define AT(type, member) .offset = offsetof(struct type, member)
/* clang-format off */
#define DAY(key_, index_) {.key = key_, .type = VALUE_SPANS, .required = true, .min = index_}
#define TARGET(key_, kind_) {.key = key_, .type = VALUE_TARGET, AT(category, targets[kind_])}
/* clang-format on */

static const struct rule metropole_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(catalogue, name), .required = true},
	{.key = "address", .type = VALUE_TEXT, AT(catalogue, address)},
	{.key = "phone", .type = VALUE_PHONE, AT(catalogue, phone)},
	{.key = "email", .type = VALUE_EMAIL, AT(catalogue, email)},
	{.key = "website", .type = VALUE_TEXT, AT(catalogue, website)},
	{.key = "sends_email", .type = VALUE_BOOL, AT(catalogue, sends_email)},
	{.key = "sends_letters", .type = VALUE_BOOL, AT(catalogue, sends_letters)},
	{.key = "city", .type = VALUE_TEXT, AT(catalogue, city)},
	{.key = "signature", .type = VALUE_TEXT, AT(catalogue, signature)},
	{.key = "dpo_email", .type = VALUE_EMAIL, AT(catalogue, dpo_email)},
	{.key = "court", .type = VALUE_TEXT, AT(catalogue, court)},
	{.key = "calendar", .type = VALUE_REFERENCE, AT(catalogue, calendar), .required = true, .refers = KIND_CALENDAR},
	{.key = "desk", .type = VALUE_REFERENCE, AT(catalogue, desk), .required = true, .refers = KIND_SERVICE},
	{.key = "unsorted", .type = VALUE_REFERENCE, AT(catalogue, unsorted), .required = true, .refers = KIND_CATEGORY},
};

static const struct rule calendar_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(calendar, name), .required = true},
	DAY("monday", 0),
	DAY("tuesday", 1),
	DAY("wednesday", 2),
	DAY("thursday", 3),
	DAY("friday", 4),
	DAY("saturday", 5),
	DAY("sunday", 6),
	{.key = "holidays", .type = VALUE_FLAG, AT(calendar, works_holidays), .words = calendar_holidays},
	{.key = "alsace_moselle", .type = VALUE_BOOL, AT(calendar, alsace_moselle)},
};

static const struct rule closure_rules[] = {
	{.key = "calendars", .type = VALUE_TEXT, AT(closure_draft, calendars), .required = true},
	{.key = "from", .type = VALUE_DAY, AT(closure_draft, first_day), .required = true},
	{.key = "to", .type = VALUE_DAY, AT(closure_draft, last_day), .required = true},
	{.key = "hours", .type = VALUE_HOURS, AT(closure_draft, hours)},
	{.key = "name", .type = VALUE_TEXT, AT(closure_draft, name), .required = true},
};

static const struct rule service_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(service, name), .required = true},
	{.key = "calendar", .type = VALUE_REFERENCE, AT(service, calendar), .required = true, .refers = KIND_CALENDAR},
	{.key = "on_call_calendar", .type = VALUE_REFERENCE, AT(service, on_call_calendar), .refers = KIND_CALENDAR},
	{.key = "phone", .type = VALUE_PHONE, AT(service, phone)},
	{.key = "email", .type = VALUE_EMAIL, AT(service, email)},
	{.key = "address", .type = VALUE_TEXT, AT(service, address)},
	{.key = "on_call_phone", .type = VALUE_PHONE, AT(service, on_call_phone)},
	{.key = "head", .type = VALUE_TEXT, AT(service, head)},
	{.key = "head_email", .type = VALUE_EMAIL, AT(service, head_email)},
	{.key = "uses_guichet", .type = VALUE_BOOL, AT(service, uses_guichet)},
	{.key = "anonymous_agents", .type = VALUE_BOOL, AT(service, anonymous_agents)},
};

static const struct rule body_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(body, name), .required = true},
	{.key = "kind", .type = VALUE_WORD, AT(body, kind), .required = true, .words = body_kinds},
	{.key = "phone", .type = VALUE_PHONE, AT(body, phone)},
	{.key = "email", .type = VALUE_EMAIL, AT(body, email)},
	{.key = "address", .type = VALUE_TEXT, AT(body, address)},
	{.key = "hours", .type = VALUE_TEXT, AT(body, hours)},
	{.key = "words", .type = VALUE_TEXT, AT(body, words)},
	{.key = "say", .type = VALUE_TEXT, AT(body, say)},
};

static const struct rule commune_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(commune, name), .required = true},
	{.key = "postcodes", .type = VALUE_POSTCODES, .required = true},
	{.key = "town_hall", .type = VALUE_REFERENCE, AT(commune, town_hall), .refers = KIND_BODY},
	{.key = "inhabitants", .type = VALUE_INT, AT(commune, inhabitants), .min = 0, .max = INHABITANTS_MAX},
	{.key = "latitude", .type = VALUE_REAL, AT(commune, latitude), .min = -90, .max = 90},
	{.key = "longitude", .type = VALUE_REAL, AT(commune, longitude), .min = -180, .max = 180},
};

static const struct rule group_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(category_group, name), .required = true},
	{.key = "parent", .type = VALUE_REFERENCE, AT(category_group, parent), .refers = KIND_GROUP},
};

/* The first rules of a category are those of its defaults. */
/* clang-format off */
#define INHERITED_RULES \
	TARGET("acknowledge", TARGET_ACKNOWLEDGE), \
	{.key = "acknowledge.", .type = VALUE_ACKNOWLEDGE}, \
	TARGET("take", TARGET_TAKE), \
	TARGET("complete", TARGET_COMPLETE), \
	TARGET("answer", TARGET_ANSWER), \
	TARGET("legal", TARGET_LEGAL), \
	{.key = "silence", .type = VALUE_WORD, AT(category, silence), .words = silences}, \
	{.key = "priority", .type = VALUE_INT, AT(category, priority), .min = 1, .max = 4}, \
	{.key = "retention", .type = VALUE_RETENTION, AT(category, retention_months)}, \
	{.key = "near_metres", .type = VALUE_INT, AT(category, near_metres), .min = 0, .max = NEAR_METRES_MAX}, \
	{.key = "near_hours", .type = VALUE_INT, AT(category, near_hours), .min = 0, .max = NEAR_HOURS_MAX}
/* clang-format on */

static const struct rule defaults_rules[] = {INHERITED_RULES};

static const struct rule category_rules[] = {
	INHERITED_RULES,
	{.key = "name", .type = VALUE_TEXT, AT(category, name), .required = true},
	{.key = "group", .type = VALUE_REFERENCE, AT(category, group), .required = true, .refers = KIND_GROUP},
	{.key = "nature", .type = VALUE_NATURE, AT(category, nature), .required = true},
	{.key = "service", .type = VALUE_REFERENCE, AT(category, service), .refers = KIND_SERVICE},
	{.key = "body", .type = VALUE_REFERENCE, AT(category, body), .refers = KIND_BODY},
	{.key = "defaults", .type = VALUE_DEFAULTS},
	{.key = "danger", .type = VALUE_BOOL, AT(category, danger)},
	{.key = "short_path", .type = VALUE_BOOL, AT(category, short_path)},
	{.key = "second_reading", .type = VALUE_BOOL, AT(category, second_reading)},
	{.key = "words", .type = VALUE_TEXT, AT(category, words)},
	{.key = "say", .type = VALUE_TEXT, AT(category, say)},
	{.key = "except.", .type = VALUE_EXCEPTION},
};

static const struct rule script_rules[] = {
	{.key = "question", .type = VALUE_TEXT, AT(script, question), .required = true},
	{.key = "words", .type = VALUE_TEXT, AT(script, words)},
	{.key = "category", .type = VALUE_REFERENCE, AT(script, category), .required = true, .refers = KIND_CATEGORY},
	{.key = "text_file", .type = VALUE_TEXT_FILE, AT(script, text), .required = true},
};

static const struct rule template_rules[] = {
	{.key = "name", .type = VALUE_TEXT, AT(message_template, name), .required = true},
	{.key = "purpose", .type = VALUE_WORD, AT(message_template, use), .required = true, .words = template_uses},
	{.key = "channel", .type = VALUE_WORD, AT(message_template, channel), .words = template_channels},
	{.key = "category", .type = VALUE_REFERENCE, AT(message_template, category), .refers = KIND_CATEGORY},
	{.key = "group", .type = VALUE_REFERENCE, AT(message_template, group), .refers = KIND_GROUP},
	{.key = "subject", .type = VALUE_TEXT, AT(message_template, subject)},
	{.key = "text_file", .type = VALUE_TEXT_FILE, AT(message_template, text), .required = true},
};

enum { RULES_MAX = 32 };

static const struct section_rules {
	const char *prefix, *label;
	enum section_kind kind;
	const struct rule *rules;
	size_t count;
} kinds[] = {
#define KIND(prefix_, label_, kind_, rules_) \
	{ \
		prefix_, label_, kind_, rules_, sizeof(rules_) / sizeof(*(rules_)) \
	}
	KIND("metropole", N_("métropole"), KIND_METROPOLE, metropole_rules),
	KIND("calendar", N_("calendrier"), KIND_CALENDAR, calendar_rules),
	KIND("closure", N_("fermeture"), KIND_CLOSURE, closure_rules),
	KIND("service", N_("service"), KIND_SERVICE, service_rules),
	KIND("body", N_("organisme"), KIND_BODY, body_rules),
	KIND("commune", N_("commune"), KIND_COMMUNE, commune_rules),
	KIND("group", N_("groupe"), KIND_GROUP, group_rules),
	KIND("defaults", N_("jeu de valeurs"), KIND_DEFAULTS, defaults_rules),
	KIND("category", N_("motif"), KIND_CATEGORY, category_rules),
	KIND("script", N_("fiche"), KIND_SCRIPT, script_rules),
	KIND("template", N_("modèle"), KIND_TEMPLATE, template_rules),
#undef KIND
};
enum { KINDS_COUNT = sizeof(kinds) / sizeof(*kinds) };

_Static_assert(sizeof(category_rules) / sizeof(*category_rules) <= RULES_MAX, "one bit a rule");

static const struct section_rules *rules_of(enum section_kind kind)
{
	for (size_t i = 0; i < KINDS_COUNT; i++) {
		if (kinds[i].kind == kind)
			return &kinds[i];
	}
	return &kinds[0];
}

bool rules_kind(const char *prefix, size_t bytes, enum section_kind *out)
{
	for (size_t i = 0; i < KINDS_COUNT; i++) {
		if (strlen(kinds[i].prefix) == bytes && memcmp(kinds[i].prefix, prefix, bytes) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	}
	return false;
}

const char *template_use_code(enum template_use use)
{
	return use < TEMPLATE_USE_COUNT ? template_uses[use] : "";
}

const char *kind_label(enum section_kind kind)
{
	return _(rules_of(kind)->label);
}

void kind_list(struct text *out)
{
	for (size_t i = 0; i < KINDS_COUNT; i++)
		text_addf(out, "%s[%s%s]", i > 0 ? " " : "", kinds[i].prefix, kinds[i].kind == KIND_METROPOLE ? "" : ":code");
}

/* What the rest of a key stands for whose rule gives its beginning; NULL: the rule gives the whole key. */
static const char *rest_of_key(const struct rule *rule)
{
	switch (rule->type) {
	case VALUE_EXCEPTION:
		return "<commune>";
	case VALUE_ACKNOWLEDGE:
		return _("<canal>");
	default:
		return NULL;
	}
}

static bool rule_matches(const struct rule *rule, const char *key)
{
	size_t length = strlen(rule->key);
	return rest_of_key(rule) ? strncmp(key, rule->key, length) == 0 && key[length] : strcmp(key, rule->key) == 0;
}

static void complain_unknown_key(
	struct builder *b, const struct section *s, const struct section_rules *k, const struct ini_entry *entry)
{
	struct text hint = TEXT_INIT;
	struct near near;
	near_start(&near, entry->key);
	for (size_t i = 0; i < k->count; i++)
		near_try(&near, k->rules[i].key, NULL);
	near_finish(&near, &hint);
	if (hint.len == 0) {
		text_add(&hint, _("attendu "));
		for (size_t i = 0; i < k->count; i++)
			text_addf(&hint, "%s%s%s", i > 0 ? ", " : "", k->rules[i].key,
				rest_of_key(&k->rules[i]) ? rest_of_key(&k->rules[i]) : "");
	}
	problems_add(b->problems, s->file, entry->line, _("clé « %s » inconnue dans [%s] ; %s"), entry->key, s->name,
		text_str(&hint));
	text_done(&hint);
}

void rules_fill(struct builder *b, struct section *s)
{
	const struct section_rules *k = rules_of(s->kind);
	uint32_t seen = 0;
	for (size_t e = 0; e < s->entry_count; e++) {
		size_t at = 0;
		while (at < k->count && !rule_matches(&k->rules[at], s->entries[e].key))
			at++;
		if (at == k->count) {
			complain_unknown_key(b, s, k, &s->entries[e]);
			continue;
		}
		/* The scanner has reported a key that comes twice. */
		if (!rest_of_key(&k->rules[at]) && (seen & UINT32_C(1) << at))
			continue;
		seen |= UINT32_C(1) << at;
		value_read(b, s, &k->rules[at], &s->entries[e]);
	}
	for (size_t i = 0; i < k->count && !s->torn; i++) {
		if (k->rules[i].required && !(seen & UINT32_C(1) << i))
			problems_add(b->problems, s->file, s->line, _("[%s] : il manque %s"), s->name, k->rules[i].key);
	}
}
