// SPDX-License-Identifier: GPL-3.0-or-later
/* Bugs that a build for the simulator plants (make sim-bugs), one at a time: it has to find each. In any other build there is nothing of them. */
#ifndef GUICHET_BASE_SIM_BUG_H
#define GUICHET_BASE_SIM_BUG_H

#include <stdbool.h>

#ifdef GUICHET_SIM_BUGS
/* code, what is wrong then */
#define SIM_BUGS(X) \
	X(ack_of_other_journal, "an answer to a push from before a restore is taken") \
	X(ack_one_more, "one operation more than was answered counts as acknowledged") \
	X(page_last_item, "the last item of a long page is dropped") \
	X(leave_waiting, "a request that leaves takes along what was not sent") \
	X(leave_forgets_own, "own operations go with a request that leaves") \
	X(rewind_keeps_numbers, "operations that the server lost keep their numbers") \
	X(merge_by_id, "mergers go by local id, not by the server's order") \
	X(named_unknown, "devices that a payload names are not made known") \
	X(enter_alone, "a request that enters comes without its history") \
	X(leave_untold, "a request that leaves is not told") \
	X(own_unseen_untold, "a desk keeps what it made for others") \
	X(seq_skips, "the server's numbers have holes") \
	X(gap_taken, "the server takes operations that follow a hole") \
	X(known_renumbered, "an operation sent twice is answered with another number") \
	X(serial_lent_twice, "a block of numbers is lent to two desks") \
	X(lent_again_restored, "a restored server lends again what it had lent after the backup") \
	X(restore_same_epoch, "a restored server goes on in its epoch") \
	X(other_hash_taken, "another content under a known number counts as known") \
	X(contradiction_taken, "a desk takes another content under a known number for its own") \
	X(cursor_first, "the cursor moves before the page is applied") \
	X(erase_not_pending, "an erasure does not reach what a desk has not sent") \
	X(erase_not_later, "what is said of somebody after the erasure is kept") \
	X(erasure_forgotten, "a restored server has forgotten who was erased") \
	X(parked_counts, "parked operations are folded") \
	X(parked_not_folded_away, "a desk told that its operation is parked goes on showing it") \
	X(settled_keeps_seq, "an operation that was settled keeps its old number on desks") \
	X(base_forgets_pending, "the base forgets what the desk wrote and has not sent") \
	X(backup_seq_ignored, "what is kept for a restored server goes before a backup holds it") \
	X(clock_decides, "the author's clock decides what shows") \
	X(leave_not_purged, "a request that leaves stays on the desk") \
	X(offers_nothing, "a desk keeps for itself what a restored server lacks") \
	X(offers_own_alone, "a desk brings back its own operations alone") \
	X(unknown_kind_dropped, "operations of unknown kinds are dropped") \
	X(wipe_keeps, "a revoked desk keeps what it has received") \
	X(answered_uncommitted, "a push is answered before it is on disk") \
	X(foreign_taken, "a desk may send under another's identity") \
	X(copy_goes_on, "a copy of a disk goes on under the identity of the other") \
	X(person_left_behind, "a request that enters comes without its requester")
#define X(code, what) SIM_BUG_##code,
enum sim_bug { SIM_BUG_NONE, SIM_BUGS(X) SIM_BUG_COUNT };
#undef X
extern enum sim_bug sim_bug;
#define SIM_BUG(code) (sim_bug == SIM_BUG_##code)
#else
#define SIM_BUG(code) false
#endif

#endif
