// SPDX-License-Identifier: GPL-3.0-or-later
/* Cutting a text into folded words, and the trie of the word list's expressions. Must not know what an alarm is nor
 * when it is raised (privacy.c), nor where the list came from. */
#include "privacy_words.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

#include "digits.h"
#include "privacy_trie.h"

/* --- Letters --- */

static bool is_ascii_letter_or_digit(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Beyond ASCII all is part of a word but what is known to stand between words: a rare letter misread costs a match, a
 * sign misread would too, and neither costs more. */
static bool is_word_part(uint32_t c)
{
	if (c < 0xC0)
		return c == 0xAA || c == 0xB5 || c == 0xBA;
	if (c == 0xD7 || c == 0xF7 || c == 0x2BC)
		return false;
	return !((c >= 0x2000 && c <= 0x206F) || (c >= 0x20A0 && c <= 0x20CF) || (c >= 0x2190 && c <= 0x2BFF) ||
		(c >= 0x2E00 && c <= 0x2E7F) || (c >= 0x3000 && c <= 0x303F) || (c >= 0xFE00 && c <= 0xFE0F) ||
		(c >= 0xFE10 && c <= 0xFE6F) || c == 0xFEFF || c == 0xFFFD || (c >= 0x1F000 && c <= 0x1FAFF) || c >= 0xE0000);
}

static bool is_capital(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || c == 0x152;
}

static bool is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0x2BC || c == '`' || c == 0xB4;
}

/* Letters whose folding is not one code point's own affair, or too rare for the table: utf8_fold does the whole word. */
static bool needs_full_fold(uint32_t c)
{
	return (c >= PRIVACY_FOLD_TABLE && c < 0x370) || (c >= 0x1E00 && c < 0x1F00) || (c >= 0xFB00 && c <= 0xFB06) ||
		(c >= 0xFF00 && c <= 0xFF5E);
}

static enum privacy_gap gap_of(uint32_t c)
{
	if (digits_is_space(c) || digits_is_dash(c) || is_apostrophe(c) || c == 0xAD)
		return GAP_JOINED;
	return c == '.' ? GAP_DOT : GAP_BREAK;
}

/* --- The cutter --- */

/* The next code point; a wrong byte is taken as one that is no part of a word. */
static size_t next_code_point(const struct privacy_cutter *cutter, uint32_t *c)
{
	unsigned char byte = (unsigned char)cutter->text[cutter->at];
	size_t length;

	*c = byte;
	if (byte < 0x80)
		return 1;
	length = utf8_decode(cutter->text + cutter->at, cutter->bytes - cutter->at, c);
	if (length > 0)
		return length;
	*c = 0xFFFD;
	return 1;
}

static bool skip_to_word(struct privacy_cutter *cutter)
{
	while (cutter->at < cutter->bytes) {
		enum privacy_gap gap;
		uint32_t c;
		size_t length;

		if (is_ascii_letter_or_digit((unsigned char)cutter->text[cutter->at]))
			return true;
		length = next_code_point(cutter, &c);
		if (c >= 0x80 && is_word_part(c))
			return true;
		gap = gap_of(c);
		if (gap > cutter->gap)
			cutter->gap = gap;
		cutter->at += length;
	}
	return false;
}

static size_t add_folded(struct privacy_cutter *cutter, size_t length, const char *piece, size_t bytes)
{
	if (length + bytes <= PRIVACY_WORD_MAX)
		memcpy(cutter->folded + length, piece, bytes);
	return length + bytes;
}

static size_t fold_whole(struct privacy_cutter *cutter, const struct privacy_token *token)
{
	struct text folded = TEXT_INIT;
	char *word;
	size_t length;

	if (token->to - token->from > PRIVACY_WORD_MAX * 4)
		return PRIVACY_WORD_MAX + 1;
	word = guichet_strndup(cutter->text + token->from, token->to - token->from);
	utf8_fold(&folded, word);
	length = folded.len;
	add_folded(cutter, 0, text_str(&folded), length);
	text_done(&folded);
	free(word);
	return length;
}

/* Reads the word that begins at cutter->at; its folded form goes to cutter->folded. */
static void read_word(struct privacy_cutter *cutter, struct privacy_token *token)
{
	const struct privacy_words *words = cutter->words;
	size_t length = 0, characters = 0;
	bool full = false;
	uint32_t c;

	*token = (struct privacy_token){.from = cutter->at};
	while (cutter->at < cutter->bytes) {
		size_t step = next_code_point(cutter, &c);

		if (c < 0x80 ? !is_ascii_letter_or_digit((unsigned char)c) : !is_word_part(c))
			break;
		if (characters == 0)
			token->capital = is_capital(c);
		else if (characters == 1)
			token->proper = token->capital && !is_capital(c) && !(c >= '0' && c <= '9');
		characters++;
		if (c < 0x80) {
			char lower = c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c;

			length = add_folded(cutter, length, &lower, 1);
		} else if (words != NULL && c < PRIVACY_FOLD_TABLE) {
			length = add_folded(cutter, length, words->fold[c], strnlen(words->fold[c], sizeof words->fold[c]));
		} else {
			full = full || needs_full_fold(c);
			length = add_folded(cutter, length, cutter->text + cutter->at, step);
		}
		cutter->at += step;
	}
	token->to = cutter->at;
	if (full)
		length = fold_whole(cutter, token);
	cutter->folded[length <= PRIVACY_WORD_MAX ? length : 0] = '\0';
}

static bool is_elided(const struct privacy_cutter *cutter)
{
	static const char *const articles[] = {"qu", "jusqu", "lorsqu", "puisqu", "quoiqu"};
	const char *word = cutter->folded;
	uint32_t c;

	if (cutter->at >= cutter->bytes)
		return false;
	next_code_point(cutter, &c);
	if (!is_apostrophe(c))
		return false;
	if (word[0] != '\0' && word[1] == '\0')
		return strchr("ldjmtsnc", word[0]) != NULL;
	for (size_t i = 0; i < sizeof articles / sizeof *articles; i++)
		if (strcmp(word, articles[i]) == 0)
			return true;
	return false;
}

bool privacy_cut(struct privacy_cutter *cutter, struct privacy_token *out)
{
	do {
		if (!skip_to_word(cutter))
			return false;
		read_word(cutter, out);
	} while (is_elided(cutter));
	out->gap = cutter->gap;
	cutter->gap = GAP_JOINED;
	if (cutter->words != NULL && cutter->folded[0] != '\0')
		out->word = privacy_word_find(cutter->words, cutter->folded);
	return true;
}

/* --- Vocabulary --- */

static uint32_t hash_word(const char *word)
{
	uint32_t hash = 2166136261u;

	for (; *word != '\0'; word++)
		hash = (hash ^ (unsigned char)*word) * 16777619u;
	return hash;
}

uint32_t privacy_word_find(const struct privacy_words *words, const char *folded)
{
	uint32_t hash = hash_word(folded);

	if (words->slot_count == 0)
		return 0;
	for (size_t i = hash & (words->slot_count - 1); words->slots[i].id != 0; i = (i + 1) & (words->slot_count - 1))
		if (words->slots[i].hash == hash && strcmp(words->vocabulary[words->slots[i].id], folded) == 0)
			return words->slots[i].id;
	return 0;
}

static void place_word(struct privacy_words *words, uint32_t hash, uint32_t id)
{
	size_t i = hash & (words->slot_count - 1);

	while (words->slots[i].id != 0)
		i = (i + 1) & (words->slot_count - 1);
	words->slots[i] = (struct word_slot){.hash = hash, .id = id};
}

uint32_t privacy_word_add(struct privacy_words *words, const char *folded)
{
	uint32_t id = privacy_word_find(words, folded);

	if (id != 0)
		return id;
	if (words->word_count == 0)
		words->word_count = 1; /* 0 means "no such word" */
	GUICHET_GROW(words->vocabulary, words->word_count, words->word_capacity);
	id = (uint32_t)words->word_count++;
	words->vocabulary[id] = guichet_strdup(folded);
	if (words->word_count * 4 > words->slot_count) {
		free(words->slots);
		words->slot_count = words->slot_count == 0 ? 1024 : words->slot_count * 2;
		words->slots = guichet_alloc(words->slot_count * sizeof *words->slots);
		for (uint32_t i = 1; i < id; i++)
			place_word(words, hash_word(words->vocabulary[i]), i);
	}
	place_word(words, hash_word(folded), id);
	return id;
}

/* --- Trie --- */

static size_t edge_start(const struct privacy_words *words, uint64_t key)
{
	return (size_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (words->edge_capacity - 1);
}

static uint64_t edge_key(uint32_t node, uint32_t word)
{
	return (uint64_t)node << 32 | word;
}

uint32_t privacy_step(const struct privacy_words *words, uint32_t node, uint32_t word)
{
	uint64_t key = edge_key(node, word);

	if (word == 0 || words->edge_capacity == 0)
		return 0;
	for (size_t i = edge_start(words, key); words->edges[i].child != 0; i = (i + 1) & (words->edge_capacity - 1))
		if (words->edges[i].key == key)
			return words->edges[i].child;
	return 0;
}

static void place_edge(struct privacy_words *words, uint64_t key, uint32_t child)
{
	size_t i = edge_start(words, key);

	while (words->edges[i].child != 0)
		i = (i + 1) & (words->edge_capacity - 1);
	words->edges[i] = (struct trie_edge){.key = key, .child = child};
}

static void grow_edges(struct privacy_words *words)
{
	struct trie_edge *old = words->edges;
	size_t old_capacity = words->edge_capacity;

	words->edge_capacity = old_capacity == 0 ? 1024 : old_capacity * 2;
	words->edges = guichet_alloc(words->edge_capacity * sizeof *words->edges);
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].child != 0)
			place_edge(words, old[i].key, old[i].child);
	free(old);
}

uint32_t privacy_step_add(struct privacy_words *words, uint32_t node, uint32_t word)
{
	uint32_t child = privacy_step(words, node, word);

	if (child != 0)
		return child;
	if (words->node_count == 0) {
		GUICHET_GROW(words->nodes, 0, words->node_capacity);
		words->nodes[words->node_count++] = (struct privacy_node){0}; /* the root */
	}
	GUICHET_GROW(words->nodes, words->node_count, words->node_capacity);
	child = (uint32_t)words->node_count++;
	words->nodes[child] = (struct privacy_node){0};
	if (words->node_count * 2 > words->edge_capacity)
		grow_edges(words);
	place_edge(words, edge_key(node, word), child);
	return child;
}

const struct privacy_node *privacy_node_at(const struct privacy_words *words, uint32_t node)
{
	return &words->nodes[node];
}

static uint32_t lower_case(uint32_t c)
{
	if (c == 0x2019)
		return '\'';
	return c == 0x152 ? 0x153 : is_capital(c) ? c + 32 : c;
}

bool privacy_is_exact(const struct privacy_node *node, const char *text, size_t bytes)
{
	const char *exact = node->exact;
	size_t left;

	if (exact == NULL)
		return true;
	for (left = strlen(exact); left > 0 && bytes > 0;) {
		uint32_t a, b;
		size_t from_list = utf8_decode(exact, left, &a), from_text = utf8_decode(text, bytes, &b);

		if (from_list == 0 || from_text == 0 || lower_case(a) != lower_case(b))
			return false;
		exact += from_list;
		left -= from_list;
		text += from_text;
		bytes -= from_text;
	}
	return left == 0 && bytes == 0;
}

void privacy_words_free(struct privacy_words **w)
{
	if (w == NULL || *w == NULL)
		return;
	for (size_t i = 1; i < (*w)->word_count; i++)
		free((*w)->vocabulary[i]);
	for (size_t i = 0; i < (*w)->node_count; i++)
		free((*w)->nodes[i].exact);
	free((*w)->vocabulary);
	free((*w)->slots);
	free((*w)->nodes);
	free((*w)->edges);
	free(*w);
	*w = NULL;
}
