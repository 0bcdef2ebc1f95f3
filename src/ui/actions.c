// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of actions (actions.def): key bindings, names, help, where each works. One table feeds the bottom line, the help screen, `:` and the manual. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/ui/view.h"
#include "ui_inside.h"

static const struct action_info infos[ACTION_COUNT] = {
#define ACTION(id, name, french, keys, where, needs, label, help) [ACTION_##id] = { name, french, keys, label, help, where, needs },
#include "guichet/ui/actions.def"
#undef ACTION
};

const struct action_info *action_info(enum action a)
{
	return &infos[a];
}

const char *action_keys(const struct ui *ui, enum action a)
{
	const char *keys = NULL;
	if (ui->options.rebind && ui->options.rebind(ui->options.rebind_context, a, &keys) && keys)
		return keys;
	return infos[a].keys;
}

/* The n-th key of an action. */
static bool nth_key(const char *keys, size_t n, struct key *out)
{
	char name[32];
	for (;; n--) {
		keys += strspn(keys, " ");
		size_t length = strcspn(keys, " ");
		if (!length || length >= sizeof name)
			return false;
		if (n == 0) {
			memcpy(name, keys, length);
			name[length] = '\0';
			return key_parse(name, out);
		}
		keys += length;
	}
}

bool action_key(const struct ui *ui, enum action a, size_t n, struct key *out)
{
	return nth_key(action_keys(ui, a), n, out);
}

enum action action_of_key(const struct ui *ui, enum view_kind where, const struct key *k)
{
	struct key bound;
	for (int a = 0; a < ACTION_COUNT; a++)
		for (size_t n = 0; (infos[a].where & (1u << where)) && action_key(ui, (enum action)a, n, &bound); n++)
			if (key_equal(&bound, k))
				return (enum action)a;
	return ACTION_NONE;
}

enum action action_of_name(const char *name)
{
	for (int a = 0; a < ACTION_COUNT; a++)
		if (!strcmp(infos[a].name, name) || !strcmp(infos[a].french, name))
			return (enum action)a;
	return ACTION_NONE;
}
