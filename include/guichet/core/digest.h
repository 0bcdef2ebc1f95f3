// SPDX-License-Identifier: GPL-3.0-or-later
/* The scope hash: what a desk should hold of a window of the journal, in one number that the server and the desk
 * compute each from its own rows. PROTOCOL.md "Pull".
 *
 * It is a hash over state, not over what was sent: so it does not matter by which way an operation came (pages, a
 * snapshot, the answer to an own push), nor when, and what a desk lost since is found too. It is compared at one moment
 * only: the desk has read everything, sends nothing, and the server's head is the desk's cursor.
 * Of a window (from, to], at most DIGEST_SEQS numbers, it holds in the order of `seq` those operations that count (not
 * parked; settled ones where they were settled) and are about
 *  - a request in the desk's scope that is open, or ended at `since` or later: before that a desk may have begun
 *    without it, or have let it go;
 *  - whoever an open one of them names;
 *  - a bulletin.
 * Of each: seq, id, subject, and the operation's own hash, which stands when its payload is blanked: an erasure may
 * have reached both at different moments. `since` is the desk's word, the latest of what its snapshot began with and
 * what it let go: no clock is compared with another. Contacts are not in it.
 */
#ifndef GUICHET_CORE_DIGEST_H
#define GUICHET_CORE_DIGEST_H

#include "guichet/core/op.h"

enum { DIGEST_SEQS = 1000, DIGEST_BYTES = 32 };

struct digest_window { int64_t from, to, since_ms; };
/* Begins zeroed. */
struct digest { uint8_t hash[DIGEST_BYTES]; int64_t operations; };
/* `hash` NULL: of one that is not what it was when it was made. */
void digest_add(struct digest *d, int64_t seq, struct op_id id, struct op_id subject, const uint8_t *hash);
bool digest_equal(const struct digest *a, const struct digest *b);

#endif
