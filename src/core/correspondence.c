// SPDX-License-Identifier: GPL-3.0-or-later
/* What goes out about a request: the codes, what an operation owes, the tokens by which answers come back. Must not know how anything is sent. */
#include "guichet/core/correspondence.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/reference.h"
#include "request_inside.h"

/* --- codes --- */

static const struct { const char *code, *label; } purposes[PURPOSE_COUNT] = {
	[PURPOSE_ACKNOWLEDGE] = { "acknowledge", N_("accusé de réception") },
	[PURPOSE_ANSWER] = { "answer", N_("réponse") },
	[PURPOSE_INFORM] = { "inform", N_("réponse d'attente") },
	[PURPOSE_NOTICE] = { "notice", N_("avis de réorientation") },
	[PURPOSE_FORWARD] = { "forward", N_("transmission au service") },
	[PURPOSE_REMIND] = { "remind", N_("relance du service") },
	[PURPOSE_ESCALATE] = { "escalate", N_("alerte de délai") },
	[PURPOSE_DANGER] = { "danger", N_("alerte de danger") },
};
static const struct { const char *code, *label; } states[DELIVERY_STATE_COUNT] = {
	[DELIVERY_SENT] = { "sent", N_("envoyée") },
	[DELIVERY_REFUSED] = { "refused", N_("refusée") },
	[DELIVERY_BOUNCED] = { "bounced", N_("non distribuée") },
	[DELIVERY_PRINTED] = { "printed", N_("imprimée") },
	[DELIVERY_TOLD] = { "told", N_("dite") },
};

const char *purpose_code(enum purpose p) { return purposes[p].code; }
const char *purpose_label(enum purpose p) { return _(purposes[p].label); }
const char *purpose_french(enum purpose p) { return purposes[p].label; }
const char *delivery_state_code(enum delivery_state s) { return states[s].code; }
const char *delivery_state_label(enum delivery_state s) { return _(states[s].label); }

bool purpose_parse(const char *code, enum purpose *out)
{
	for (int i = 0; code && i < PURPOSE_COUNT; i++)
		if (strcmp(code, purposes[i].code) == 0) {
			*out = (enum purpose)i;
			return true;
		}
	return false;
}

bool delivery_state_parse(const char *code, enum delivery_state *out)
{
	for (int i = 0; code && i < DELIVERY_STATE_COUNT; i++)
		if (strcmp(code, states[i].code) == 0) {
			*out = (enum delivery_state)i;
			return true;
		}
	return false;
}

bool purpose_is_to_citizen(enum purpose p)
{
	return p <= PURPOSE_NOTICE;
}

const char *purpose_address(enum purpose p, const struct service *s)
{
	bool to_head = p == PURPOSE_ESCALATE || p == PURPOSE_DANGER || (p == PURPOSE_REMIND && s->uses_guichet && s->head_email);
	return to_head ? s->head_email : s->email;
}

bool delivery_state_failed(enum delivery_state s)
{
	return s == DELIVERY_REFUSED || s == DELIVERY_BOUNCED;
}

/* --- what is owed --- */

void op_owe(struct op *op, enum purpose p, enum channel c)
{
	struct text words = TEXT_INIT;

	text_addf(&words, "%s%s%s:%s", op_text(op, "send", ""), *op_text(op, "send", "") ? " " : "", purpose_code(p), channel_code(c));
	op_fact_text(op, "send", text_str(&words));
	text_done(&words);
}

bool op_owes(const struct op *op, enum purpose p, enum channel *by)
{
	const char *words = op_text(op, "send", ""), *code = purpose_code(p);
	size_t length = strlen(code);

	for (; *words; words += strspn(words, " ")) {
		size_t word = strcspn(words, " ");
		for (int c = 0; strncmp(words, code, length) == 0 && words[length] == ':' && c < CHANNEL_COUNT; c++) {
			const char *channel = channel_code((enum channel)c);
			if (strlen(channel) == word - length - 1 && strncmp(words + length + 1, channel, word - length - 1) == 0) {
				*by = (enum channel)c;
				return true;
			}
		}
		words += word;
	}
	return false;
}

bool op_is_held(const struct op *op, int64_t now_ms)
{
	for (int p = 0; p < PURPOSE_COUNT; p++) {
		enum channel by;
		if (purpose_is_to_citizen((enum purpose)p) && op_owes(op, (enum purpose)p, &by) &&
			(by != CHANNEL_EMAIL || now_ms - op->wall_ms < HOLD_MS))
			return true;
	}
	return false;
}

/* --- tokens --- */

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void reply_token_make(const uint8_t random[REPLY_TOKEN_LETTERS], char out[REPLY_TOKEN_TEXT])
{
	for (int i = 0; i < REPLY_TOKEN_LETTERS; i++)
		out[i] = letters[random[i] & 31];
	out[REPLY_TOKEN_LETTERS] = '\0';
}

/* A letter of a token, upper case; 0 when it is none. */
static char token_letter(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	return c && strchr(letters, c) ? c : '\0';
}

bool reply_token_is(const char *s)
{
	size_t n = 0;

	while (s[n] && token_letter(s[n]) == s[n])
		n++;
	return n == REPLY_TOKEN_LETTERS && !s[n];
}

enum { REFERENCE_DIGITS = 10 };

/* REFERENCE, a dot or a dash, TOKEN, and no letter or digit after it. */
static size_t token_at(const char *s, int64_t *reference, char out[REPLY_TOKEN_TEXT])
{
	char digits[REFERENCE_DIGITS + 1] = "";
	const char *t = s + REFERENCE_DIGITS + 1;

	if (strspn(s, "0123456789") != REFERENCE_DIGITS || (s[REFERENCE_DIGITS] != '.' && s[REFERENCE_DIGITS] != '-'))
		return 0;
	for (int i = 0; i < REPLY_TOKEN_LETTERS; i++)
		if (!(out[i] = token_letter(t[i])))
			return 0;
	if (token_letter(t[REPLY_TOKEN_LETTERS]))
		return 0;
	out[REPLY_TOKEN_LETTERS] = '\0';
	memcpy(digits, s, REFERENCE_DIGITS);
	return reference_parse(digits, reference, NULL) == GUICHET_OK ? REFERENCE_DIGITS + 1 + REPLY_TOKEN_LETTERS : 0;
}

size_t reply_token_find(const char *text, int64_t *reference, char out[REPLY_TOKEN_TEXT])
{
	const char *s = text;

	while (*s) {
		size_t digits = strspn(s, "0123456789"), passed = token_at(s, reference, out);
		if (passed)
			return (size_t)(s - text) + passed;
		s += digits ? digits : 1;
	}
	*reference = 0;
	out[0] = '\0';
	return 0;
}
