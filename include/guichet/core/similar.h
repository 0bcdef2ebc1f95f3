// SPDX-License-Identifier: GPL-3.0-or-later
/* French street addresses made comparable, and distances: what "the same place" means for similar requests and for
 * search. */
#ifndef GUICHET_CORE_SIMILAR_H
#define GUICHET_CORE_SIMILAR_H

#include <stdbool.h>

#include "guichet/base/text.h"

enum { ADDRESS_NUMBER_MAX = 16 };

/* Adds the whole address, folded (utf8_fold_words) and with its abbreviations written out: "12, Bd. St-Michel" -> "12
 * boulevard saint michel". What search indexes. */
void address_fold(struct text *out, const char *address);

/* Adds the street alone, for comparison: no number, bis or ter, postcode, commune or building, and none of the little
 * words (de, du, la...) that people leave out: "88 Boulevard des Batignolles, 75017 PARIS" -> "boulevard batignolles".
 * Adds nothing when there is no street. */
void address_street(struct text *out, const char *address);

/* Where the street begins in an address as written, behind its number: 7 in "12 bis rue des Lilas". */
size_t address_street_at(const char *address);
/* Adds the street as written: "12 bis, rue des Lilas, 35000 Aigues" -> "rue des Lilas". */
void address_street_shown(struct text *out, const char *address);

/* The house number in one writing: "22 bis", "22bis" -> "22bis"; "12-14 rue" -> "12"; "22Z" -> "22z". False, and "" in
 * out, when there is none. */
bool address_number(const char *address, char out[ADDRESS_NUMBER_MAX]);

/* What an abbreviation stands for, both folded: "bd" -> "boulevard", "fg" -> "faubourg"; NULL when it is none, or when
 * the word alone is commonly another ("mal", "lot", "res": these are expanded inside addresses only). Constant. */
const char *address_expand_word(const char *folded_word);

/* Great-circle distance in metres (WGS 84's mean radius); degrees. Not a number when an argument is not one or no
 * latitude. */
double distance_metres(double latitude_1, double longitude_1, double latitude_2, double longitude_2);

#endif
