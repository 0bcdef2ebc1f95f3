// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the fold share. */
#ifndef GUICHET_CORE_REQUEST_INSIDE_H
#define GUICHET_CORE_REQUEST_INSIDE_H

#include "guichet/core/request.h"

/* Puts a value (taken over) in one half of a payload; NULL marks the operation as spoiled. */
void op_set(struct op *op, bool personal, const char *key, json_t *value);
/* When it happened. */
int64_t op_at(const struct op *op);
/* By exact key only. */
bool request_field_key(const char *key, enum request_field *out);
/* Sets a register to a value (taken over) as op_write_text does. */
void op_write_value(struct op *op, const struct request *r, enum request_field f, json_t *value);
/* Events of the operations that count, in fold order; registers are there already. */
void fold_events(struct request *r);
/* Where a register write of `op` for field `f` stands: the value, or NULL. */
json_t *op_written(const struct op *op, enum request_field f);

#endif
