// SPDX-License-Identifier: GPL-3.0-or-later
/* Recherche: one box for a reference, a phone, a name, a street, words; what is found shows as one types. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "request_list.h"
#include "search_there.h"

enum { FOUND_MAX = 100, TYPED_MAX = 400, CHARACTERS_MIN = 2 };

struct search_view {
	struct view view;
	struct request_list list;
	struct search_there there;
	struct field box;
	bool in_box, in_there;                         /* the box has the focus, not the list; or what was found on the server has */
	uint32_t searched;                             /* version of the box's text that was looked for; one less than the first: never */
	bool looked, given_up;
	char remark[GUICHET_ERR_MAX];                  /* why nothing is shown */
};

/* --- looking --- */

static size_t characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80 && *s != ' ';
	return n;
}

static bool gives_up(void *context)
{
	struct search_view *s = context;
	s->given_up = ui_gives_up(s->view.ui);
	return s->given_up;
}

/* Given up: what was found before stays. */
static void look(struct search_view *s)
{
	struct search_options o = { .limit = FOUND_MAX, .give_up = gives_up, .context = s };
	struct guichet_err err = { 0 };
	const char *text = field_text(&s->box);
	struct request_found before = request_list_found_take(&s->list);
	bool found = characters(text) < CHARACTERS_MIN || store_search(ui_store(s->view.ui), text, &o, request_list_found_add, &s->list, &err) == GUICHET_OK;
	if (s->given_up) {
		request_list_found_put(&s->list, &before);
		s->given_up = false;
		return;
	}
	if (!s->looked || s->searched != s->box.version)
		there_forget(&s->there, text, s->list.found_count);
	s->looked = true;
	s->searched = s->box.version;
	s->list.pane_of = 0;
	snprintf(s->remark, sizeof s->remark, "%s", found ? "" : err.message);
	request_list_found_drop(&before);
}

static bool is_settled(const struct search_view *s)
{
	return s->looked && s->searched == s->box.version;
}

/* What was typed in one go is looked for once: when it is to be used, or to be shown and no key waits. */
static void settle(struct search_view *s)
{
	if (is_settled(s))
		return;
	look(s);
	if (is_settled(s))
		list_reload(&s->list.list);
}

static void settle_to_show(struct search_view *s)
{
	if (!is_settled(s) && !ui_postpone(s->view.ui))
		settle(s);
}

static void refresh(struct view *v)
{
	struct search_view *s = (struct search_view *)v;
	look(s);
	request_list_refresh(&s->list);
	there_refresh(&s->there);
	s->in_there = s->in_there && there_has_rows(&s->there);
	if (s->list.found_count == 0 && !s->in_there)
		s->in_box = true;
}

static struct view *open_search(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	(void)err;
	struct search_view *s = guichet_alloc(sizeof *s);
	s->view = (struct view){ &view_search, ui };
	s->in_box = true;
	request_list_init(&s->list, ui, SHAPE_FOUND, NULL);
	there_init(&s->there, ui);
	field_init(&s->box, TYPED_MAX, false);
	field_set(&s->box, target->text ? target->text : "");
	return &s->view;
}

static void close_search(struct view *v)
{
	struct search_view *s = (struct search_view *)v;
	request_list_done(&s->list);
	there_done(&s->there);
	field_done(&s->box);
	free(s);
}

/* --- drawing --- */

static void title(struct view *v, struct text *out)
{
	struct search_view *s = (struct search_view *)v;
	settle_to_show(s);
	size_t n = s->list.found_count;
	text_add(out, _("Recherche"));
	if (n == 1)
		text_add(out, _("   1 demande trouvée"));
	else if (n)
		text_addf(out, n < FOUND_MAX ? _("   %zu demandes trouvées") : _("   les %zu plus proches : précisez pour en voir d'autres"), n);
}

static void draw(struct view *v, struct grid *g, struct rect r)
{
	struct search_view *s = (struct search_view *)v;
	struct rect list = { r.row + 2, r.col, r.rows - 2, r.cols };
	settle_to_show(s);
	int there = there_height(&s->there, list.rows, s->list.found_count == 0);
	/* One sign for both lists: on what Enter opens. */
	s->list.list.quiet = s->in_there;
	s->there.list.list.quiet = !s->in_there && s->list.found_count > 0;
	if (there)
		there_draw(&s->there, g, (struct rect){ list.row + list.rows - there, list.col, there, list.cols }, s->in_there && !s->in_box);
	list.rows -= there;
	int at = r.col + 1 + grid_text(g, r.row, r.col + 1, r.cols - 1, _("Chercher :"), STYLE_LABEL, false) + 1;
	grid_hline(g, r.row + 1, r.col, r.cols, STYLE_DIM);
	if (s->list.found_count == 0 && list.rows > 1) {
		const char *help = _("Un numéro de demande (même ses 4 derniers chiffres), un téléphone, un nom, une rue, des mots du texte. "
			"Les accents et les majuscules ne comptent pas.");
		grid_paragraph(g, (struct rect){ list.row + 1, r.col + 1, list.rows - 1, r.cols - 2 }, *s->remark ? s->remark : help, STYLE_DIM);
	} else if (s->list.found_count) {
		request_list_draw(&s->list, g, list, !s->in_box && !s->in_there);
	}
	field_draw(&s->box, g, (struct rect){ r.row, at, 1, r.cols - at - 1 }, s->in_box);
}

/* --- keys --- */

static struct request_list *focused(struct search_view *s)
{
	return s->in_there ? &s->there.list : &s->list;
}

/* From the box into what was found, here before there. */
static void leave_box(struct search_view *s)
{
	s->in_there = s->list.found_count == 0 && there_has_rows(&s->there);
	s->in_box = s->list.found_count == 0 && !s->in_there;
}

static enum view_result key_in_box(struct search_view *s, const struct key *k)
{
	if (k->code == KEYCODE_DOWN || k->code == KEYCODE_PAGE_DOWN || k->code == KEYCODE_TAB) {
		settle(s);
		leave_box(s);
		return VIEW_DONE;
	}
	return field_key(&s->box, k) ? VIEW_DONE : VIEW_IGNORED;
}

/* Past the end of one list begins the other. */
static bool crosses(struct search_view *s, const struct key *k)
{
	const struct list *l = &focused(s)->list;
	bool first = l->first_index == 0 && l->selected == 0, last = l->at_end && l->selected + 1 >= l->count;
	if (!s->in_there && there_has_rows(&s->there) && ((k->code == KEYCODE_DOWN && last) || k->code == KEYCODE_TAB)) {
		s->in_there = true;
		return true;
	}
	if (s->in_there && s->list.found_count && ((k->code == KEYCODE_UP && first) || k->code == KEYCODE_BACKTAB)) {
		s->in_there = false;
		return true;
	}
	if ((k->code == KEYCODE_UP && first) || k->code == KEYCODE_TAB || k->code == KEYCODE_BACKTAB || k->code == KEYCODE_BACKSPACE) {
		s->in_box = true;
		s->in_there = false;
		return true;
	}
	return false;
}

static enum view_result key_in_list(struct search_view *s, const struct key *k)
{
	if (crosses(s, k))
		return VIEW_DONE;
	/* A burst is text: it begins another search. */
	if (k->code == KEYCODE_CHAR && k->burst) {
		s->in_box = true;
		s->in_there = false;
		field_replace(&s->box, "");
		field_key(&s->box, k);
		return VIEW_DONE;
	}
	return list_key(&focused(s)->list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static enum view_result key(struct view *v, const struct key *k)
{
	struct search_view *s = (struct search_view *)v;
	return s->in_box ? key_in_box(s, k) : key_in_list(s, k);
}

/* What is on the server only can be opened, and nothing else be done to it. */
static bool open_there(struct search_view *s)
{
	bool there = s->in_box ? s->list.found_count == 0 && there_has_rows(&s->there) : s->in_there;
	if (there)
		there_open(&s->there);
	return there;
}

static enum view_result act(struct view *v, enum action a)
{
	struct search_view *s = (struct search_view *)v;
	static const struct key all = { .code = KEYCODE_CTRL, .ch = 'a' };
	if (a == ACTION_SEARCH) {
		s->in_box = true;
		s->in_there = false;
		field_key(&s->box, &all);
		return VIEW_DONE;
	}
	settle(s);
	if (a == ACTION_ELSEWHERE) {
		there_ask(&s->there, field_text(&s->box));
		return VIEW_DONE;
	}
	if (a == ACTION_OPEN && open_there(s))
		return VIEW_DONE;
	if (s->list.found_count == 0 && a == ACTION_OPEN) {
		ui_say(v->ui, "%s", *s->remark ? s->remark : _("tapez au moins deux lettres ou chiffres"));
		return VIEW_DONE;
	}
	return s->in_there ? VIEW_IGNORED : request_list_act(&s->list, a);
}

static int wait_ms(struct view *v)
{
	return there_wait_ms(&((struct search_view *)v)->there);
}

static void tick(struct view *v)
{
	struct search_view *s = (struct search_view *)v;
	there_tick(&s->there, field_text(&s->box));
}

static bool answered(struct view *v)
{
	return there_answered(&((struct search_view *)v)->there);
}

static bool can(struct view *v, enum action a)
{
	struct search_view *s = (struct search_view *)v;
	/* In the box a letter is text. */
	if ((s->in_box || s->in_there) && (action_info(a)->needs & NEED_SELECTION) && a != ACTION_OPEN)
		return false;
	if (a == ACTION_ELSEWHERE)
		return s->there.partial;
	if (a == ACTION_OPEN && (s->in_there || (s->in_box && there_has_rows(&s->there))))
		return true;
	return request_list_can(&s->list, a);
}

static int64_t selected(struct view *v)
{
	struct search_view *s = (struct search_view *)v;
	return s->in_there ? 0 : request_list_selected(&s->list);
}

static size_t marked(struct view *v, int64_t *ids, size_t max)
{
	struct search_view *s = (struct search_view *)v;
	return s->in_there ? 0 : request_list_marked(&s->list, ids, max);
}

static bool typing(struct view *v)
{
	return ((struct search_view *)v)->in_box;
}

const struct view_ops view_search = { .kind = VIEW_SEARCH, .open = open_search, .close = close_search, .title = title, .refresh = refresh, .draw = draw, .key = key,
	.act = act, .can = can, .selected = selected, .marked = marked, .typing = typing, .wait_ms = wait_ms, .tick = tick, .answered = answered };
