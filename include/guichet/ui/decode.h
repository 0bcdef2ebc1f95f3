// SPDX-License-Identifier: GPL-3.0-or-later
/* From the bytes that terminals send to keys: UTF-8, the key sequences of xterm, screen, tmux, rxvt, PuTTY and the Linux console, whatever else terminfo says, pastes.
 * No I/O and no clock: bytes and milliseconds are arguments. Any bytes are taken: what means nothing is dropped, and nothing hostile comes out as text
 * but inside a paste, which stays raw.
 */
#ifndef GUICHET_UI_DECODE_H
#define GUICHET_UI_DECODE_H

#include "guichet/ui/key.h"

struct decoder_sequence { char bytes[16]; uint8_t length; struct key key; };

struct decoder {
	/* Set by the caller after decoder_init. */
	int escape_ms;                   /* a lone Escape is one after this long: 25 */
	bool latin1;                     /* bytes that are no UTF-8 are Latin-1 letters rather than U+FFFD */
	bool application_arrows_are_ctrl;/* PuTTY: ESC O A is Ctrl-Up */
	bool sco;                        /* SCO's keys, as PuTTY sends them when told so: ESC [ M is F1 (elsewhere a mouse, a focus) */
	/* private: */
	struct decoder_sequence *sequences; size_t sequence_count, sequence_capacity;
	char pending[64]; size_t pending_bytes;      /* the beginning of something */
	int64_t pending_since_ms;
	bool skipping;                   /* in a sequence too long to mean anything */
	bool pasting; struct text paste; size_t paste_dropped; char paste_tail[8]; size_t paste_tail_bytes;
	struct key *keys; size_t key_first, key_count, key_capacity;
	char *lent;                      /* the paste of the key handed out last */
	bool burst;                      /* the key queued last is a character of this very feed */
};

void decoder_init(struct decoder *d);
void decoder_done(struct decoder *d);
/* A sequence that this terminal's terminfo gives for a key; it wins over the built-in ones. Ignored unless it begins with Escape. */
void decoder_add(struct decoder *d, const char *bytes, struct key key);
void decoder_feed(struct decoder *d, const char *bytes, size_t count, int64_t now_ms);
/* The next key, in order of typing. Its paste is borrowed until the next call. */
bool decoder_next(struct decoder *d, struct key *out);
/* Milliseconds until what came last means something though nothing follows: then call decoder_expire. -1: nothing waits. */
int decoder_wait_ms(const struct decoder *d, int64_t now_ms);
void decoder_expire(struct decoder *d, int64_t now_ms);

#endif
