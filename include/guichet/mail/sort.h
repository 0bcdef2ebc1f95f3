// SPDX-License-Identifier: GPL-3.0-or-later
/* Who speaks in a mail: a person, a machine, or a server that could not deliver what we sent (RFC 3834, RFC 3464). Knows no store: a token that was read is not
 * one that we gave, until whoever keeps them says so.
 *
 * Where it is in doubt a mail is a machine's: a machine that is not answered loses nothing, two that answer each other never stop. */
#ifndef GUICHET_MAIL_SORT_H
#define GUICHET_MAIL_SORT_H

#include "guichet/core/correspondence.h"
#include "guichet/mail/mime.h"

enum mail_voice { MAIL_OF_PERSON, MAIL_OF_MACHINE, MAIL_OF_SERVER /* could not deliver */ };
/* Why a mail was not taken as a request. Codes: "" list auto-reply loop sender too-large too-many unreadable rate. */
enum mail_why { MAIL_WHY_NONE, MAIL_WHY_LIST, MAIL_WHY_AUTO_REPLY, MAIL_WHY_LOOP, MAIL_WHY_SENDER, MAIL_WHY_TOO_LARGE, MAIL_WHY_TOO_MANY, MAIL_WHY_UNREADABLE,
	MAIL_WHY_RATE, MAIL_WHY_COUNT };
const char *mail_why_code(enum mail_why w);
const char *mail_why_label(enum mail_why w);    /* language of messages */

enum { MAIL_TOKENS_MAX = 16, MAIL_FAILED_MAX = 20 };

/* "3140032106" and "K7Q2M9XADE", read where we write them: <3140032106.K7Q2M9XADE@...> and [3140032106-K7Q2M9XADE]. */
struct mail_token { int64_t reference; char token[REPLY_TOKEN_TEXT]; bool in_subject; };

/* One address that could not be reached. */
struct mail_failed {
	char *address;                  /* "" where the server did not say */
	char status[12];                /* "5.1.1"; "" none */
	bool permanent;                 /* it will not be tried again */
	bool delayed;                   /* it is still being tried: nothing to do */
	char *said;                     /* in the server's words; one line */
};

struct mail_sorting {
	enum mail_voice voice;
	enum mail_why why;
	struct mail_token tokens[MAIL_TOKENS_MAX]; size_t token_count;  /* the surest first: In-Reply-To, References from the last, what came back, the subject */
	struct mail_failed failed[MAIL_FAILED_MAX]; size_t failed_count; /* of a bounce */
};

/* `ours`: the addresses that we write from, NULL at the end. `m` must be read whole to tell a bounce's recipients. mail_sorting_done afterwards. */
void mail_judge(struct mail *m, const char *const *ours, struct mail_sorting *out);
/* Sent from an address that nobody reads ("noreply"), which says that somebody else is to be answered, or nobody. */
bool mail_from_mute(const struct mail *m);
void mail_sorting_done(struct mail_sorting *s);

#endif
