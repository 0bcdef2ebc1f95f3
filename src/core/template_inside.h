// SPDX-License-Identifier: GPL-3.0-or-later
/* What reading, checking and filling a template share. Nothing outside src/core/template*.c includes this. */
#ifndef GUICHET_CORE_TEMPLATE_INSIDE_H
#define GUICHET_CORE_TEMPLATE_INSIDE_H

#include "guichet/core/template.h"

enum template_scope { LETTER, REQUEST };
enum template_form { LINE, LINES, FLAG };
struct template_field_info { const char *name, *what; enum template_scope scope; enum template_form form; unsigned uses, may_miss; };
const struct template_field_info *template_field_info(enum template_field f);
bool template_field_parse(const char *name, size_t bytes, enum template_field *out);

enum piece_kind { PIECE_END, PIECE_TEXT, PIECE_FIELD, PIECE_IF, PIECE_ELSE, PIECE_EACH, PIECE_CLOSE, PIECE_INCLUDE, PIECE_WRONG };
struct piece {
	enum piece_kind kind;
	const char *text;          /* PIECE_TEXT: what is printed; otherwise what stands between the braces */
	size_t bytes;
	enum template_field field; /* PIECE_FIELD, PIECE_IF */
	bool not;                  /* PIECE_IF */
	const char *message;       /* PIECE_WRONG, in the language of messages */
	int line;
};
struct piece_reader { const char *start, *at; int line; bool line_begins; };
/* Behind the header. */
void piece_reader_start(struct piece_reader *r, const char *template_text);
void piece_next(struct piece_reader *r, struct piece *out);

enum { TEMPLATE_DEPTH = 16, TEMPLATE_CODE_BYTES = 65 };
/* The part that an {inclure} names; NULL: there is none. */
const struct message_template *template_part(const struct catalogue *c, const struct piece *include);

#endif
