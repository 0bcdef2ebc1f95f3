// SPDX-License-Identifier: GPL-3.0-or-later
/* What figures are grouped by, in words. Must not know how they are counted. */
#include "guichet/report/figures.h"

#include <string.h>

#include "guichet/base/i18n.h"

static const struct {
	const char *code, *french, *label;
} groupings[SLA_BY_COUNT] = {
	[SLA_BY_SERVICE] = {"service", "service", N_("Service")},
	[SLA_BY_COMMUNE] = {"commune", "commune", N_("Commune")},
	[SLA_BY_NATURE] = {"nature", "nature", N_("Nature")},
	[SLA_BY_CATEGORY] = {"category", "motif", N_("Motif")},
	[SLA_BY_CHANNEL] = {"channel", "canal", N_("Canal")},
};

const char *sla_by_code(enum sla_by by)
{
	return groupings[by].code;
}

const char *sla_by_label(enum sla_by by)
{
	return _(groupings[by].label);
}

bool sla_by_parse(const char *s, enum sla_by *out)
{
	for (int by = 0; by < SLA_BY_COUNT; by++)
		if (!strcmp(s, groupings[by].code) || !strcmp(s, groupings[by].french)) {
			*out = (enum sla_by)by;
			return true;
		}
	return false;
}

static const char *code_name(const struct catalogue *c, enum sla_by by, const char *key)
{
	const struct service *service;
	const struct commune *commune;
	const struct category *category;
	enum nature nature;
	enum channel channel;
	switch (by) {
	case SLA_BY_SERVICE:
		return (service = catalogue_service(c, key)) ? service->name : key;
	case SLA_BY_COMMUNE:
		return (commune = catalogue_commune(c, key)) ? commune->name : key;
	case SLA_BY_CATEGORY:
		return (category = catalogue_category(c, key)) ? category->name : key;
	case SLA_BY_NATURE:
		return nature_parse(key, &nature) ? nature_label(nature) : key;
	case SLA_BY_CHANNEL:
		return channel_parse(key, &channel) ? channel_label(channel) : key;
	}
	return key;
}

const char *figures_name(const struct catalogue *c, enum sla_by by, const char *key)
{
	if (!strcmp(key, "-"))
		return by == SLA_BY_COMMUNE ? _("(sans commune)") : _("(aucun)");
	return code_name(c, by, key);
}
