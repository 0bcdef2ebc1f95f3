// SPDX-License-Identifier: GPL-3.0-or-later
/* A small application on the engine of the screens, for tests to drive in a pseudo-terminal: sample keys|list|form|choice|styles|crash [no-colour]. It is also the
 * shortest example of how loop, screen and widgets go together.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/ui/choice.h"
#include "guichet/ui/form.h"
#include "guichet/ui/lines.h"
#include "guichet/ui/list.h"
#include "guichet/ui/loop.h"

enum { ROWS = 1000 };

struct sample {
	const char *view;
	struct loop *loop;
	struct list list;
	struct form form;
	struct choice choice;
	struct confirm question;
	struct message message;
	bool asking;
	struct text keys;
	int key_count, draws, resizes;
};

/* --- A list of a thousand rows ----------------------------------------------------------------------------------- */

static size_t fetch(void *context, const void *from, bool backward, size_t count, void *rows)
{
	int at = from ? *(const int *)from : backward ? ROWS : -1, *out = rows;
	size_t n = 0;

	(void)context;
	for (at += backward ? -1 : 1; n < count && at >= 0 && at < ROWS; at += backward ? -1 : 1)
		out[n++] = at;
	return n;
}

static int64_t row_id(void *context, const void *row)
{
	(void)context;
	return *(const int *)row + 1;
}

static bool read_row(void *context, int64_t id, void *row)
{
	(void)context;
	*(int *)row = (int)id - 1;
	return true;
}

static void draw_row(void *context, const void *row, const struct list_cell *c)
{
	int n = *(const int *)row;

	(void)context;
	grid_textf(c->grid, c->row, c->col, 16, STYLE_NORMAL, "31 40 %02d %02d %02d", n / 100, n % 100, n % 97);
	grid_text(c->grid, c->row, c->col + 17, 9, n % 7 ? "à 3 j" : "EN RETARD", n % 7 ? STYLE_RISK : STYLE_LATE, false);
	grid_textf(c->grid, c->row, c->col + 28, c->width - 28, STYLE_NORMAL, "Dépôt sauvage n° %d, 12 rue des Lilas à Saint-Aubin-le-Vert", n);
}

/* --- What keys do ------------------------------------------------------------------------------------------------ */

static void note_key(struct sample *s, const struct key *k)
{
	s->key_count++;
	if (k->code == KEYCODE_PASTE)
		text_addf(&s->keys, "<collé %zu%s>", k->paste_bytes, k->paste_cut ? " coupé" : "");
	else
		key_describe(&s->keys, k);
	text_addc(&s->keys, ' ');
	/* The last ones are shown. */
	if (s->keys.len > 400) {
		char *tail = guichet_strdup(s->keys.data + s->keys.len - 200);

		text_clear(&s->keys);
		text_add(&s->keys, tail);
		free(tail);
	}
}

static void crash(const struct key *k)
{
	switch (k->ch) {
	case 'a':
		abort();
	case 's':
		raise(SIGSEGV);
		break;
	case 'e':
		exit(3);
	default:
		break;
	}
}

static void on_key(void *context, const struct key *k)
{
	struct sample *s = context;

	message_key(&s->message, 0);
	if (k->code == KEYCODE_RESIZE) {
		s->resizes++;
		return;
	}
	if (s->asking) {
		enum confirm_result answer = confirm_key(&s->question, k);

		if (answer == CONFIRM_YES)
			loop_quit(s->loop);
		s->asking = answer == CONFIRM_OPEN;
		return;
	}
	if (k->code == KEYCODE_CTRL && k->ch == 'q') {
		loop_quit(s->loop);
		return;
	}
	if (k->code == KEYCODE_F10) {
		s->asking = true;
		return;
	}
	if (strcmp(s->view, "crash") == 0)
		crash(k);
	else if (strcmp(s->view, "list") == 0)
		list_key(&s->list, k);
	else if (strcmp(s->view, "form") == 0)
		form_key(&s->form, k);
	else if (strcmp(s->view, "choice") == 0 && choice_key(&s->choice, k) == CHOICE_CHOSEN)
		message_say(&s->message, 0, true, choice_selected(&s->choice)->value);
	note_key(s, k);
}

static void on_draw(void *context, struct grid *g)
{
	struct sample *s = context;
	struct rect body = { 1, 0, g->rows - 3, g->cols };
	char counts[80];

	s->draws++;
	if (lines_too_small(g))
		return;
	snprintf(counts, sizeof counts, "%d touches, %d x %d", s->key_count, g->cols, g->rows);
	lines_title(g, 0, s->view, counts);
	if (strcmp(s->view, "list") == 0) {
		list_draw(&s->list, g, body, true);
	} else if (strcmp(s->view, "form") == 0) {
		form_draw(&s->form, g, body, true);
	} else if (strcmp(s->view, "choice") == 0) {
		choice_draw(&s->choice, g, lines_box(body, choice_rows(&s->choice), 50));
	} else if (strcmp(s->view, "styles") == 0) {
		for (int i = 0; i < STYLE_COUNT; i++)
			grid_text(g, 1 + i % 18, 2 + i / 18 * 20, 18, style_name((enum style)i), (enum style)i, true);
		grid_cursor(g, 1, 0);
	} else {
		grid_text(g, 1, 0, g->cols, "Été à Œuilly : 12 € « à dire » …", STYLE_NORMAL, false);
		grid_paragraph(g, (struct rect){ 3, 0, g->rows - 6, g->cols }, text_str(&s->keys), STYLE_BOLD);
		grid_cursor(g, 2, 0);
	}
	message_draw(&s->message, g, g->rows - 2);
	lines_keys(g, g->rows - 1, (const struct key_hint[]){ { "F10", "Quitter", 0 }, { "C-q", "Fin", 0 } }, 2, "?");
	if (s->asking)
		confirm_draw(&s->question, g, g->rows - 2);
}

static void on_ending(void *context, enum loop_end why)
{
	const char *path = getenv("SAMPLE_LAST_WORDS");
	FILE *file = path ? fopen(path, "we") : NULL;

	if (file) {
		fprintf(file, "%d %s", (int)why, form_text(&((struct sample *)context)->form, "text"));
		fclose(file);
	}
}

int main(int argc, char **argv)
{
	static const struct form_field fields[] = {
		{ "phone", "Téléphone", 40, 20, FORM_REQUIRED }, { "name", "Nom", 100, 30, FORM_NARROW },
		{ "commune", "Commune", 60, 30, FORM_NARROW | FORM_LIST }, { "subject", "Objet", 200, 0, FORM_REQUIRED },
		{ "text", "Texte", 4 * 1024 * 1024, 0, FORM_MULTILINE },
	};
	static const struct choice_value values[] = { { "reclamation", "Réclamation", "nature" }, { "voirie", "Voirie", "service" },
		{ "lefevre", "Lefèvre, Odette", "usager" } };
	static const struct list_source source = { .row_bytes = sizeof(int), .fetch = fetch, .id = row_id, .read = read_row, .draw = draw_row };
	struct screen_options options = { .in_fd = 0, .out_fd = 1, .no_colour = argc > 2 && strcmp(argv[2], "no-colour") == 0 };
	struct sample s = { .view = argc > 1 ? argv[1] : "keys" };
	struct loop_client client = { &s, on_key, on_draw, on_ending, NULL, NULL };
	struct text warning = TEXT_INIT;
	struct guichet_err err = { 0 };
	struct screen *screen;
	enum loop_end end;

	i18n_start(NULL);
	if (screen_open(&options, &screen, &warning, &err) != GUICHET_OK) {
		fprintf(stderr, "%s\n", err.message);
		return (int)err.code;
	}
	list_init(&s.list, &source);
	form_init(&s.form, fields, sizeof fields / sizeof *fields);
	choice_init(&s.choice, "Choix", values, 3, "");
	confirm_init(&s.question, "Quitter ?");
	message_init(&s.message);
	message_say(&s.message, 0, true, text_str(&warning));
	s.loop = loop_new(screen, &client, getenv("SAMPLE_NO_SUSPEND") == NULL);
	end = loop_run(s.loop);
	screen_close(&screen);
	/* Only to somebody who asked to leave: printf waits for a terminal that takes nothing in, for ever. */
	if (end == LOOP_QUIT) {
		printf("fin %d signal %d\n", (int)end, loop_signal(s.loop));
		printf("sujet : %s\n", form_text(&s.form, "subject"));
	}
	loop_free(&s.loop);
	list_done(&s.list);
	form_done(&s.form);
	choice_done(&s.choice);
	confirm_done(&s.question);
	message_done(&s.message);
	text_done(&s.keys);
	text_done(&warning);
	return (int)end;
}
