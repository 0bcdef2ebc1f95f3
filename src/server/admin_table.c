// SPDX-License-Identifier: GPL-3.0-or-later
/* What the administrator's lists look like: a line of titles and columns one below the other for people, an object a line for programs (--json). Nothing where there is
 * nothing to list. Must not know what is listed. */
#include "admin_inside.h"

#include <stdlib.h>

#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"

enum { GAP = 2 };

static void show_cell(const struct admin_column *c, const json_t *value, struct text *out)
{
	text_clear(out);
	if (json_is_null(value) || (c->kind != COLUMN_NUMBER && json_is_integer(value) && json_integer_value(value) == 0))
		return;
	if (c->kind == COLUMN_INSTANT)
		admin_add_instant(out, json_integer_value(value));
	else if (json_is_boolean(value))
		text_add(out, json_is_true(value) ? c->yes ? _(c->yes) : "" : c->no ? _(c->no) : "");
	else if (json_is_integer(value))
		text_addf(out, "%lld", (long long)json_integer_value(value));
	else
		text_add(out, json_string_value(value));
}

static void add_line(struct text *out, const struct text *cells, const int *widths, const struct admin_column *columns, size_t count)
{
	size_t last = count;
	while (last > 0 && cells[last - 1].len == 0)
		last--;
	for (size_t i = 0; i < last; i++) {
		int pad = widths[i] - utf8_width(text_str(&cells[i]));
		bool right = columns[i].kind == COLUMN_NUMBER;
		text_addf(out, "%*s", right ? pad : 0, "");
		text_add(out, text_str(&cells[i]));
		text_addf(out, "%*s", i + 1 == last ? 0 : right ? GAP : pad + GAP, "");
	}
	text_addc(out, '\n');
}

static void add_text_rows(struct text *out, const struct admin_column *columns, size_t count, const json_t *rows)
{
	struct text cells[ADMIN_COLUMNS_MAX] = { 0 };
	int widths[ADMIN_COLUMNS_MAX];
	size_t r;
	json_t *row;
	for (size_t i = 0; i < count; i++)
		widths[i] = utf8_width(_(columns[i].title));
	json_array_foreach(rows, r, row)
		for (size_t i = 0; i < count; i++) {
			show_cell(&columns[i], json_array_get(row, i), &cells[i]);
			int width = utf8_width(text_str(&cells[i]));
			widths[i] = width > widths[i] ? width : widths[i];
		}
	for (size_t i = 0; i < count; i++) {
		text_clear(&cells[i]);
		text_add(&cells[i], _(columns[i].title));
	}
	add_line(out, cells, widths, columns, count);
	json_array_foreach(rows, r, row) {
		for (size_t i = 0; i < count; i++)
			show_cell(&columns[i], json_array_get(row, i), &cells[i]);
		add_line(out, cells, widths, columns, count);
	}
	for (size_t i = 0; i < count; i++)
		text_done(&cells[i]);
}

static void add_json_row(struct text *out, const struct admin_column *columns, size_t count, const json_t *row)
{
	json_t *o = json_object();
	struct text at = TEXT_INIT;
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_array_get(row, i);
		if (columns[i].kind != COLUMN_INSTANT) {
			json_object_set(o, columns[i].key, value);
			continue;
		}
		text_clear(&at);
		if (json_integer_value(value))
			instant_rfc3339(&at, json_integer_value(value));
		json_object_set_new(o, columns[i].key, at.len ? json_string(text_str(&at)) : json_null());
	}
	char *line = json_dumps(o, JSON_COMPACT);
	if (!line)
		guichet_out_of_memory();
	text_addf(out, "%s\n", line);
	free(line);
	json_decref(o);
	text_done(&at);
}

void admin_print(struct admin *a, const struct admin_column *columns, size_t count, json_t *rows)
{
	size_t r;
	json_t *row;
	if (!a->json && json_array_size(rows) > 0)
		add_text_rows(&a->out, columns, count, rows);
	json_array_foreach(rows, r, row)
		if (a->json)
			add_json_row(&a->out, columns, count, row);
	json_decref(rows);
}
