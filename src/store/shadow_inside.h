// SPDX-License-Identifier: GPL-3.0-or-later
/* What building a snapshot (replica_shadow.c) and putting it in the store's place (replica_swap.c) share. */
#ifndef GUICHET_STORE_SHADOW_INSIDE_H
#define GUICHET_STORE_SHADOW_INSIDE_H

#include "guichet/store/shadow.h"
#include "replica_inside.h"

struct shadow {
	struct store *live, *store, *loan;
	char *path, scope[SHADOW_SCOPE];
	struct shadow_state state;
	int64_t told;
	size_t uncommitted;              /* subjects */
	bool torn;                       /* a page failed in its middle: what is not committed is no whole */
};

void shadow_remove(const char *path);
/* Rows of one file into another: the columns of `select` are the parameters of `insert`. */
enum guichet_rc shadow_copy(struct store *from, struct store *to, const char *select, const char *insert, struct guichet_err *err);
/* What a building leaves for its end: indexes; mergers, and how far each device is known. */
enum guichet_rc shadow_index(struct store *live, struct store *s, struct guichet_err *err);
enum guichet_rc shadow_round_off(struct store *s, struct guichet_err *err);
/* Until now nothing waited for the disk. */
enum guichet_rc shadow_put_on_disk(struct store *s, struct guichet_err *err);
/* Attachments that `to` lacks: one that the server has not got yet goes along, whatever it hangs on. */
enum guichet_rc shadow_copy_blobs(struct store *live, struct store *to, struct guichet_err *err);
void shadow_drop_loan(struct shadow *h);

#endif
