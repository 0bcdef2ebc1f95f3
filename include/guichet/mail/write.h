// SPDX-License-Identifier: GPL-3.0-or-later
/* A message as it goes over the wire: headers and one text in French, RFC 5322, quoted-printable, format=flowed (RFC
 * 3676). Pure: who writes what to whom is the outbox's. What is signed for the domain (DKIM) is the relay's.
 */
#ifndef GUICHET_MAIL_WRITE_H
#define GUICHET_MAIL_WRITE_H

#include <stdint.h>

#include "guichet/base/text.h"

/* RFC 3834: what machines must not answer. A citizen's own answer is neither. */
enum mail_auto { MAIL_BY_HAND, MAIL_AUTO_REPLIED /* a receipt */, MAIL_AUTO_GENERATED /* an alert */ };

struct mail_out {
	const char *from, *from_name;      /* address; name, "" none */
	const char *to;
	const char *subject;
	const char *text;                  /* UTF-8; a line of the text is a paragraph */
	const char *message_id;            /* without <> */
	const char *in_reply_to, *references;   /* ids without <>, apart by blanks; "" or NULL none */
	enum mail_auto automatic;
	int64_t date_ms;
};
/* Nothing in the values can become another header: what controls is a blank. Lines end in CRLF. */
void mail_write(const struct mail_out *m, struct text *out);

#endif
