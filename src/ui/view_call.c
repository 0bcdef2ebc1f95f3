// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen: one contact typed while somebody talks. The form on the left, who calls and what stands near by on the right, what to promise below.
 * Here: its keys and its actions. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/core/phone.h"
#include "guichet/core/similar.h"

/* --- opening and closing --- */

static void prefill(struct call_view *v, const struct view_target *t)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	struct phone phone;
	const struct category *m = t->category ? catalogue_category(c, t->category) : NULL;
	const struct commune *commune = t->commune ? catalogue_commune(c, t->commune) : NULL;
	if (t->channel >= 0 && t->channel < CHANNEL_COUNT)
		v->channel = (enum channel)t->channel;
	call_clear(v, false);
	v->contact = t->contact;
	v->link = t->reference;
	if (t->text && *t->text) {
		bool number = phone_parse(t->text, &phone, NULL) == GUICHET_OK;
		form_set(&v->form, number ? "phone" : strchr(t->text, '@') ? "email" : "name", t->text);
	}
	if (m)
		form_set(&v->form, "category", m->name);
	if (commune)
		form_set(&v->form, "commune", commune->name);
	if (t->requester) {
		call_choose_person(v, t->requester);
		form_focus(&v->form, "subject");
		/* Nothing was typed yet. */
		v->dirty = false;
	}
	call_notes(v);
}

static void close_call(struct view *view)
{
	struct call_view *v = (struct call_view *)view;
	if (!v->abandoned)
		call_keep(v);
	call_forget(v);
	call_done_free(&v->done);
	free(v->filled_name);
	free(v->kept);
	form_done(&v->form);
	free(v);
}

static struct view *open_call(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct call_view *v = guichet_alloc(sizeof *v);
	v->view = (struct view){ &view_call, ui };
	v->channel = CHANNEL_PHONE;
	prefill(v, target);
	if (target->draft && !call_resume(v, target->draft, err)) {
		close_call(&v->view);
		return NULL;
	}
	return &v->view;
}

static void title_call(struct view *view, struct text *out)
{
	const struct call_view *v = (const struct call_view *)view;
	static const char *const titles[CHANNEL_COUNT] = { [CHANNEL_PHONE] = N_("Appel"), [CHANNEL_EMAIL] = N_("Courriel"), [CHANNEL_POST] = N_("Courrier"),
		[CHANNEL_DESK] = N_("Accueil"), [CHANNEL_WEB] = N_("Demande du site") };
	text_add(out, _(titles[v->channel]));
	if (v->mode == MODE_DONE)
		return;
	if (v->link)
		text_add(out, _(", demande rattachée"));
	else if (!op_id_is_none(v->contact))
		text_add(out, _(", même contact"));
	if (v->refused)
		text_add(out, _("   brouillon NON GARDÉ"));
	else if (v->draft)
		text_add(out, _("   brouillon gardé"));
}

static void refresh_call(struct view *view)
{
	struct call_view *v = (struct call_view *)view;
	free(v->items_of);
	free(v->alike_of);
	v->items_of = v->alike_of = NULL;
	call_notes(v);
	call_done_refresh(v);
}

static void abandon(void *context)
{
	struct call_view *v = context;
	v->abandoned = true;
	ui_act(v->view.ui, ACTION_CANCEL);
}

static bool may_leave_call(struct view *view)
{
	struct call_view *v = (struct call_view *)view;
	if (v->mode == MODE_DONE || v->abandoned || ui_read_only(view->ui))
		return true;
	if (!call_keep(v)) {
		ui_confirm(view->ui, abandon, v, "%s", _("Le dépôt refuse d'écrire : cette saisie serait perdue. L'abandonner ?"));
		return false;
	}
	if (v->draft)
		ui_say(view->ui, "%s", _("saisie mise de côté : D (Brouillons) la reprend"));
	return true;
}

static bool typing_call(struct view *view)
{
	return ((struct call_view *)view)->mode != MODE_DONE;
}

static int64_t selected_call(struct view *view)
{
	const struct call_view *v = (const struct call_view *)view;
	return v->mode == MODE_DONE ? v->done.row_id : 0;
}

/* --- keys --- */

static bool is_spoken(const struct call_view *v)
{
	return v->channel == CHANNEL_PHONE || v->channel == CHANNEL_DESK;
}

/* Whoever comes next calls: a letter waits. */
static void new_call(struct call_view *v, bool same_contact)
{
	if (!same_contact && !is_spoken(v))
		v->channel = CHANNEL_PHONE;
	call_done_free(&v->done);
	v->mode = MODE_FORM;
	call_clear(v, same_contact);
}

static enum view_result done_key(struct call_view *v, const struct key *k)
{
	if (k->code == KEYCODE_ENTER) {
		new_call(v, true);
		return VIEW_DONE;
	}
	if (k->code == KEYCODE_CHAR && k->ch == 'z' && v->done.row_id && v->done.untold) {
		ui_step(v->view.ui, ACTION_TOLD, &v->done.row_id, 1);
		return VIEW_DONE;
	}
	/* The next number is being typed: the next call has begun. */
	if (k->code == KEYCODE_CHAR && ((k->ch >= '0' && k->ch <= '9') || k->ch == '+')) {
		new_call(v, false);
		return v->view.ops->key(&v->view, k);
	}
	return VIEW_IGNORED;
}

static enum view_result outcome_key(struct call_view *v, const struct key *k)
{
	if (k->code == KEYCODE_CHAR && call_outcome(v, k->ch))
		return VIEW_DONE;
	if (k->code == KEYCODE_ENTER)
		v->mode = MODE_FORM;
	return VIEW_DONE;
}

/* The moment to check the field that was left. The draft is kept once that is painted (tick_call): nobody waits for the disk between two fields. */
static void left_field(struct call_view *v, enum call_field left, const struct key *k)
{
	bool stepped = k->code == KEYCODE_TAB || k->code == KEYCODE_ENTER || k->code == KEYCODE_DOWN;
	enum channel channel = v->channel;
	call_settle(v, left);
	/* Another channel, another order of fields: on to the one that follows now. */
	if (stepped && v->channel != channel) {
		form_focus(&v->form, "channel");
		form_key(&v->form, k);
	}
	call_look_up(v);
	if (left == CALL_NAME)
		call_look_up_name(v);
	/* Who calls is known: straight on to what they want. */
	if (stepped && (left == CALL_PHONE || left == CALL_EMAIL) && call_focus(v) == CALL_NAME && call_person(v))
		form_key(&v->form, k);
	call_notes(v);
	v->keep_now = v->dirty;
}

static void paste_into(struct call_view *v, enum call_field f, const struct text *t)
{
	form_focus(&v->form, call_fields[f].key);
	form_key(&v->form, &(struct key){ .code = KEYCODE_PASTE, .paste = text_str(t), .paste_bytes = t->len });
}

/* A mail pasted whole, wherever the cursor is: who sent it, its subject and its text each into its field, when these are empty. */
static bool take_message(struct call_view *v, const struct key *k)
{
	static const enum call_field taken[] = { CALL_EMAIL, CALL_SUBJECT, CALL_TEXT };
	struct text parts[3] = { TEXT_INIT, TEXT_INIT, TEXT_INIT };
	bool free_fields = k->code == KEYCODE_PASTE && v->channel == CHANNEL_EMAIL;
	for (size_t i = 0; i < 3; i++)
		free_fields = free_fields && !*call_text(v, taken[i]);
	bool takes = free_fields && call_split_message(k->paste, k->paste_bytes, &parts[0], &parts[1], &parts[2]);
	if (takes) {
		for (size_t i = 0; i < 3; i++)
			paste_into(v, taken[i], &parts[i]);
		call_changed(v);
		call_settle(v, CALL_EMAIL);
		form_focus(&v->form, call_fields[CALL_CATEGORY].key);
		call_look_up(v);
		call_look_up_name(v);
		call_notes(v);
		v->keep_now = true;
		ui_say(v->view.ui, "%s", _("courriel réparti : expéditeur, objet, texte"));
	}
	for (size_t i = 0; i < 3; i++)
		text_done(&parts[i]);
	return takes;
}

static enum view_result form_mode_key(struct call_view *v, const struct key *k)
{
	bool pick = k->ctrl && (k->code == KEYCODE_UP || k->code == KEYCODE_DOWN);
	if (pick || ((k->code == KEYCODE_PAGE_UP || k->code == KEYCODE_PAGE_DOWN) && call_focus(v) != CALL_TEXT)) {
		call_pick(v, k->code == KEYCODE_UP || k->code == KEYCODE_PAGE_UP ? -1 : 1);
		return VIEW_DONE;
	}
	if (take_message(v, k))
		return VIEW_DONE;
	enum call_field before = call_focus(v);
	enum form_result r = form_key(&v->form, k);
	const struct field *f = k->code == KEYCODE_PASTE ? form_focused_field(&v->form) : NULL;
	if (f && f->pasted_too_much)
		ui_say(v->view.ui, "%s", _("texte trop long pour ce champ : la fin n'y est pas"));
	if (r == FORM_CHANGED) {
		form_set_error(&v->form, call_fields[before].key, NULL);
		call_changed(v);
		if (before == CALL_NAME)
			v->chosen = 0;
		if (before == CALL_CATEGORY || before == CALL_COMMUNE || before == CALL_DANGER)
			call_notes(v);
	} else if (r == FORM_MOVED) {
		left_field(v, before, k);
	} else if (r == FORM_END) {
		call_settle(v, before);
		ui_say(v->view.ui, "%s", _("dernier champ : F8 enregistre"));
	}
	return r == FORM_IGNORED ? VIEW_IGNORED : VIEW_DONE;
}

static enum view_result key_call(struct view *view, const struct key *k)
{
	struct call_view *v = (struct call_view *)view;
	switch (v->mode) {
	case MODE_DONE:
		return done_key(v, k);
	case MODE_OUTCOME:
		return outcome_key(v, k);
	default:
		return form_mode_key(v, k);
	}
}

/* --- actions --- */

/* A street without its number: that is typed before it. */
static bool wants_number(struct call_view *v, const char *street)
{
	static const struct key home = { .code = KEYCODE_HOME };
	struct text t = TEXT_INIT;
	if (address_street_at(street) > 0)
		return false;
	text_addf(&t, " %s", street);
	call_put(v, CALL_ADDRESS, text_str(&t));
	field_key(form_focused_field(&v->form), &home);
	ui_say(v->view.ui, "%s", _("le numéro, puis Tab ; Tab seul s'il n'y en a pas"));
	text_done(&t);
	return true;
}

static void value_chosen(void *context, const char *value)
{
	struct call_view *v = context;
	enum call_field f = call_focus(v);
	static const struct key tab = { .code = KEYCODE_TAB };
	if (f == CALL_ADDRESS && wants_number(v, value))
		return;
	if (f == CALL_NAME) {
		call_choose_person(v, strtoll(value, NULL, 10));
	} else {
		char *text = call_value_text(v, f, value);
		call_put(v, f, text);
		free(text);
	}
	key_call(&v->view, &tab);
}

/* A commune has more streets than the list begins with. */
static void street_typed(void *context, const char *filter)
{
	struct call_view *v = context;
	struct call_values l;
	call_streets(v, filter, &l);
	ui_choose_add(v->view.ui, l.items, l.count);
	values_done(&l);
}

static void list_values(struct call_view *v)
{
	struct call_values l;
	enum call_field f = call_focus(v);
	const char *text = call_text(v, f);
	if (!(call_fields[f].flags & FORM_LIST)) {
		ui_say(v->view.ui, "%s", _("ce champ n'a pas de liste : tapez le texte"));
		return;
	}
	call_values(v, f, true, &l);
	if (f == CALL_ADDRESS)
		text += address_street_at(text);
	/* What stands there already is no filter: one wants another. */
	bool whole = (f == CALL_CATEGORY && call_category(v)) || (f == CALL_COMMUNE && call_commune(v)) || f == CALL_CHANNEL || f == CALL_NATURE ||
		f == CALL_PRIORITY || f == CALL_DANGER || f == CALL_NAME;
	if (l.count)
		ui_choose(v->view.ui, l.title, l.items, l.count, whole ? "" : text, value_chosen, v);
	if (l.count && f == CALL_ADDRESS)
		ui_choose_from_more(v->view.ui, street_typed);
	if (!l.count)
		ui_say(v->view.ui, "%s", f == CALL_NAME ? _("personne de ce nom : tapez-le en entier, une fiche sera créée") : _("aucune valeur connue : tapez le texte"));
	values_done(&l);
}

/* Filled with the next opening in two hours; the same key takes it away. */
static void wish_callback(struct call_view *v)
{
	struct text when = TEXT_INIT;
	int64_t in_two_hours = ui_now(v->view.ui) + 2 * 60 * MS_PER_MINUTE;
	const struct calendar *c = store_catalogue(ui_store(v->view.ui))->calendar;
	int64_t open = c ? calendar_next_open(c, in_two_hours) : NO_INSTANT;
	struct civil at = paris_civil(open == NO_INSTANT ? in_two_hours : open);
	if (*call_text(v, CALL_CALLBACK)) {
		call_put(v, CALL_CALLBACK, "");
		form_set_error(&v->form, "callback", NULL);
		ui_say(v->view.ui, "%s", _("pas de rappel"));
		return;
	}
	text_addf(&when, "%02d/%02d/%04d %02d:%02d", at.day, at.month, at.year, at.hour, at.minute / 15 * 15);
	call_put(v, CALL_CALLBACK, text_str(&when));
	enum call_field before = call_focus(v);
	form_focus(&v->form, "callback");
	call_settle(v, before);
	call_keep(v);
	ui_say(v->view.ui, "%s", _("rappel prévu : changez la date au besoin ; F7 l'enlève"));
	text_done(&when);
}

/* The same key again, before anything is typed: what is to be recorded came another way. */
static void next_channel(struct call_view *v)
{
	static const enum channel next[CHANNEL_COUNT] = { [CHANNEL_PHONE] = CHANNEL_EMAIL, [CHANNEL_EMAIL] = CHANNEL_POST, [CHANNEL_POST] = CHANNEL_DESK,
		[CHANNEL_DESK] = CHANNEL_PHONE, [CHANNEL_WEB] = CHANNEL_PHONE };
	v->channel = next[v->channel];
	call_clear(v, false);
}

static void another_call(struct call_view *v)
{
	if (v->mode == MODE_DONE) {
		new_call(v, false);
	} else if (call_is_empty(v)) {
		next_channel(v);
	} else if (call_keep(v)) {
		new_call(v, false);
		ui_say(v->view.ui, "%s", _("saisie mise de côté dans les brouillons ; nouvel appel"));
	}
}

static enum view_result act_form(struct call_view *v, enum action a)
{
	switch (a) {
	case ACTION_LIST_VALUES:
		list_values(v);
		return VIEW_DONE;
	case ACTION_REPEAT:
		call_repeat(v, call_focus(v));
		call_notes(v);
		return VIEW_DONE;
	case ACTION_JOIN:
		call_join(v);
		return VIEW_DONE;
	case ACTION_CALLBACK:
		wish_callback(v);
		return VIEW_DONE;
	case ACTION_VALIDATE:
		call_validate(v);
		return VIEW_DONE;
	case ACTION_ANSWERED:
		call_answered(v);
		return VIEW_DONE;
	case ACTION_OUTCOME:
		v->mode = MODE_OUTCOME;
		return VIEW_DONE;
	case ACTION_JUMP:
		form_jump(&v->form);
		return VIEW_DONE;
	default:
		return VIEW_IGNORED;
	}
}

static enum view_result act_call(struct view *view, enum action a)
{
	struct call_view *v = (struct call_view *)view;
	bool escapes = a == ACTION_CANCEL && (v->mode == MODE_OUTCOME || (v->mode == MODE_FORM && v->form.jumping));
	v->form.jumping = false;
	if (escapes) {
		v->mode = MODE_FORM;
		return VIEW_DONE;
	}
	if (a == ACTION_CALL) {
		another_call(v);
		return VIEW_DONE;
	}
	/* The next letter of the pile. */
	if (v->mode == MODE_DONE && a == ACTION_REPEAT && !is_spoken(v)) {
		enum channel channel = v->channel;
		new_call(v, false);
		v->channel = channel;
		call_clear(v, false);
		return VIEW_DONE;
	}
	if (v->mode == MODE_DONE && a == ACTION_CALLBACK && v->done.row_id) {
		ui_step(view->ui, a, &v->done.row_id, 1);
		return VIEW_DONE;
	}
	if (v->mode == MODE_OUTCOME)
		v->mode = MODE_FORM;
	return v->mode == MODE_FORM ? act_form(v, a) : VIEW_IGNORED;
}

/* The bottom line is short: in a narrow window the keys that record stand there rather than those that every screen has. */
static bool can_call(struct view *view, enum action a)
{
	struct call_view *v = (struct call_view *)view;
	switch (a) {
	case ACTION_LIST_VALUES:
		return v->mode == MODE_FORM && call_focus(v) < CALL_FIELD_COUNT && (call_fields[call_focus(v)].flags & FORM_LIST);
	case ACTION_JOIN:
		return v->mode == MODE_FORM && call_item(v);
	case ACTION_REPEAT:
		return v->mode == MODE_FORM || (v->mode == MODE_DONE && !is_spoken(v));
	case ACTION_VALIDATE:
	case ACTION_ANSWERED:
	case ACTION_OUTCOME:
	case ACTION_JUMP:
		return v->mode == MODE_FORM;
	case ACTION_CALL:
	case ACTION_SEARCH:
		return v->mode != MODE_FORM || v->cols >= WIDE_COLS;
	case ACTION_ADD_BULLETIN:
		return v->mode == MODE_DONE && v->done.row_id;
	case ACTION_CALLBACK:
		return (v->mode == MODE_FORM && v->cols >= WIDE_COLS) || (v->mode == MODE_DONE && v->done.row_id);
	default:
		return true;
	}
}

/* --- time --- */

static int wait_call(struct view *view)
{
	const struct call_view *v = (const struct call_view *)view;
	int64_t at = v->dirty_since_ms + DRAFT_AFTER_MS, now = ui_now(view->ui);
	if (!v->dirty || v->mode == MODE_DONE)
		return -1;
	at = v->keep_now ? now : at;
	at = at > v->retry_ms ? at : v->retry_ms;
	return at <= now ? 0 : at - now > DRAFT_RETRY_MS ? DRAFT_RETRY_MS : (int)(at - now);
}

static void tick_call(struct view *view)
{
	if (wait_call(view) == 0)
		call_keep((struct call_view *)view);
}

const struct view_ops view_call = { .kind = VIEW_CALL, .open = open_call, .close = close_call, .title = title_call, .refresh = refresh_call, .draw = call_draw,
	.key = key_call, .act = act_call, .can = can_call, .selected = selected_call, .typing = typing_call, .may_leave = may_leave_call,
	.wait_ms = wait_call, .tick = tick_call };
