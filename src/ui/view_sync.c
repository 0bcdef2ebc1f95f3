// SPDX-License-Identifier: GPL-3.0-or-later
/* The Synchro screen: how the desk stands with its server, what waits to be sent and why, and what the two left to people: conflicts, operations in souffrance.
 * Each line leads to its request. Must not know how anything is sent. */
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/conflicts.h"
#include "guichet/report/history.h"
#include "guichet/sync/sync.h"
#include "mails_inside.h"
#include "short_list.h"
#include "ui_inside.h"

enum { LISTED = 200, CROSSED_MAX = 50, KIND_COLS = 14, WHEN_COLS = 16, REFERENCE_COLS = 14, LABEL_COLS = 17, DETAIL_LABEL = 17, DETAIL_ROWS = 7, HEAD_ROWS_MAX = 7,
	CLOCK_APART_MS = 120000 };
enum row_kind { ROW_CONFLICT = 1, ROW_CROSSED, ROW_PARKED, ROW_PENDING };

struct sync_row { int64_t id; enum row_kind kind; int64_t row_id, reference, at_ms; char *status, *service, *what; bool settling; struct facts told; };

struct sync_view {
	struct view view;
	struct short_list list;
	struct facts head;
	struct replica_state state;
	int64_t blobs;                                 /* attachments to be sent */
	size_t counts[ROW_PENDING + 1];
	int64_t next_id;
	int64_t quarantined;                           /* mails that nobody sorted */
};

/* --- rows --- */

static void drop_row(void *row)
{
	struct sync_row *r = row;
	free(r->status);
	free(r->service);
	free(r->what);
	facts_done(&r->told);
}

static struct sync_row *add_row(struct sync_view *v, enum row_kind kind, int64_t row_id, int64_t reference, int64_t at_ms, const char *what)
{
	struct sync_row *r = short_list_add(&v->list);
	/* The same thing keeps its number while it stands here, so that the selection stays on it. */
	r->id = (row_id ? row_id : ++v->next_id) * 8 + kind;
	r->kind = kind;
	r->row_id = row_id;
	r->reference = reference;
	r->at_ms = at_ms;
	r->what = guichet_strdup(what);
	v->counts[kind]++;
	return r;
}

static void place_row(struct sync_row *r, const struct request *q)
{
	r->status = guichet_strdup(status_code(q->status));
	r->service = guichet_strdup(request_text(q, FIELD_SERVICE));
}

static void tell_conflict(struct store *s, struct facts *f, const struct conflict *c)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < c->count; i++) {
		text_clear(&t);
		history_when(&t, c->values[i].at_ms, store_now(s));
		struct text line = TEXT_INIT;
		text_addf(&line, i ? _("ou %s · %s, %s") : _("%s (affichée) · %s, %s"), c->values[i].words, c->values[i].actor, text_str(&t));
		if (c->values[i].unsent)
			text_add(&line, _(" · à envoyer"));
		facts_add(f, i ? STYLE_NORMAL : STYLE_BOLD, i ? "" : c->label, text_str(&line));
		text_done(&line);
	}
	if (*c->before)
		facts_add(f, STYLE_DIM, _("avant"), c->before);
	facts_add(f, STYLE_RISK, "", c->note);
	text_done(&t);
}

static bool add_conflict(void *context, const struct todo *t)
{
	struct sync_view *v = context;
	struct store *s = ui_store(v->view.ui);
	struct loaded l = { 0 };
	struct conflict *list;
	struct text what = TEXT_INIT;
	if (store_load_id(s, t->row.id, &l, NULL))
		return true;
	size_t count = conflicts_of(s, &l.request, &list);
	for (size_t i = 0; i < count; i++)
		text_addf(&what, "%s%s", i ? ", " : "", list[i].label);
	text_addf(&what, " · %s", request_text(&l.request, FIELD_SUBJECT));
	struct sync_row *r = add_row(v, ROW_CONFLICT, t->row.id, l.request.reference, t->at_ms, text_str(&what));
	place_row(r, &l.request);
	for (size_t i = 0; i < count; i++)
		tell_conflict(s, &r->told, &list[i]);
	conflicts_free(list, count);
	loaded_done(&l);
	text_done(&what);
	return true;
}

static void add_crossed(struct sync_view *v)
{
	struct store *s = ui_store(v->view.ui);
	int64_t rows[CROSSED_MAX], other_row, other;
	size_t count = replica_crossed_links(s, rows, CROSSED_MAX);
	for (size_t i = 0; i < count; i++) {
		struct loaded l = { 0 };
		struct text t = TEXT_INIT;
		char shown[REFERENCE_SHOWN];
		bool ours;
		if (store_load_id(s, rows[i], &l, NULL))
			continue;
		if (links_crossed(s, &l.request, &other_row, &other, &ours)) {
			struct sync_row *r = add_row(v, ROW_CROSSED, rows[i], l.request.reference, l.request.updated_ms, request_text(&l.request, FIELD_SUBJECT));
			place_row(r, &l.request);
			reference_show(other, shown);
			text_addf(&t, _("rattachée à %s, qui lui est rattachée : "), shown);
			text_add(&t, ours ? _("c'est celle-ci qui se rouvre (R)") : _("c'est l'autre qui se rouvre (R)"));
			facts_add(&r->told, STYLE_RISK, _("rattachements"), text_str(&t));
		}
		text_done(&t);
		loaded_done(&l);
	}
}

static void add_waiting(struct sync_view *v, const struct waiting_op *w, enum row_kind kind)
{
	struct text what = TEXT_INIT, when = TEXT_INIT;
	struct store *s = ui_store(v->view.ui);
	const char *label = w->op.kind < OP_KIND_COUNT ? op_kind_label(w->op.kind) : op_kind_text(&w->op);
	text_addf(&what, "%s · %s%s%s", w->op.actor, label, *w->subject ? " · " : "", w->subject);
	struct sync_row *r = add_row(v, kind, w->row_id, w->reference, w->op.wall_ms, text_str(&what));
	/* Several of one request stand here: each has its own operation's number. */
	r->id = ((int64_t)(w->op.id.dseq & 0xffffffff) << 24 | (w->op.id.device & 0xffff) << 8 | 0x80) * 8 + kind;
	r->settling = w->settling;
	history_when(&when, w->op.wall_ms, store_now(s));
	text_clear(&what);
	text_addf(&what, "%s · %s, %s", label, w->op.actor, text_str(&when));
	facts_add(&r->told, STYLE_BOLD, _("étape"), text_str(&what));
	facts_add(&r->told, STYLE_NORMAL, _("demande"), w->subject);
	facts_add(&r->told, STYLE_NORMAL, _("texte"), op_text(&w->op, "text", op_text(&w->op, "reason", "")));
	if (kind == ROW_PARKED) {
		facts_add(&r->told, STYLE_LATE, _("en souffrance"), op_parked_label(&w->op));
		facts_add(&r->told, STYLE_NORMAL, "", w->settling ? _("réglée : le serveur l'apprend au prochain échange") : !w->row_id
			? _("d'aucune demande de ce poste : guichetd admin settle la règle sur le serveur") : _("R la refait autrement ; un superviseur l'applique, ou la met de côté"));
	}
	text_done(&what);
	text_done(&when);
}

static void read_waiting(struct sync_view *v, enum row_kind kind)
{
	struct waiting_op *list = NULL;
	size_t count = 0;
	struct guichet_err err = { 0 };
	struct store *s = ui_store(v->view.ui);
	if (kind == ROW_PARKED ? replica_list_parked(s, LISTED, &list, &count, &err) : replica_list_pending(s, LISTED, &list, &count, &err))
		ui_unread(v->view.ui, &err);
	for (size_t i = 0; i < count; i++)
		add_waiting(v, &list[i], kind);
	waiting_ops_free(list, count);
}

static void read_rows(void *view)
{
	struct sync_view *v = view;
	struct guichet_err err = { 0 };
	const struct todo_filter f = { .kind = TODO_CONFLICT, .limit = LISTED };
	memset(v->counts, 0, sizeof v->counts);
	v->next_id = 0;
	if (store_page_todo(ui_store(v->view.ui), &f, add_conflict, v, &err))
		ui_unread(v->view.ui, &err);
	add_crossed(v);
	read_waiting(v, ROW_PARKED);
	read_waiting(v, ROW_PENDING);
}

/* --- how the desk stands --- */

static void add_ago(struct text *out, int64_t ms)
{
	if (ms < 60000)
		text_addf(out, _("%lld\u00a0s"), (long long)(ms < 0 ? 0 : (ms + 999) / 1000));
	else
		text_addf(out, _("%lld\u00a0min"), (long long)(ms / 60000));
}

static const char *trouble_words(enum sync_trouble trouble)
{
	switch (trouble) {
	case SYNC_FINE:
		return "";
	case SYNC_OFFLINE:
		return _("HORS LIGNE, tout est gardé et partira");
	case SYNC_REVOKED:
		return _("POSTE RÉVOQUÉ : ce qu'il avait reçu est effacé, ce qu'il n'a pas envoyé est gardé ; voyez l'administrateur");
	case SYNC_FORKED:
		return _("DEUX POSTES ONT LA MÊME IDENTITÉ (disque copié ou restauré) : enrôlez celui-ci de nouveau ; rien n'est perdu");
	case SYNC_TOO_OLD:
		return _("VERSION TROP ANCIENNE : mettez guichet à jour pour recevoir ; l'envoi continue");
	case SYNC_SIGN_IN:
		return _("IDENTIFICATION REFUSÉE (401) : l'échange attend, rien n'est perdu");
	case SYNC_REFUSED:
		break;
	}
	return _("REFUS DU SERVEUR");
}

static void add_state(struct sync_view *v, const struct sync_status *now)
{
	struct text t = TEXT_INIT;
	int64_t time = ui_now(v->view.ui);
	bool fine = now->trouble == SYNC_FINE;
	text_add(&t, fine ? (now->busy ? _("échange en cours") : now->online ? _("en ligne") : _("pas encore d'échange")) : trouble_words(now->trouble));
	facts_add(&v->head, fine ? STYLE_OK : STYLE_LATE, _("État"), text_str(&t));
	text_clear(&t);
	if (!fine && now->since_ms != NO_INSTANT)
		history_when(&t, now->since_ms, time);
	if (!fine && *now->detail)
		text_addf(&t, "%s%s", t.len ? _(" : ") : "", now->detail);
	facts_add(&v->head, STYLE_NORMAL, _("Depuis"), text_str(&t));
	text_done(&t);
}

static void add_clock(struct text *t, int64_t offset_ms)
{
	if (offset_ms == NO_INSTANT) {
		text_add(t, _(" · heure du serveur inconnue (≈)"));
	} else if (offset_ms > CLOCK_APART_MS || offset_ms < -CLOCK_APART_MS) {
		text_add(t, _(" · horloge de ce poste ≈ "));
		add_ago(t, offset_ms < 0 ? -offset_ms : offset_ms);
		text_add(t, offset_ms > 0 ? _(" de retard sur le serveur") : _(" d'avance sur le serveur"));
	}
}

static void add_waits(struct sync_view *v, const struct sync_status *now)
{
	struct text t = TEXT_INIT;
	int64_t time = ui_now(v->view.ui), oldest = NO_INSTANT;
	for (size_t i = 0; i < v->list.count; i++) {
		const struct sync_row *r = short_list_at(&v->list, i);
		if (r->kind == ROW_PENDING && (oldest == NO_INSTANT || r->at_ms < oldest))
			oldest = r->at_ms;
	}
	text_addf(&t, v->state.pending == 1 ? _("%lld étape") : _("%lld étapes"), (long long)v->state.pending);
	if (oldest != NO_INSTANT) {
		text_add(&t, _(", depuis "));
		history_when(&t, oldest, time);
	}
	if (v->blobs > 0)
		text_addf(&t, v->blobs == 1 ? _(" ; %lld pièce") : _(" ; %lld pièces"), (long long)v->blobs);
	if (v->state.unseen > 0)
		text_addf(&t, _(" ; %lld envoyées, pas encore relues"), (long long)v->state.unseen);
	if (now && now->trouble != SYNC_FINE && now->retry_ms != NO_INSTANT && now->retry_ms > time) {
		text_add(&t, _(" ; prochain essai dans "));
		add_ago(&t, now->retry_ms - time);
	}
	facts_add(&v->head, v->state.pending ? STYLE_BOLD : STYLE_NORMAL, _("À envoyer"), text_str(&t));
	text_done(&t);
}

/* How far a snapshot is; the server tells about how many there are. */
static void add_filling(struct sync_view *v, const struct sync_status *now)
{
	struct text t = TEXT_INIT;
	if (now && now->filling && now->to_fill > 0) {
		int64_t done = now->filled < now->to_fill ? now->filled : now->to_fill;
		text_addf(&t, _("%lld %% (%lld demandes sur %lld environ) ; "), (long long)(done * 100 / now->to_fill), (long long)done, (long long)now->to_fill);
	}
	text_add(&t, _("les demandes arrivent ; ce qui est ouvert d'abord"));
	facts_add(&v->head, STYLE_RISK, _("Réception"), text_str(&t));
	text_done(&t);
}

/* What the desk holds was compared with what the server says that it should. */
static void add_differs(struct sync_view *v)
{
	int64_t tried_ms;
	struct text t = TEXT_INIT;
	if (!replica_digest_wrong(ui_store(v->view.ui), &tried_ms))
		return;
	if (v->state.resync) {
		text_add(&t, _("ce poste n'avait pas tout à fait ce que le serveur lui montre : il le reprend, rien de saisi ne se perd"));
	} else {
		text_add(&t, _("ce poste n'a toujours pas ce que le serveur lui montre, repris "));
		history_when(&t, tried_ms, ui_now(v->view.ui));
		text_add(&t, _(" : prévenez l'administrateur ; rien de saisi ne se perd"));
	}
	facts_add(&v->head, STYLE_RISK, _("Écart"), text_str(&t));
	text_done(&t);
}

static void add_last(struct sync_view *v, const struct sync_status *now)
{
	struct text t = TEXT_INIT;
	int64_t last = v->state.last_sync_ms;
	if (now && now->answered_ms != NO_INSTANT && (last == NO_INSTANT || now->answered_ms > last))
		last = now->answered_ms;
	if (last == NO_INSTANT)
		text_add(&t, _("jamais"));
	else
		history_when(&t, last, ui_now(v->view.ui));
	text_addf(&t, _(" · %lld numéros en réserve"), (long long)v->state.serials_left);
	add_clock(&t, v->state.offset_ms);
	facts_add(&v->head, STYLE_NORMAL, _("Dernier échange"), text_str(&t));
	add_differs(v);
	if (v->state.resync || (now && now->filling))
		add_filling(v, now);
	else if (v->state.partial)
		facts_add(&v->head, STYLE_DIM, _("Historique"), _("partiel : les demandes closes plus anciennes sont sur le serveur"));
	text_done(&t);
}

static void make_head(struct sync_view *v)
{
	struct enrolment e;
	struct sync_status now = { .retry_ms = NO_INSTANT, .since_ms = NO_INSTANT, .answered_ms = NO_INSTANT };
	const struct ui_link *link = ui_link(v->view.ui);
	struct text t = TEXT_INIT;
	facts_clear(&v->head);
	if (!v->state.enrolled || replica_enrolment(ui_store(v->view.ui), &e, NULL)) {
		facts_add(&v->head, STYLE_NORMAL, _("Serveur"), _("aucun : ce poste travaille seul, tout est enregistré ici (guichet enrol URL CODE le rattache)"));
		return;
	}
	text_addf(&t, _("%s · « %s », poste n° %lu"), e.url, e.name, (unsigned long)e.device);
	facts_add(&v->head, STYLE_NORMAL, _("Serveur"), text_str(&t));
	if (link)
		link->status(link->context, &now);
	if (link)
		add_state(v, &now);
	else
		facts_add(&v->head, STYLE_RISK, _("État"), _("cet écran n'échange pas avec le serveur : guichet sync"));
	add_waits(v, &now);
	add_last(v, &now);
	text_done(&t);
	enrolment_done(&e);
}

/* --- drawing --- */

static const char *kind_words(const struct sync_row *r, enum style *style)
{
	*style = r->kind == ROW_PENDING ? STYLE_NORMAL : r->kind == ROW_PARKED ? STYLE_LATE : STYLE_RISK;
	switch (r->kind) {
	case ROW_CONFLICT:
		return _("conflit");
	case ROW_CROSSED:
		return _("liens croisés");
	case ROW_PARKED:
		return r->settling ? _("réglée, part") : _("en souffrance");
	case ROW_PENDING:
		break;
	}
	return _("à envoyer");
}

static void draw_row(void *context, const void *row, const struct list_cell *cell)
{
	const struct sync_view *v = context;
	const struct sync_row *r = row;
	struct text when = TEXT_INIT;
	char reference[REFERENCE_SHOWN] = "";
	enum style style;
	int at = cell->col + 1, end = cell->col + cell->width;
	const char *kind = kind_words(r, &style);
	if (r->reference)
		reference_show(r->reference, reference);
	history_when(&when, r->at_ms, ui_now(v->view.ui));
	grid_text(cell->grid, cell->row, at, KIND_COLS, kind, style, false);
	at += KIND_COLS + 1;
	grid_text(cell->grid, cell->row, at, WHEN_COLS, text_str(&when), STYLE_NORMAL, false);
	at += WHEN_COLS + 1;
	grid_text(cell->grid, cell->row, at, REFERENCE_COLS, reference, STYLE_BOLD, false);
	at += REFERENCE_COLS + 2;
	if (at < end)
		grid_text(cell->grid, cell->row, at, end - at, r->what, STYLE_NORMAL, false);
	text_done(&when);
}

static void draw_detail(struct grid *g, struct rect r, const void *row_told)
{
	const struct sync_row *row = row_told;
	if (row)
		facts_draw(&row->told, g, r, DETAIL_LABEL, 0);
}

static void draw_sync(struct view *view, struct grid *g, struct rect r)
{
	struct sync_view *v = (struct sync_view *)view;
	make_head(v);
	mails_draw_waiting(g, &r, v->quarantined);
	int rows = facts_draw(&v->head, g, (struct rect){ r.row, r.col + 1, r.rows, r.cols - 2 }, LABEL_COLS, 0), at = r.col + 2;
	if (rows > HEAD_ROWS_MAX)
		rows = HEAD_ROWS_MAX;
	if (rows > r.rows / 2)
		rows = r.rows / 2;
	struct rect below = { r.row + rows, r.col, r.rows - rows, r.cols };
	grid_clear(g, below, STYLE_NORMAL);
	grid_clear(g, (struct rect){ below.row, r.col, 1, r.cols }, STYLE_LABEL);
	grid_text(g, below.row, at, KIND_COLS, _("Quoi"), STYLE_LABEL, false);
	at += KIND_COLS + 1;
	grid_text(g, below.row, at, WHEN_COLS, _("Depuis"), STYLE_LABEL, false);
	at += WHEN_COLS + 1;
	grid_text(g, below.row, at, REFERENCE_COLS, _("Numéro"), STYLE_LABEL, false);
	at += REFERENCE_COLS + 2;
	if (at < r.cols)
		grid_text(g, below.row, at, r.cols - at, _("Qui · étape · objet"), STYLE_LABEL, false);
	short_list_draw(&v->list, g, below);
}

/* --- operations --- */

static void refresh_sync(struct view *view)
{
	struct sync_view *v = (struct sync_view *)view;
	replica_state(ui_store(view->ui), &v->state, NULL);
	v->blobs = replica_blobs_waiting(ui_store(view->ui));
	v->quarantined = store_count_mail(ui_store(view->ui), MAIL_QUARANTINED);
	short_list_refresh(&v->list);
}

static struct view *open_sync(struct ui *ui, const struct view_target *target, struct guichet_err *err)
{
	struct sync_view *v = guichet_alloc(sizeof *v);
	(void)target;
	v->view = (struct view){ &view_sync, ui };
	if (replica_state(ui_store(ui), &v->state, err)) {
		free(v);
		return NULL;
	}
	v->blobs = replica_blobs_waiting(ui_store(ui));
	v->quarantined = store_count_mail(ui_store(ui), MAIL_QUARANTINED);
	short_list_init(&v->list, &(struct short_list_source){ .view = v, .row_bytes = sizeof(struct sync_row), .read = read_rows, .drop = drop_row,
		.draw = draw_row, .tell = draw_detail, .told_rows = DETAIL_ROWS, .least_rows = 12 });
	v->list.list.empty = _(" Rien n'attend : tout est envoyé, aucun conflit, rien en souffrance.");
	return &v->view;
}

static void close_sync(struct view *view)
{
	struct sync_view *v = (struct sync_view *)view;
	short_list_done(&v->list);
	facts_done(&v->head);
	free(v);
}

static void title_sync(struct view *view, struct text *out)
{
	const struct sync_view *v = (const struct sync_view *)view;
	size_t conflicts = v->counts[ROW_CONFLICT] + v->counts[ROW_CROSSED];
	text_add(out, _("Synchro"));
	if (conflicts)
		text_addf(out, _("  conflits %zu"), conflicts);
	if (v->counts[ROW_PARKED])
		text_addf(out, _("  en souffrance %zu"), v->counts[ROW_PARKED]);
	if (v->state.pending)
		text_addf(out, _("  à envoyer %lld"), (long long)v->state.pending);
}

static const struct sync_row *row_chosen(struct sync_view *v)
{
	/* Keys may come before anything was drawn: the first one is meant. */
	if (!list_selected_id(&v->list.list) && v->list.count)
		list_select(&v->list.list, ((const struct sync_row *)short_list_at(&v->list, 0))->id);
	return short_list_selected(&v->list);
}

static enum view_result key_sync(struct view *view, const struct key *k)
{
	return list_key(&((struct sync_view *)view)->list.list, k) ? VIEW_DONE : VIEW_IGNORED;
}

static int64_t selected_sync(struct view *view)
{
	const struct sync_row *r = row_chosen((struct sync_view *)view);
	return r ? r->row_id : 0;
}

static enum view_result open_chosen(struct sync_view *v)
{
	const struct sync_row *r = row_chosen(v);
	struct view_target target = { .channel = -1, .row_id = r ? r->row_id : 0 };
	if (target.row_id)
		ui_open(v->view.ui, &view_request, &target);
	else
		ui_say(v->view.ui, "%s", r ? _("cette étape n'est d'aucune demande : rien à ouvrir") : _("rien n'est choisi"));
	return VIEW_DONE;
}

static enum view_result act_sync(struct view *view, enum action a)
{
	struct sync_view *v = (struct sync_view *)view;
	const struct ui_link *link = ui_link(view->ui);
	if (a == ACTION_OPEN)
		return open_chosen(v);
	if (a != ACTION_SYNC_NOW)
		return VIEW_IGNORED;
	if (link)
		link->now(link->context);
	ui_say(view->ui, "%s", link ? _("échange demandé") : _("aucun échange ne se fait d'ici : guichet sync"));
	return VIEW_DONE;
}

static bool can_sync(struct view *view, enum action a)
{
	const struct sync_row *r = row_chosen((struct sync_view *)view);
	if (a == ACTION_SYNC_NOW)
		return ui_link(view->ui) != NULL;
	if (a == ACTION_OPEN)
		return r && r->row_id;
	if (a == ACTION_SETTLE)
		return r && r->row_id && (r->kind == ROW_CONFLICT || r->kind == ROW_CROSSED || (r->kind == ROW_PARKED && !r->settling));
	if (!(action_info(a)->needs & NEED_SELECTION))
		return true;
	return r && r->status && steps_can(view->ui, a, r->status, r->service);
}

const struct view_ops view_sync = { .kind = VIEW_SYNC, .open = open_sync, .close = close_sync, .title = title_sync, .refresh = refresh_sync, .draw = draw_sync,
	.key = key_sync, .act = act_sync, .can = can_sync, .selected = selected_sync, .tick = refresh_sync };
