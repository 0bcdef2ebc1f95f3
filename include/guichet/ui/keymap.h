// SPDX-License-Identifier: GPL-3.0-or-later
/* Which keys do what: the table of actions as it ships, changed by a configuration. What would leave an action out of reach, or a key with two meanings on one
 * screen, is refused, and the keys that ship stay.
 */
#ifndef GUICHET_UI_KEYMAP_H
#define GUICHET_UI_KEYMAP_H

#include "guichet/ui/view.h"

enum { ACTION_KEYS_MAX = 4 };

struct keymap { struct key keys[ACTION_COUNT][ACTION_KEYS_MAX]; uint8_t count[ACTION_COUNT]; bool rebound[ACTION_COUNT]; };

/* A line of a configuration: `take = p F6`. `action` is a French or English name. Borrowed. */
struct binding { const char *action, *keys; };

void keymap_init(struct keymap *m);
/* Takes the bindings over the keys that ship; the last of several for one action counts. `refuse` is called for each one that is not taken, with its place in
 * the array and the reason, which says what was expected. */
void keymap_bind(struct keymap *m, const struct binding *bindings, size_t count, void (*refuse)(void *context, size_t which, const char *why), void *context);

/* The n-th key of an action, the first being the one to show. */
bool keymap_key(const struct keymap *m, enum action a, size_t n, struct key *out);
bool keymap_has(const struct keymap *m, enum action a, const struct key *k);
enum action keymap_action(const struct keymap *m, enum view_kind where, const struct key *k);   /* ACTION_NONE */
/* "F8 Ctrl-V", in the language of messages. */
void keymap_describe(const struct keymap *m, enum action a, struct text *out);
/* The same of keys as a table writes them ("F8 C-v"). */
void keymap_describe_list(const char *keys, struct text *out);

#endif
