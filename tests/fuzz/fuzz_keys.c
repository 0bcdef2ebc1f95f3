// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes typed at a terminal: decoded to keys, typed into a form, a value list and a question, drawn at any size. No byte may end in a cell as a control, no text
 * may be invalid, nothing may stay undecided. The first two bytes choose the window.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/ui/choice.h"
#include "guichet/ui/decode.h"
#include "guichet/ui/form.h"
#include "guichet/ui/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_grid(const struct grid *g)
{
	for (int row = 0; row < g->rows; row++) {
		int columns = 0;

		for (int col = 0; col < g->cols; col++) {
			const struct cell *c = grid_cell(g, row, col);

			columns += c->width;
			check(c->width > 0 || (col > 0 && c[-1].width == 2));
			check(utf8_valid(c->bytes, c->length, NULL));
			for (size_t i = 0; i < c->length; i++)
				check((unsigned char)c->bytes[i] >= ' ' && c->bytes[i] != 0x7F && (!g->ascii || (unsigned char)c->bytes[i] < 0x7F));
		}
		check(columns == g->cols);
	}
}

static void check_form(const struct form *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct field *field = &f->entries[i].field;

		check(utf8_valid(field_text(field), field->text.len, NULL));
		check(field->text.len <= field->max_bytes && field->cursor <= field->text.len && field->anchor <= field->text.len);
		check(f->entries[i].def.flags & FORM_MULTILINE || !strchr(field_text(field), '\n'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct form_field fields[] = { { "a", "Téléphone", 20, 10, FORM_NARROW | FORM_REQUIRED }, { "b", "Nom", 60, 0, FORM_NARROW | FORM_LIST },
		{ "c", "Texte", 300, 0, FORM_MULTILINE } };
	static const struct choice_value values[] = { { "r", "Réclamation", "nature" }, { "l", "Lefèvre", NULL } };
	struct confirm question;
	struct decoder d;
	struct form form;
	struct choice choice;
	struct grid g;
	struct key k;

	if (size < 2)
		return 0;
	grid_init(&g, data[0] % 30 + 1, data[1] % 140 + 1);
	g.ascii = data[0] & 0x80;
	decoder_init(&d);
	d.latin1 = data[1] & 0x80;
	form_init(&form, fields, 3);
	choice_init(&choice, "Choix", values, 2, "");
	confirm_init(&question, "Clore ?");
	decoder_feed(&d, (const char *)data + 2, size - 2, 0);
	decoder_expire(&d, 1000000);
	check(decoder_wait_ms(&d, 1000000) == -1);
	for (int n = 0; decoder_next(&d, &k); n++) {
		if (k.code == KEYCODE_F6)
			form_jump(&form);
		form_key(&form, &k);
		choice_key(&choice, &k);
		confirm_key(&question, &k);
		check_form(&form);
		if (n % 8)
			continue;
		form_draw(&form, &g, (struct rect){ 0, 0, g.rows, g.cols }, true);
		choice_draw(&choice, &g, lines_box((struct rect){ 0, 0, g.rows, g.cols }, 6, 30));
		confirm_draw(&question, &g, g.rows - 1);
		check_grid(&g);
		check(g.cursor_row >= 0 && g.cursor_row < g.rows && g.cursor_col >= 0 && g.cursor_col < g.cols);
	}
	confirm_done(&question);
	choice_done(&choice);
	form_done(&form);
	decoder_done(&d);
	grid_done(&g);
	return 0;
}
