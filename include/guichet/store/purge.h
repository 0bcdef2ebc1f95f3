// SPDX-License-Identifier: GPL-3.0-or-later
/* What a desk that stands alone does when the retention of requests is over (RGPD art. 5-1 e): what they say of people is blanked for good, facts stay for
 * statistics. A desk that follows a server waits for the server's erasures. Must not know whom it asks, nor how the slip for the archives looks.
 */
#ifndef GUICHET_STORE_PURGE_H
#define GUICHET_STORE_PURGE_H

#include "guichet/core/retention.h"
#include "guichet/store/store.h"

/* Reads the whole list of ended requests. `at_ms` not in the future. */
enum guichet_rc store_purge_plan(struct store *s, int64_t at_ms, struct purge_plan *out, struct guichet_err *err);

/* A purge that was begun and not ended: `visa` is the caller's, free it. False: none. */
struct purge_order { int64_t at_ms; char *visa; int64_t total; /* requests when it was begun */ };
bool store_purge_begun(struct store *s, struct purge_order *out);

struct purge_done { int64_t requests, files, contacts, requesters, drafts; };
/* In batches, each a transaction, with an operation in the history of every request. Interrupted or killed, it goes on when called again (with the order of
 * store_purge_begun). GUICHET_REFUSED on a desk that follows a server. Others go on working meanwhile. */
enum guichet_rc store_purge(struct store *s, const struct actor *a, const struct purge_order *order, const struct progress *p, struct purge_done *out,
	struct guichet_err *err);
/* Then: nothing of it is left in the pages of the file. Ends what store_purge_begun tells of. */
enum guichet_rc store_purge_clean(struct store *s, const struct progress *p, struct guichet_err *err);

#endif
