// SPDX-License-Identifier: GPL-3.0-or-later
/* What the desk's files share. Inside a transaction. */
#ifndef GUICHET_STORE_DESK_INSIDE_H
#define GUICHET_STORE_DESK_INSIDE_H

#include "internal.h"
#include "guichet/store/desk.h"

/* The requester that pairs of key and value describe: `known`, or found, or made; 0 when nothing was given. */
enum guichet_rc desk_requester(struct store *s, const struct actor *a, const char *(*pairs)[2], int64_t known, int64_t *id,
	struct guichet_err *err);
enum guichet_rc desk_new_contact(struct store *s, const struct actor *a, const struct contact_args *c, int64_t requester, struct op_id *id,
	struct guichet_err *err);

/* args->unfinished_part: the first part that is not done yet; `shown` (REFERENCE_SHOWN) must live as long. */
void desk_look_up_parts(struct store *s, const struct request *r, struct step_args *args, char *shown);
/* args->has_email, args->has_postal: of its requester as he is known now. */
void desk_look_up_addresses(struct store *s, const struct request *r, struct step_args *args);

#endif
