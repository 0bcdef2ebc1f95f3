// SPDX-License-Identifier: GPL-3.0-or-later
/* Which keys do what. Must not know where a configuration is kept. */
#include "guichet/ui/keymap.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

/* The next word of a list of keys; false at its end. A word too long to be a key is given cut, and names none. */
static bool next_word(const char **list, char *word, size_t room)
{
	*list += strspn(*list, " \t");
	size_t length = strcspn(*list, " \t");
	if (!length)
		return false;
	size_t kept = length < room ? length : room - 1;
	memcpy(word, *list, kept);
	word[kept] = '\0';
	*list += length;
	return true;
}

static void ship(struct keymap *m, enum action a)
{
	const char *keys = action_info(a)->keys;
	char word[32];
	m->count[a] = 0;
	m->rebound[a] = false;
	while (m->count[a] < ACTION_KEYS_MAX && next_word(&keys, word, sizeof word))
		if (key_parse(word, &m->keys[a][m->count[a]]))
			m->count[a]++;
}

void keymap_init(struct keymap *m)
{
	memset(m, 0, sizeof *m);
	for (int a = 0; a < ACTION_COUNT; a++)
		ship(m, (enum action)a);
}

/* --- bindings --- */

static bool is_shipped(enum action a, const struct key *k)
{
	struct keymap m;
	ship(&m, a);
	return keymap_has(&m, a, k);
}

/* Keys by which one moves, edits, confirms and leaves, wherever that is. */
static bool is_fixed(const struct key *k)
{
	struct key fixed;
	char word[32];
	if (k->code == KEYCODE_CHAR)
		return k->ch >= '0' && k->ch <= '9';
	for (size_t i = 0; i < fixed_keys_count; i++)
		for (const char *keys = fixed_keys[i].keys; next_word(&keys, word, sizeof word);)
			if (key_parse(word, &fixed) && key_equal(&fixed, k))
				return true;
	return k->code <= KEYCODE_PAGE_DOWN || (k->code == KEYCODE_F12 && !k->shift && !k->ctrl);
}

static bool parse_key(const char *word, enum action a, struct key *out, struct text *why)
{
	if (!key_parse(word, out)) {
		text_addf(why, _("« %s » n'est pas une touche : attendu par exemple F6, Ctrl-F, Espace ou p"), word);
		return false;
	}
	if (is_fixed(out) && !is_shipped(a, out)) {
		text_addf(why, _("« %s » sert à se déplacer, à écrire ou à quitter, et ne change pas"), word);
		return false;
	}
	return true;
}

/* What an action can't do without. */
static bool keeps_what_it_needs(const struct keymap *m, enum action a, struct text *why)
{
	struct keymap shipped;
	const unsigned everywhere = (1u << VIEW_KIND_COUNT) - 1, where = action_info(a)->where;
	bool reached = false, form = (where & 1u << VIEW_CALL) && where != everywhere;
	ship(&shipped, a);
	for (size_t n = 0; n < shipped.count[a]; n++)
		if (is_fixed(&shipped.keys[a][n]) && !keymap_has(m, a, &shipped.keys[a][n])) {
			text_add(why, _("il manque "));
			key_describe(why, &shipped.keys[a][n]);
			text_add(why, _(", qui lui reste toujours"));
			return false;
		}
	for (size_t n = 0; n < m->count[a]; n++)
		reached = reached || m->keys[a][n].code != KEYCODE_CHAR;
	/* What a form needs and no letter was ever meant for. */
	for (size_t n = 0; n < shipped.count[a]; n++)
		form = form && shipped.keys[a][n].code != KEYCODE_CHAR;
	if (reached || (!form && a != ACTION_LETTER))
		return true;
	text_add(why, _("une lettre seule est du texte dans un formulaire : ajoutez une touche de fonction ou Ctrl et une lettre"));
	return false;
}

static bool parse_keys(const char *keys, enum action a, struct keymap *m, struct text *why)
{
	char word[32];
	m->count[a] = 0;
	while (next_word(&keys, word, sizeof word)) {
		struct key k;
		if (m->count[a] == ACTION_KEYS_MAX) {
			text_addf(why, _("plus de %d touches"), ACTION_KEYS_MAX);
			return false;
		}
		if (!parse_key(word, a, &k, why))
			return false;
		if (!keymap_has(m, a, &k))
			m->keys[a][m->count[a]++] = k;
	}
	if (m->count[a] == 0) {
		text_add(why, _("aucune touche : attendu une ou plusieurs, séparées par des espaces"));
		return false;
	}
	return keeps_what_it_needs(m, a, why);
}

/* Two actions of one screen that a key would both mean. */
static bool find_conflict(const struct keymap *m, enum action *one, enum action *other, struct key *k, enum view_kind *where)
{
	for (int a = 0; a < ACTION_COUNT; a++)
		for (int b = a + 1; b < ACTION_COUNT; b++) {
			unsigned both = action_info((enum action)a)->where & action_info((enum action)b)->where;
			for (size_t n = 0; both && n < m->count[a]; n++)
				if (keymap_has(m, (enum action)b, &m->keys[a][n])) {
					*one = (enum action)a;
					*other = (enum action)b;
					*k = m->keys[a][n];
					for (*where = 0; !(both & (1u << *where));)
						++*where;
					return true;
				}
		}
	return false;
}

/* Keys that ship never conflict, so that each turn gives one action its own back, and it ends. */
static void settle_conflicts(struct keymap *m, const size_t line_of[ACTION_COUNT], void (*refuse)(void *context, size_t which, const char *why), void *context)
{
	enum action a, b;
	enum view_kind where;
	struct key k;
	while (find_conflict(m, &a, &b, &k, &where)) {
		/* Of two that were changed the later one yields. */
		bool first_yields = m->rebound[a] && (!m->rebound[b] || line_of[a] > line_of[b]);
		enum action yields = first_yields ? a : b, stays = first_yields ? b : a;
		struct text why = TEXT_INIT, key = TEXT_INIT;
		if (!m->rebound[yields])
			return;
		key_describe(&key, &k);
		text_addf(&why, _("« %s » est déjà %s (écran %s)"), text_str(&key), action_command(stays), view_kind_label(where));
		refuse(context, line_of[yields], text_str(&why));
		ship(m, yields);
		text_done(&why);
		text_done(&key);
	}
}

void keymap_bind(struct keymap *m, const struct binding *bindings, size_t count, void (*refuse)(void *context, size_t which, const char *why), void *context)
{
	size_t line_of[ACTION_COUNT] = { 0 };
	for (size_t i = 0; i < count; i++) {
		enum action a = action_of_name(bindings[i].action);
		struct keymap tried = *m;
		struct text why = TEXT_INIT;
		if (a == ACTION_NONE)
			text_addf(&why, _("« %s » n'est pas une commande des écrans : « guichet keys » les liste"), bindings[i].action);
		else if (parse_keys(bindings[i].keys, a, &tried, &why)) {
			*m = tried;
			m->rebound[a] = true;
			line_of[a] = i;
		}
		if (why.len)
			refuse(context, i, text_str(&why));
		text_done(&why);
	}
	settle_conflicts(m, line_of, refuse, context);
}

/* --- looking up --- */

bool keymap_key(const struct keymap *m, enum action a, size_t n, struct key *out)
{
	if (n >= m->count[a])
		return false;
	*out = m->keys[a][n];
	return true;
}

bool keymap_has(const struct keymap *m, enum action a, const struct key *k)
{
	for (size_t n = 0; n < m->count[a]; n++)
		if (key_equal(&m->keys[a][n], k))
			return true;
	return false;
}

enum action keymap_action(const struct keymap *m, enum view_kind where, const struct key *k)
{
	for (int a = 0; a < ACTION_COUNT; a++)
		if ((action_info((enum action)a)->where & (1u << where)) && keymap_has(m, (enum action)a, k))
			return (enum action)a;
	return ACTION_NONE;
}

void keymap_describe(const struct keymap *m, enum action a, struct text *out)
{
	for (size_t n = 0; n < m->count[a]; n++) {
		text_add(out, n ? " " : "");
		key_describe(out, &m->keys[a][n]);
	}
}

void keymap_describe_list(const char *keys, struct text *out)
{
	struct key k;
	char word[32];
	for (bool first = true; next_word(&keys, word, sizeof word); first = false) {
		text_add(out, first ? "" : " ");
		if (key_parse(word, &k))
			key_describe(out, &k);
	}
}
