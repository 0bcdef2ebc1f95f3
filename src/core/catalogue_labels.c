// SPDX-License-Identifier: GPL-3.0-or-later
/* The words for natures and targets: codes for files and JSON, labels for people. Knows nothing of catalogues. */
#include "guichet/core/catalogue.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

struct coded {
	const char *code, *label;
};

static const struct coded natures[NATURE_COUNT] = {
	[NATURE_REPORT] = {"report", N_("signalement")},
	[NATURE_INFORMATION] = {"information", N_("demande d'information")},
	[NATURE_COMPLAINT] = {"complaint", N_("réclamation")},
	[NATURE_SUGGESTION] = {"suggestion", N_("suggestion")},
	[NATURE_OPINION] = {"opinion", N_("avis")},
};

static const struct coded targets[TARGET_KIND_COUNT] = {
	[TARGET_ACKNOWLEDGE] = {"acknowledge", N_("accusé de réception")},
	[TARGET_TAKE] = {"take", N_("prise en charge")},
	[TARGET_COMPLETE] = {"complete", N_("réalisation")},
	[TARGET_ANSWER] = {"answer", N_("réponse")},
	[TARGET_LEGAL] = {"legal", N_("délai légal")},
};

const char *nature_code(enum nature n)
{
	return n < NATURE_COUNT ? natures[n].code : "";
}

const char *nature_label(enum nature n)
{
	return n < NATURE_COUNT ? _(natures[n].label) : "";
}

bool nature_parse(const char *s, enum nature *out)
{
	for (unsigned n = 0; n < NATURE_COUNT; n++) {
		if (strcmp(s, natures[n].code) == 0 || utf8_compare_folded(s, natures[n].code) == 0 ||
			utf8_compare_folded(s, natures[n].label) == 0 || utf8_compare_folded(s, _(natures[n].label)) == 0) {
			*out = (enum nature)n;
			return true;
		}
	}
	return false;
}

const char *target_kind_code(enum target_kind k)
{
	return k < TARGET_KIND_COUNT ? targets[k].code : "";
}

const char *target_kind_label(enum target_kind k)
{
	return k < TARGET_KIND_COUNT ? _(targets[k].label) : "";
}
