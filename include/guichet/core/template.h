// SPDX-License-Identifier: GPL-3.0-or-later
/* Templates: the texts that go out, with fields ({reference}) and what is said only when there is something to say.
 *
 * A template is plain text. Lines at its top that begin with # are its header (where it comes from, who has the last word) and are left out.
 *   {champ}                          a field of template_fields.def
 *   {si champ} ... {sinon} ... {fin} only when the field has a value; {si non champ}: only when it has none
 *   {chaque demande} ... {fin}       once for each request that the message is about
 *   {inclure code}                   the text of a template of purpose `part`
 *   {{ and }}                        braces
 *   [à compléter : quoi]             of a text for an agent to begin with: nothing is told while one is left
 * A {si}, {sinon}, {chaque} or {fin} alone on its line takes the line with it. template_check reports what could go wrong when it is filled: a field that may be
 * empty must stand inside a {si} that asks for it, so that nothing ever prints as a hole. */
#ifndef GUICHET_CORE_TEMPLATE_H
#define GUICHET_CORE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/core/catalogue.h"

enum template_field {
#define TEMPLATE_FIELD(id, name, scope, form, uses, may_miss, what) TEMPLATE_FIELD_##id,
#include "guichet/core/template_fields.def"
#undef TEMPLATE_FIELD
	TEMPLATE_FIELD_COUNT
};
const char *template_field_name(enum template_field f);
const char *template_field_what(enum template_field f);            /* in the language of messages */
bool template_field_is_for(enum template_field f, enum template_use use);

const char *template_use_code(enum template_use use);              /* acknowledge receipt answer... */

/* What is put in: texts in French, borrowed; NULL or "": none. A flag is any text. `requests`: those of {chaque demande}, whose REQUEST fields alone count;
 * none: the message is about one, and its fields are here. */
struct template_values { const char *fields[TEMPLATE_FIELD_COUNT]; const struct template_values *requests; size_t request_count; };

/* Calls `complain` for each mistake (line of `text`, in the language of messages); returns how many. Parts are looked up in `c`. */
size_t template_check(const struct catalogue *c, const char *text, enum template_use use,
	void (*complain)(void *context, int line, const char *message), void *context);

/* Adds the text with its fields filled, blank lines never more than one, in French typography (core/typography.h). GUICHET_CONFIG when the template is wrong,
 * GUICHET_DATA when a field that it counts upon is empty: `out` is then as it was. */
enum guichet_rc template_fill(const struct catalogue *c, const char *text, const struct template_values *v, struct text *out, struct guichet_err *err);

/* The template for this use: of this category before its group's, of a group before a general one; then of this channel before one for any. NULL: none. */
const struct message_template *template_choose(const struct catalogue *c, enum template_use use, enum template_channel channel,
	const struct category *category);
bool template_tells_each(const char *text);                        /* it has a {chaque demande}: it can speak of several */
/* The texts that an agent may begin with on a request of this category (NULL: none known), the nearest first. Returns how many, at most `max`. */
size_t template_words(const struct catalogue *c, const struct category *category, const struct message_template **out, size_t max);
/* What an agent was to complete, and left: points into `text`, its length in *bytes. NULL: nothing. */
const char *template_blank(const char *text, size_t *bytes);
const struct message_template *catalogue_template(const struct catalogue *c, const char *code);   /* by its code alone; NULL */

#endif
