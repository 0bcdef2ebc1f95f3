// SPDX-License-Identifier: GPL-3.0-or-later
/* A mail as it came over the wire, read: who wrote, about what, which words are new, which files hang on it. Knows no store and no request.
 *
 * Everything in it was written by a stranger. Texts handed out are valid UTF-8 in NFC, with what could act on a terminal shown as marks (utf8_show); names of
 * files have no folder. Whatever the bytes are, reading ends soon and takes memory in proportion to them: a mail built to exhaust its reader (headers without
 * end, parts by the hundred thousand) is read by its first headers alone, with `trouble` set. GMime does the parsing, loaded at the first mail. */
#ifndef GUICHET_MAIL_MIME_H
#define GUICHET_MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"

enum {
	MAIL_TEXT_MAX = 40000,                  /* bytes of text and folded together, as JSON writes them */
	MAIL_SUBJECT_MAX = 1000,
	MAIL_ADDRESS_MAX = 254,
	MAIL_NAME_MAX = 200,
	MAIL_ID_MAX = 500,                      /* a Message-ID */
	MAIL_REFERENCES_MAX = 40,               /* the first and the last ones */
	MAIL_TO_MAX = 50,
	MAIL_PARTS_MAX = 50,                    /* kept apart; more is a trouble */
	MAIL_DEPTH_MAX = 60,                    /* parts in parts */
	MAIL_HEADERS_BYTES = 256 * 1024,        /* the first headers */
	MAIL_BYTES_MAX = 20 * 1024 * 1024,      /* more is not read as a whole (GUICHET_DATA) */
};

enum mail_trouble {
	MAIL_SOUND,
	MAIL_UNREADABLE,                        /* nothing that looks like a mail, or built to harm */
	MAIL_TOO_MANY,                          /* more parts than MAIL_PARTS_MAX, or too deep in one another */
	MAIL_TOO_LARGE,                         /* over MAIL_BYTES_MAX: mail_read_head read it */
};

struct mail_address { char *address, *name; };  /* "" when absent; the address without <>, its domain in lower case */

struct mail_part {
	char *name;                             /* safe to write to a folder; made up where it has none */
	char *type;                             /* "image/png", in lower case, as the mail says */
	char *content_id;                       /* without <>; "" none */
	bool inside;                            /* an image that the text shows (inline) */
	void *object;                           /* private */
};

struct mail_header { char *name, *value; };     /* name in lower case, value decoded */

struct mail {
	char *message_id;                       /* without <>; "" none */
	char *in_reply_to;
	char **references; size_t reference_count;      /* oldest first; In-Reply-To is not among them */
	struct mail_address from, reply_to, sender;
	struct mail_address *to; size_t to_count;       /* To, Cc */
	char *return_path; bool has_return_path;        /* "" with has_return_path: <>, which is said by machines */
	int64_t date_ms;                        /* as its author's clock said; NO_INSTANT none */
	int64_t received_ms;                    /* as the last server wrote in Received; NO_INSTANT none */
	char *subject;                          /* one line */
	char *text;                             /* what is new */
	char *folded;                           /* quoted history and signature, as they stood; "" none */
	bool cut;                               /* there was more text than text and folded hold */
	bool from_html;                         /* no plain text came with it */
	char *type;                             /* of the whole: "multipart/report" */
	char *report_type;                      /* "delivery-status", "" none */
	struct mail_part *parts; size_t part_count;
	struct mail_header *headers; size_t header_count;      /* those by which machines are known (mail_header) */
	char hash[33];                          /* hex, BLAKE2b-128 of the Message-ID, else of sender, date, subject and text */
	int64_t bytes;
	enum mail_trouble trouble;
	struct mail_inside *inside;             /* private */
};

/* Reads a whole mail. `data` is borrowed until mail_done. GUICHET_OK whatever the bytes are (see `trouble`); GUICHET_DATA over MAIL_BYTES_MAX;
 * GUICHET_UNAVAILABLE when GMime is not installed. mail_done in any case. */
enum guichet_rc mail_read(struct mail *out, const void *data, size_t bytes, struct guichet_err *err);
/* The headers alone, from the first bytes of a mail too large to be read (MAIL_HEADERS_BYTES are enough); `whole` is its size. */
enum guichet_rc mail_read_head(struct mail *out, const void *data, size_t bytes, int64_t whole, struct guichet_err *err);
void mail_done(struct mail *m);

/* What a part holds, decoded. Borrowed until the next call on this mail. */
enum guichet_rc mail_part_data(struct mail *m, size_t part, const char **data, size_t *bytes, struct guichet_err *err);
/* Puts in m->hash one of what the mail says beside its Message-ID: for programs that give all they write the same one. */
void mail_hash_content(struct mail *m);
/* The first header of this name (lower case) among those kept: Auto-Submitted, Precedence, List-*, X-Auto*, X-Failed-Recipients...; NULL none. */
const char *mail_header(const struct mail *m, const char *name);

#endif
