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
	X(push_while_rewinding, "what waits is sent before the restored server was read") \
	X(page_any_cursor, "a page for another cursor is applied") \
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
	X(known_renumbered, "an operation sent twice is answered with another number")
#define X(code, what) SIM_BUG_##code,
enum sim_bug { SIM_BUG_NONE, SIM_BUGS(X) SIM_BUG_COUNT };
#undef X
extern enum sim_bug sim_bug;
#define SIM_BUG(code) (sim_bug == SIM_BUG_##code)
#else
#define SIM_BUG(code) false
#endif

#endif
