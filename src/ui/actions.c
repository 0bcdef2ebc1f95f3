// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of actions (actions.def) as data: names, help, where each works, and the names of the screens. Must not know which keys a configuration chose: that is
 * ui/keymap. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/ui/view.h"

static const struct action_info infos[ACTION_COUNT] = {
#define ACTION(id, name, french, argument, keys, where, needs, rank, label, help) \
	[ACTION_##id] = { name, french, keys, label, help, where, needs, ARGUMENT_##argument, rank },
#include "guichet/ui/actions.def"
};

const struct fixed_keys fixed_keys[] = {
#define FIXED(keys, where, help) { keys, help, where },
#include "guichet/ui/actions.def"
};
const size_t fixed_keys_count = sizeof fixed_keys / sizeof *fixed_keys;

static const struct { const char *name, *label; } views[VIEW_KIND_COUNT] = {
	[VIEW_TODO] = { "todo", N_("À faire") }, [VIEW_CALL] = { "call", N_("Appel") }, [VIEW_SEARCH] = { "search", N_("Recherche") },
	[VIEW_DRAFTS] = { "drafts", N_("Brouillons") }, [VIEW_QUEUE] = { "queue", N_("Bannette") }, [VIEW_REQUEST] = { "request", N_("Fiche") },
	[VIEW_SLA] = { "sla", N_("Tableau des délais") }, [VIEW_DEADLINES] = { "deadlines", N_("Échéances") }, [VIEW_HEAT] = { "heat", N_("Affluence") },
	[VIEW_BULLETINS] = { "bulletins", N_("Consignes") }, [VIEW_PROMISES] = { "promises", N_("Engagements non tenus") },
	[VIEW_SYNC] = { "sync", N_("Synchro") },
	[VIEW_LETTERS] = { "letters", N_("Courriers du jour") },
	[VIEW_MAILS] = { "mails", N_("Courriels") },
};

const struct action_info *action_info(enum action a)
{
	return &infos[a];
}

const char *action_command(enum action a)
{
	return i18n_is_french() ? infos[a].french : infos[a].name;
}

const char *action_argument(enum action a)
{
	switch (infos[a].argument) {
	case ARGUMENT_REFERENCE:
		return _("[RÉF]");
	case ARGUMENT_TEXT:
		return _("[TEXTE]");
	case ARGUMENT_SERVICE:
		return _("[SERVICE]");
	case ARGUMENT_STEP:
		return _("[RÉF] [TEXTE]");
	default:
		return "";
	}
}

enum action action_of_name(const char *name)
{
	for (int a = 0; a < ACTION_COUNT; a++)
		if (!strcmp(infos[a].name, name) || !strcmp(infos[a].french, name))
			return (enum action)a;
	return ACTION_NONE;
}

const char *view_kind_name(enum view_kind kind)
{
	return views[kind].name;
}

const char *view_kind_label(enum view_kind kind)
{
	return _(views[kind].label);
}
