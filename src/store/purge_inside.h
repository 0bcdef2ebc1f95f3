// SPDX-License-Identifier: GPL-3.0-or-later
/* What the halves of a purge share: requests (purge.c), and what hangs on them (purge_rest.c). */
#ifndef GUICHET_STORE_PURGE_INSIDE_H
#define GUICHET_STORE_PURGE_INSIDE_H

#include "guichet/store/purge.h"

struct purging {
	struct store *s;
	const struct actor *actor;
	const struct purge_order *order;
	const struct progress *progress;
	struct purge_done *done;
	int64_t total, begun_with;         /* requests when it was first begun; blanked before this call */
	char (*files)[65]; size_t file_count, file_capacity;   /* attachments blanked in this transaction */
	bool drafts;                       /* there are some */
};

/* A contact that began before ?1, after ?2 in the order of ids, of which something is left and which is about no request that is kept. */
#define LONE_CONTACT "c.start_ms < ?1 AND c.id > ?2 AND EXISTS(SELECT 1 FROM op o WHERE o.id = c.id AND o.salt IS NOT NULL) AND NOT EXISTS(SELECT 1 FROM " \
	"contact_request x JOIN request r ON r.id = x.request JOIN op m ON m.id = r.op WHERE x.contact = c.id AND m.salt IS NOT NULL) AND NOT EXISTS(SELECT 1 FROM mail l JOIN op m ON m.id = l.request " \
	"WHERE l.id = c.id AND m.salt IS NOT NULL)"

/* What ended before this has been kept long enough. `category` NULL: what has none. */
int64_t purge_limit(struct store *s, const char *category, int64_t at_ms, int *months);
bool purge_goes_on(const struct purging *p);   /* after each transaction; false: stop */

/* Attachments: those that nothing else needs go with the transaction. */
void purge_add_file(void *context, const char *sha256);   /* context: a struct purging */
enum guichet_rc purge_drop_files(struct purging *p, struct guichet_err *err);
void purge_forget_files(struct purging *p);

/* Inside a transaction: the contacts of a request that was just blanked, unless they are about another one that is kept. */
enum guichet_rc purge_contacts_of(struct purging *p, int64_t row, struct guichet_err *err);
enum guichet_rc purge_lone_contacts(struct purging *p, struct guichet_err *err);
enum guichet_rc purge_people(struct purging *p, struct guichet_err *err);
enum guichet_rc purge_drafts(struct purging *p, struct guichet_err *err);

#endif
