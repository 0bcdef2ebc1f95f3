// SPDX-License-Identifier: GPL-3.0-or-later
/* See script.h. */
#include "script.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "xterm.h"

/* A lone Escape waits this long at most for what may follow. */
enum { ESCAPE_MS = 400 };

/* The next word or quoted text; false at the end. */
static bool next(const char **script, char *word, size_t room, bool *quoted)
{
	const char *from = *script + strspn(*script, " \t\n");
	const char quote[] = { *from, '\0' };
	size_t length;

	*quoted = *from == '\'' || *from == '"';
	from += *quoted;
	length = strcspn(from, *quoted ? quote : " \t\n");
	if (!*quoted && length == 0)
		return false;
	snprintf(word, room, "%.*s", (int)length, from);
	*script = from + length + (*quoted && from[length] == *quote);
	return true;
}

static bool send(struct desk *d, struct pty *p, const char *word, bool quoted)
{
	struct text bytes = TEXT_INIT;
	bool known = true;

	if (quoted)
		text_add(&bytes, word);
	else
		known = xterm_add_key(&bytes, word);
	if (known)
		pty_send(p, text_str(&bytes), bytes.len);
	else
		fprintf(stderr, "no key is called %s\n", word);
	text_done(&bytes);
	if (!known)
		return false;
	return moment_settle(&d->moment, p) && (quoted || strcmp(word, "Escape") != 0 || moment_pass(&d->moment, p, ESCAPE_MS));
}

/* Letter by letter: all at once would be a burst, which is another thing. */
static bool send_text(struct desk *d, struct pty *p, const char *text, struct script_keys *keys)
{
	uint32_t cp;

	while (*text) {
		char one[8];
		size_t taken = utf8_decode(text, strlen(text), &cp);

		snprintf(one, sizeof one, "%.*s", (int)(taken ? taken : 1), text);
		text += taken ? taken : 1;
		if (keys)
			keys->text++;
		if (!send(d, p, one, true))
			return false;
	}
	return true;
}

bool script_type(struct desk *d, struct pty *p, const char *script, struct script_keys *keys)
{
	char word[4096];
	bool quoted;

	while (next(&script, word, sizeof word, &quoted)) {
		if (!quoted && keys)
			keys->structural++;
		if (quoted ? !send_text(d, p, word, keys) : !send(d, p, word, false)) {
			char *screen = vt_dump(&p->vt, false);

			fprintf(stderr, "at rest no more after %s\n%s", word, screen);
			free(screen);
			return false;
		}
	}
	return true;
}

bool script_burst(struct desk *d, struct pty *p, const char *script)
{
	struct text bytes = TEXT_INIT;
	char word[4096];
	bool quoted, known = true;

	while (known && next(&script, word, sizeof word, &quoted)) {
		if (quoted)
			text_add(&bytes, word);
		else
			known = xterm_add_key(&bytes, word);
	}
	pty_send(p, text_str(&bytes), bytes.len);
	text_done(&bytes);
	return known && moment_settle(&d->moment, p);
}

/* "requester.phone": a member of a member. */
static const json_t *inside(const json_t *object, const char *path)
{
	while (object && *path) {
		char name[64];
		size_t length = strcspn(path, ".");

		snprintf(name, sizeof name, "%.*s", (int)length, path);
		object = json_object_get(object, name);
		path += length + (path[length] == '.');
	}
	return object;
}

const char *script_field(const struct desk *d, size_t n, const char *name)
{
	static char value[4096];
	const char *line = text_str(&d->said);
	json_t *object;
	const json_t *field;

	value[0] = '\0';
	for (; n > 0 && *line; n--)
		line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
	object = json_loadb(line, strcspn(line, "\n"), JSON_REJECT_DUPLICATES, NULL);
	field = inside(object, name);
	if (json_is_string(field))
		snprintf(value, sizeof value, "%s", json_string_value(field));
	else if (json_is_integer(field))
		snprintf(value, sizeof value, "%lld", (long long)json_integer_value(field));
	else if (json_is_boolean(field))
		snprintf(value, sizeof value, "%s", json_is_true(field) ? "true" : "false");
	else if (json_is_object(field) || json_is_array(field))
		snprintf(value, sizeof value, "%s", json_is_object(field) ? "{}" : "[]");
	json_decref(object);
	return value;
}
