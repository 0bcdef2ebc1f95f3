// SPDX-License-Identifier: GPL-3.0-or-later
/* Private to privacy: how a text is cut into folded words, and the trie of expressions that the word list gives.
 * The list and the text go through the same cutter, so that they can't disagree about what a word is. */
#ifndef GUICHET_SRC_CORE_PRIVACY_WORDS_H
#define GUICHET_SRC_CORE_PRIVACY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/core/privacy.h"

enum {
	PRIVACY_EXPRESSION_MAX = 8, /* words */
	PRIVACY_WORD_MAX = 48,      /* bytes, folded: no word of the list is longer, so a longer one matches nothing */
};

/* What stands between a word and the one before it. */
enum privacy_gap { GAP_JOINED, GAP_DOT, GAP_BREAK };

struct privacy_token {
	size_t from, to; /* bytes of the text */
	uint32_t word;   /* 0: not in the list's vocabulary */
	enum privacy_gap gap;
	bool capital; /* begins with a capital */
	bool proper;  /* a capital, then a lower-case letter: the writing of a name */
};

struct privacy_cutter {
	const struct privacy_words *words;
	const char *text;
	size_t bytes, at;
	enum privacy_gap gap;              /* seen since the last word that was given out */
	char folded[PRIVACY_WORD_MAX + 1]; /* the word given out last; empty when too long */
	uint32_t hash;                     /* of `folded` */
};

/* The trie: a node is an expression or the beginning of one. */
enum privacy_role { ROLE_ALARM = 1, ROLE_EXCEPT = 2, ROLE_PLACE = 4, ROLE_NAME = 8, ROLE_LINK = 16 };
struct privacy_node {
	uint8_t roles;
	uint8_t kind; /* enum privacy_kind, when ROLE_ALARM */
	int line;
	char *exact; /* the alarm holds for this writing alone, accents included; or NULL */
};

/* Cuts off the next word; false at the end. Elided articles are left out, as utf8_fold_words does. */
bool privacy_cut(struct privacy_cutter *cutter, struct privacy_token *out);

/* The node that `word` leads to from `node` (0: the root), or 0. */
uint32_t privacy_step(const struct privacy_words *words, uint32_t node, uint32_t word);
const struct privacy_node *privacy_node_at(const struct privacy_words *words, uint32_t node);
/* Is a match of this node's expression, `bytes` bytes of text, written as the list wants it? Capitals don't matter. */
bool privacy_is_exact(const struct privacy_node *node, const char *text, size_t bytes);

#endif
