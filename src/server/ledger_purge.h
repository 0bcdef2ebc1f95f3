// SPDX-License-Identifier: GPL-3.0-or-later
/* What ended long enough ago, page by page: looking, and erasing. */
#ifndef GUICHET_SERVER_LEDGER_PURGE_H
#define GUICHET_SERVER_LEDGER_PURGE_H

#include "guichet/core/retention.h"
#include "guichet/server/ledger.h"

enum { PURGE_PAGE = 50 /* looked at, and erased, in one transaction: pushes wait for it */ };

/* `plan.at_ms`, `after`: where it begins, the caller's; the rest is what was found or done. */
struct purge_page {
	const struct catalogue *catalogue;
	struct op_id after; bool more;
	struct purge_plan plan;
	int64_t contacts, requesters;
};
struct purge_means { int64_t now_ms; struct guichet_random random; const char *visa, *erased; /* path of the register */ };

/* `subject`: SUBJECT_REQUEST; SUBJECT_CONTACT, those about nothing that is kept; SUBJECT_REQUESTER, those who are named by nothing that is kept: in this order, since each
 * is kept by what stands of the ones before. */
enum guichet_rc ledger_purge_look(struct db *db, struct purge_page *p, enum op_subject subject, struct guichet_err *err);
/* In a transaction of its own. */
enum guichet_rc ledger_purge_page(struct db *db, struct purge_page *p, enum op_subject subject, const struct purge_means *m, struct guichet_err *err);

#endif
