// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes out about a request, and what became of it.
 *
 * An operation that somebody outside is to be told of names what it owes in its fact `send`: words "purpose:channel". A delivery says what became of one of them;
 * what has none yet is owed (struct request). Pure: who writes, sends and prints is elsewhere. */
#ifndef GUICHET_CORE_CORRESPONDENCE_H
#define GUICHET_CORE_CORRESPONDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/core/catalogue.h"
#include "guichet/core/op.h"

enum purpose {
	PURPOSE_ACKNOWLEDGE,               /* accusé de réception (CRPA L112-3) */
	PURPOSE_ANSWER,
	PURPOSE_INFORM,
	PURPOSE_NOTICE,                    /* that it was redirected (CRPA L114-2) */
	PURPOSE_FORWARD,                   /* to a service that does not use guichet */
	PURPOSE_REMIND, PURPOSE_ESCALATE, PURPOSE_DANGER,
	PURPOSE_COUNT
};
const char *purpose_code(enum purpose p);
const char *purpose_label(enum purpose p);             /* language of messages */
const char *purpose_french(enum purpose p);            /* whatever that is: on paper */
bool purpose_parse(const char *code, enum purpose *out);
bool purpose_is_to_citizen(enum purpose p);
/* Where a service is written to: dangers and alerts go to its head, what it has to do to itself; a reminder to its head where its agents have the request before
 * their eyes already. NULL: the catalogue has no such address. */
const char *purpose_address(enum purpose p, const struct service *s);

enum delivery_state { DELIVERY_SENT, DELIVERY_REFUSED, DELIVERY_BOUNCED, DELIVERY_PRINTED, DELIVERY_TOLD, DELIVERY_STATE_COUNT };
const char *delivery_state_code(enum delivery_state s);
const char *delivery_state_label(enum delivery_state s);
bool delivery_state_parse(const char *code, enum delivery_state *out);
bool delivery_state_failed(enum delivery_state s);     /* it did not reach anybody */

enum { REPLY_TOKEN_LETTERS = 10, REPLY_TOKEN_TEXT = REPLY_TOKEN_LETTERS + 1, PIECES_MAX = 64 };
/* What is written by mail goes out this long after, and can be taken back until then. */
enum { HOLD_MS = 60000 };

/* Borrowed from the request's operations. */
struct delivery {
	struct op_id by, target;
	enum purpose purpose;
	enum delivery_state state;
	int channel;                       /* enum channel; -1 unknown */
	int64_t at_ms;
	int level;                         /* per cent of the time used up, of an escalation; 0 none */
	bool again;                        /* may have gone out twice */
	const char *token, *to, *text, *sha256; /* "" none; text: the other side's words; sha256: the letter's PDF */
};
struct owed { struct op_id target; enum purpose purpose; enum channel channel; int64_t from_ms; };

/* Writes what an operation owes, beside what it owes already. */
void op_owe(struct op *op, enum purpose p, enum channel c);
bool op_owes(const struct op *op, enum purpose p, enum channel *by);
/* Anything for a citizen that was not said yet at `now_ms`: it can be taken back. */
bool op_is_held(const struct op *op, int64_t now_ms);

/* A token of ours from random bytes (Crockford's base32, no check); and the ones in a text: of a Message-ID <REFERENCE.TOKEN@...> or a subject [REFERENCE-TOKEN].
 * `reference` 0 when it is none. Returns the bytes passed, 0 when there is none. */
void reply_token_make(const uint8_t random[REPLY_TOKEN_LETTERS], char out[REPLY_TOKEN_TEXT]);
bool reply_token_is(const char *s);
size_t reply_token_find(const char *text, int64_t *reference, char out[REPLY_TOKEN_TEXT]);

/* What a delivery operation is given (step DELIVERY). */
struct delivery_args {
	struct op_id target;
	enum purpose purpose;
	enum delivery_state state;
	enum channel channel;
	int level;
	bool again;
	const char *token, *to, *text, *sha256; /* NULL none */
};

#endif
