// SPDX-License-Identifier: GPL-3.0-or-later
/* Codes and labels of a request's enumerations and fields: one table each. Codes are what journals and JSON hold;
 * labels are French, and people may type either. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/request.h"

struct name {
	const char *code, *label;
};

static const struct name statuses[STATUS_COUNT] = {
	[STATUS_NEW] = {"new", N_("enregistrée")},
	[STATUS_ROUTED] = {"routed", N_("transmise")},
	[STATUS_REVIEW] = {"review", N_("en instruction")},
	[STATUS_ORDERED] = {"ordered", N_("travaux commandés")},
	[STATUS_DONE] = {"done", N_("réalisée")},
	[STATUS_ANSWERED] = {"answered", N_("réponse apportée")},
	[STATUS_CLOSED] = {"closed", N_("clôturée")},
	[STATUS_WAITING] = {"waiting", N_("en attente")},
	[STATUS_REDIRECTED] = {"redirected", N_("réorientée")},
	[STATUS_DUPLICATE] = {"duplicate", N_("rattachée")},
	[STATUS_CANCELLED] = {"cancelled", N_("annulée")},
};

static const struct name channels[CHANNEL_COUNT] = {
	[CHANNEL_PHONE] = {"phone", N_("téléphone")},
	[CHANNEL_EMAIL] = {"email", N_("courriel")},
	[CHANNEL_POST] = {"post", N_("courrier")},
	[CHANNEL_DESK] = {"desk", N_("accueil")},
	[CHANNEL_WEB] = {"web", N_("site")},
};

static const struct name outcomes[OUTCOME_COUNT] = {
	[OUTCOME_CREATED] = {"created", N_("demande créée")},
	[OUTCOME_ADDED] = {"added", N_("complément")},
	[OUTCOME_CHASED] = {"chased", N_("relance de l'usager")},
	[OUTCOME_INFORMED] = {"informed", N_("renseigné")},
	[OUTCOME_REDIRECTED] = {"redirected", N_("orienté ailleurs")},
	[OUTCOME_TRANSFERRED] = {"transferred", N_("appel transféré")},
	[OUTCOME_WRONG_NUMBER] = {"wrong_number", N_("faux numéro")},
	[OUTCOME_ABUSIVE] = {"abusive", N_("abusif")},
	[OUTCOME_HUNG_UP] = {"hung_up", N_("raccroché")},
};

static const struct name close_reasons[CLOSE_REASON_COUNT] = {
	[CLOSE_ANSWERED] = {"answered", N_("réponse donnée")},
	[CLOSE_ANONYMOUS] = {"anonymous", N_("anonyme sans coordonnées")},
	[CLOSE_ABUSIVE] = {"abusive", N_("abusive")},
	[CLOSE_WITHDRAWN] = {"withdrawn", N_("retirée par l'usager")},
	[CLOSE_UNWANTED] = {"unwanted", N_("réponse non souhaitée")},
	[CLOSE_UNREACHABLE] = {"unreachable", N_("usager injoignable")},
	[CLOSE_DUPLICATE] = {"duplicate", N_("réponse donnée sur la demande principale")},
};

static const struct name wait_reasons[WAIT_REASON_COUNT] = {
	[WAIT_REQUESTER] = {"requester", N_("usager")},
	[WAIT_THIRD_PARTY] = {"third-party", N_("tiers")},
};

static const char *name_code(const struct name *names, int count, int i)
{
	return i >= 0 && i < count ? names[i].code : "";
}

static const char *name_label(const struct name *names, int count, int i)
{
	return i >= 0 && i < count ? _(names[i].label) : "";
}

/* Exact codes first: that is what the fold reads, millions of times. */
static bool name_parse(const struct name *names, int count, const char *s, int *out)
{
	if (!s || !*s)
		return false;
	for (*out = 0; *out < count; ++*out)
		if (strcmp(names[*out].code, s) == 0)
			return true;
	for (*out = 0; *out < count; ++*out) {
		const struct name *n = &names[*out];
		if (utf8_compare_folded(n->code, s) == 0 || utf8_compare_folded(n->label, s) == 0 ||
			utf8_compare_folded(_(n->label), s) == 0)
			return true;
	}
	return false;
}

#define NAMED(prefix, type, table, count) \
	const char *prefix##_code(enum type v) \
	{ \
		return name_code(table, count, (int)v); \
	} \
	const char *prefix##_label(enum type v) \
	{ \
		return name_label(table, count, (int)v); \
	} \
	bool prefix##_parse(const char *s, enum type *out) \
	{ \
		int i; \
		if (!name_parse(table, count, s, &i)) \
			return false; \
		*out = (enum type)i; \
		return true; \
	}

NAMED(status, status, statuses, STATUS_COUNT)
NAMED(channel, channel, channels, CHANNEL_COUNT)
NAMED(outcome, outcome, outcomes, OUTCOME_COUNT)
NAMED(close_reason, close_reason, close_reasons, CLOSE_REASON_COUNT)
NAMED(wait_reason, wait_reason, wait_reasons, WAIT_REASON_COUNT)

/* --- Fields --- */

static const struct request_field_info fields[FIELD_COUNT] = {
#define CODE FIELD_TYPE_CODE
#define TEXT FIELD_TYPE_TEXT
#define INT FIELD_TYPE_INT
#define INSTANT FIELD_TYPE_INSTANT
#define BOOL FIELD_TYPE_BOOL
#define REAL FIELD_TYPE_REAL
#define REQUEST_FIELD(id, key, half, type, max, editable, label) {key, label, half, type, max, editable},
#include "guichet/core/request_fields.def"
#undef REQUEST_FIELD
#undef CODE
#undef TEXT
#undef INT
#undef INSTANT
#undef BOOL
#undef REAL
};

const struct request_field_info *request_field_info(enum request_field f)
{
	return &fields[f];
}

bool request_field_key(const char *key, enum request_field *out)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (strcmp(fields[i].key, key) == 0) {
			*out = (enum request_field)i;
			return true;
		}
	}
	return false;
}

bool request_field_parse(const char *key, enum request_field *out)
{
	if (!key || !*key)
		return false;
	if (request_field_key(key, out))
		return true;
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (utf8_compare_folded(fields[i].key, key) == 0 || utf8_compare_folded(fields[i].label, key) == 0 ||
			utf8_compare_folded(_(fields[i].label), key) == 0) {
			*out = (enum request_field)i;
			return true;
		}
	}
	return false;
}
