// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes by itself while nobody waits: pieces of files whose end never came, lines of the audit trail that are old enough. */
#include "api_inside.h"
#include "audit.h"
#include "guichet/core/calendar.h"
#include "ledger_files.h"

static const int64_t abandoned_ms = (int64_t)24 * 3600 * 1000;

bool api_tidy(struct api *a, struct db *write)
{
	bool more = false;
	int64_t now = api_clock(a), aged = instant_add_months(now, -a->policy.audit_months);
	if (audit_has_aged(write, aged) && audit_age(write, now, aged, a->random, &more, NULL))
		return false;
	if (!more && ledger_has_loose(write, now - abandoned_ms) && ledger_drop_loose(write, now - abandoned_ms, &more, NULL))
		return false;
	return more;
}
