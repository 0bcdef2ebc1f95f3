// SPDX-License-Identifier: GPL-3.0-or-later
/* Private to privacy_words.c and privacy_load.c: the inside of a loaded word list, and how it is built. */
#ifndef GUICHET_SRC_CORE_PRIVACY_TRIE_H
#define GUICHET_SRC_CORE_PRIVACY_TRIE_H

#include "privacy_words.h"

enum { PRIVACY_FOLD_TABLE = 0x180 }; /* Latin-1 and Latin Extended-A: nearly all that French texts hold */

struct word_slot {
	uint32_t hash, id;
};
struct trie_edge {
	uint64_t key;
	uint32_t child;
};

struct privacy_words {
	char fold[PRIVACY_FOLD_TABLE][4]; /* a code point's folded form, not terminated when it fills the cell */
	char **vocabulary;                /* folded, by word id; 0 is no word */
	size_t word_count, word_capacity;
	struct word_slot *slots; /* open addressing; the count is a power of two */
	size_t slot_count;
	struct privacy_node *nodes; /* 0 is the root */
	size_t node_count, node_capacity;
	struct trie_edge *edges; /* open addressing; the capacity is a power of two */
	size_t edge_capacity;
};

uint32_t privacy_word_find(const struct privacy_words *words, const char *folded); /* 0: unknown */
uint32_t privacy_word_add(struct privacy_words *words, const char *folded);
uint32_t privacy_step_add(struct privacy_words *words, uint32_t node, uint32_t word);

#endif
