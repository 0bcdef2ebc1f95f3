// SPDX-License-Identifier: GPL-3.0-or-later
/* What a configuration says of the screens: colours, Escape, the order of the call form, keys. A key that can't be what it is asked to be is refused and told,
 * and the one that ships stays: nobody is kept from work by a slip in a file of keys. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/ui/keymap.h"

enum { ESCAPE_MS_MAX = 1000 };

static void free_order(struct screen_config *c)
{
	for (size_t i = 0; c->call_order && c->call_order[i]; i++)
		free(c->call_order[i]);
	free(c->call_order);
	c->call_order = NULL;
}

static void read_colour(const char *file, const struct ini_entry *e, struct screen_config *c, struct problems *problems)
{
	static const struct { const char *word; bool no_colour; } words[] = { { "no", true }, { "non", true }, { "0", true }, { "yes", false }, { "oui", false }, { "1", false } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcasecmp(words[i].word, e->value)) {
			c->no_colour = words[i].no_colour;
			return;
		}
	problems_add(problems, file, e->line, _("color « %s » : attendu yes ou no"), e->value);
}

static void read_escape(const char *file, const struct ini_entry *e, struct screen_config *c, struct problems *problems)
{
	char *end;
	long ms = strtol(e->value, &end, 10);
	if (*e->value >= '0' && *e->value <= '9' && !*end && ms >= 1 && ms <= ESCAPE_MS_MAX)
		c->escape_ms = (int)ms;
	else
		problems_add(problems, file, e->line, _("escape_ms « %s » : attendu un nombre de millisecondes, de 1 à %d"), e->value, ESCAPE_MS_MAX);
}

static void keep_binding(const char *file, const struct ini_entry *e, struct screen_config *c)
{
	GUICHET_GROW(c->bindings, c->binding_count, c->binding_capacity);
	c->bindings[c->binding_count++] = (struct config_binding){ guichet_strdup(e->key), guichet_strdup(e->value), guichet_strdup(file), e->line };
}

/* "phone, name subject" as a list with NULL at its end; what names no field is told. */
static void read_order(const char *file, const struct ini_entry *e, struct screen_config *c, struct problems *problems)
{
	size_t count = 0, capacity = 0;
	free_order(c);
	for (const char *p = e->value + strspn(e->value, " ,\t"); *p; p += strspn(p, " ,\t")) {
		char *name = guichet_strndup(p, strcspn(p, " ,\t"));
		p += strlen(name);
		if (!call_has_field(name)) {
			struct text names = TEXT_INIT;
			call_field_names(&names);
			problems_add(problems, file, e->line, _("order : champ « %s » inconnu : attendu %s"), name, text_str(&names));
			text_done(&names);
			free(name);
			continue;
		}
		GUICHET_GROW(c->call_order, count + 1, capacity);
		c->call_order[count++] = name;
		c->call_order[count] = NULL;
	}
	if (count == 0)
		problems_add(problems, file, e->line, "%s", _("order : attendu des noms de champs, par exemple : subject phone name"));
}

bool config_screen_read(const char *file, const struct ini_entry *e, struct screen_config *c, struct problems *problems)
{
	if (!strcmp(e->section, "keys")) {
		keep_binding(file, e, c);
	} else if (!strcmp(e->section, "screen")) {
		if (!strcmp(e->key, "color"))
			read_colour(file, e, c, problems);
		else if (!strcmp(e->key, "escape_ms"))
			read_escape(file, e, c, problems);
		else
			problems_add(problems, file, e->line, _("clé « %s » inconnue dans [%s] : attendu %s"), e->key, e->section, "color, escape_ms");
	} else if (!strcmp(e->section, "call")) {
		if (!strcmp(e->key, "order"))
			read_order(file, e, c, problems);
		else
			problems_add(problems, file, e->line, _("clé « %s » inconnue dans [%s] : attendu %s"), e->key, e->section, "order");
	} else {
		return false;
	}
	return true;
}

struct refusal { const struct screen_config *config; struct problems *refused; };

static void refuse(void *context, size_t which, const char *why)
{
	struct refusal *r = context;
	const struct config_binding *b = &r->config->bindings[which];
	problems_add(r->refused, b->file, b->line, _("%s = %s : %s ; les touches d'origine restent"), b->action, b->keys, why);
}

void config_keymap(const struct screen_config *c, struct keymap *out, struct problems *refused)
{
	struct binding *bindings = guichet_alloc((c->binding_count + 1) * sizeof *bindings);
	struct refusal r = { c, refused };
	for (size_t i = 0; i < c->binding_count; i++)
		bindings[i] = (struct binding){ c->bindings[i].action, c->bindings[i].keys };
	keymap_init(out);
	keymap_bind(out, bindings, c->binding_count, refuse, &r);
	free(bindings);
}

void config_screen_done(struct screen_config *c)
{
	for (size_t i = 0; i < c->binding_count; i++) {
		free(c->bindings[i].action);
		free(c->bindings[i].keys);
		free(c->bindings[i].file);
	}
	free(c->bindings);
	free_order(c);
	memset(c, 0, sizeof *c);
}
