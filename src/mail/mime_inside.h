// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files that read a mail share. Bytes come in as a stranger sent them; each function says what it guarantees of what goes out. */
#ifndef GUICHET_MAIL_MIME_INSIDE_H
#define GUICHET_MAIL_MIME_INSIDE_H

#include "guichet/base/text.h"
#include "guichet/mail/mime.h"

enum {
	MIME_TEXT_BYTES = 512 * 1024,   /* of one text part, and of all together, that is looked at */
	MIME_HTML_BYTES = 2 * 1024 * 1024,
};

struct mail_inside {
	void *message;                  /* GMimeMessage */
	void *bytes;                    /* what GMime reads: not its own GByteArray */
	char *owned;                    /* a mended copy of the bytes; NULL: the caller's are read */
	void *decoded;                  /* the stream of the part asked for last */
	char charset[64];               /* of the first text; "" not said */
	struct text plain;              /* the texts, one after the other */
	bool some_html, some_plain;
	size_t leaves;                  /* parts seen, kept or not */
	size_t part_capacity;
};

/* --- mime_guard.c: what GMime is not shown --- */
struct mime_guard { size_t skip; size_t headers_end; bool harmful, mend; };
/* Looks at the whole mail once: where it starts (after an mbox "From " line and blank lines), where its headers end, whether it is built to exhaust a parser,
 * and whether it must be mended first (a NUL among the headers; lines that end by CR alone). */
void mime_guard(const char *data, size_t bytes, struct mime_guard *out);
/* A copy from `skip` on, with that mended. The caller frees it. */
char *mime_mend(const char *data, size_t bytes, const struct mime_guard *g);

/* --- mime_charset.c --- */
/* Adds the text in UTF-8, valid, with no NUL: from the charset named ("" or NULL: not said), or, where it is unknown or does not fit, from UTF-8 or
 * Windows-1252, whichever it is. What can't be read is U+FFFD. */
void mime_to_utf8(struct text *out, const char *s, size_t bytes, const char *charset);
/* As `mime_to_utf8` without a charset, then NFC, marks for what acts on a terminal, outer blanks trimmed; one line unless `multiline`; cut to `max` bytes at a
 * whole character. The caller frees it. */
char *mime_clean(const char *s, size_t bytes, size_t max, bool multiline);
/* How many bytes of `s`, at most `bytes`, end at a whole character. */
size_t mime_whole(const char *s, size_t bytes);

/* --- mime_words.c --- */
/* Takes a header's value and gives it back, its encoded words such that GMime reads them whole. The caller frees it. */
char *mime_words(char *raw);

/* --- mime_text.c --- */
/* RFC 3676: lines that were broken to fit are one again. `s` is UTF-8. */
void mime_unflow(struct text *out, const char *s, bool delete_space);
/* No blanks at the ends of lines, two line ends at most in a row. In place. */
void mime_tidy(struct text *t);

/* --- mime_html.c --- */
/* What a reader of the page would see, as plain text: no script, no image from outside; addresses of links behind their words, quotations behind "> ". */
void mime_html(struct text *out, const char *html, size_t bytes);
/* The charset that the page says it is in; false: it does not. */
bool mime_html_charset(const char *html, size_t bytes, char *charset, size_t room);

/* --- mime_fold.c --- */
/* Tells what is new in `text` (cleaned) from what was quoted and from the signature; each is in its order. Where nothing would be left, all is new. The caller
 * frees both. */
void mime_fold(const char *text, char **fresh, char **folded);

/* --- mime_parts.c --- */
/* Walks through the parts: texts to m->inside->plain, the others to m->parts. */
void mime_walk(struct mail *m);
/* Before: in which charset its first text says to be. */
void mime_find_charset(struct mail *m);

/* --- mime_headers.c --- */
void mime_headers(struct mail *m);

#endif
