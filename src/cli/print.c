// SPDX-License-Identifier: GPL-3.0-or-later
/* What people read: rows and requests as lines at most as wide as the terminal. All that came from outside goes through utf8_show. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/wire/request_json.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 60, LABEL_COLUMNS = 14 };

int terminal_width(void)
{
	struct winsize w;
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col >= WIDTH_MIN)
		return w.ws_col;
	return WIDTH_DEFAULT;
}

void print_line(struct cli *cli, const char *format, ...)
{
	struct text t = TEXT_INIT;
	va_list args;
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	fprintf(cli->out, "%s\n", text_str(&t));
	text_done(&t);
}

void print_json(struct cli *cli, json_t *object)
{
	json_dumpf(object, cli->out, JSON_COMPACT);
	fputc('\n', cli->out);
	json_decref(object);
}

/* "en retard de 2 j", "à risque", or nothing. */
static const char *urgency(struct cli *cli, const struct request_row *row)
{
	int64_t now = store_now(cli->store);
	if (row->untold)
		return _("!! NON TRANSMIS");
	if (!row->open || row->answered_ms != NO_INSTANT)
		return "";
	if (row->due[TARGET_ANSWER] != NO_INSTANT && now > row->due[TARGET_ANSWER])
		return _("! en retard");
	return row->risk_ms != NO_INSTANT && now >= row->risk_ms ? _("~ à risque") : "";
}

void print_row(struct cli *cli, const struct request_row *row)
{
	const struct catalogue *c = store_catalogue(cli->store);
	if (cli->json) {
		print_json(cli, row_json(row, c));
		return;
	}
	char reference[REFERENCE_SHOWN];
	enum status status = STATUS_NEW;
	const struct service *service = catalogue_service(c, row->service);
	const struct commune *commune = catalogue_commune(c, row->commune);
	struct text line = TEXT_INIT, due = TEXT_INIT, what = TEXT_INIT;
	status_parse(row->status, &status);
	reference_show(row->reference, reference);
	text_addf(&line, "%s  ", reference);
	utf8_fit(&line, status_label(status), 17, true);
	text_add(&line, " ");
	utf8_fit(&line, service ? service->name : row->service, 15, true);
	if (row->open && row->due[TARGET_ANSWER] != NO_INSTANT) {
		instant_show_short(&due, row->due[TARGET_ANSWER]);
		text_add(&line, " ");
		utf8_fit(&line, text_str(&due), 16, true);
		text_addf(&line, " %s", urgency(cli, row));
	} else {
		instant_show_short(&due, row->received_ms);
		text_addf(&line, _(" reçue %s"), text_str(&due));
	}
	print_line(cli, "%s", text_str(&line));
	text_addf(&what, "%s", row->subject);
	if (*row->address)
		text_addf(&what, " · %s", row->address);
	if (commune)
		text_addf(&what, " · %s", commune->name);
	if (*row->requester_name)
		text_addf(&what, " · %s", row->requester_name);
	text_clear(&line);
	utf8_fit(&line, text_str(&what), terminal_width() - 3, false);
	print_line(cli, "  %s", text_str(&line));
	text_done(&line);
	text_done(&due);
	text_done(&what);
}

/* --- one request --- */

static void print_field(struct cli *cli, const char *label, const char *value)
{
	struct text line = TEXT_INIT, shown = TEXT_INIT;
	if (!value || !*value)
		return;
	utf8_fit(&line, label, LABEL_COLUMNS, true);
	utf8_show(&shown, value, true);
	/* The lines of a text stand under its first one. */
	for (const char *p = text_str(&shown); *p;) {
		size_t n = strcspn(p, "\n");
		print_line(cli, "%s%.*s", text_str(&line), (int)n, p);
		text_clear(&line);
		utf8_fit(&line, "", LABEL_COLUMNS, true);
		p += n + (p[n] == '\n');
	}
	text_done(&line);
	text_done(&shown);
}

static void print_instant(struct cli *cli, const char *label, int64_t ms)
{
	struct text t = TEXT_INIT;
	if (ms == NO_INSTANT)
		return;
	instant_show(&t, ms);
	print_field(cli, label, text_str(&t));
	text_done(&t);
}

static void print_who(struct cli *cli, const struct request *r)
{
	struct op_id id;
	struct requester who = { 0 };
	struct text t = TEXT_INIT;
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &id) && store_requester_of_op(cli->store, id, &who, NULL) == GUICHET_OK) {
		char phone[PHONE_MAX + 16] = "";
		if (who.phone)
			phone_show(who.phone, phone);
		text_addf(&t, "%s%s%s", requester_get(&who, "title"), who.title ? " " : "", requester_get(&who, "name"));
		if (who.organisation)
			text_addf(&t, "%s%s", t.len ? ", " : "", who.organisation);
		if (*phone)
			text_addf(&t, "%s%s", t.len ? " · " : "", phone);
		if (who.email)
			text_addf(&t, "%s%s", t.len ? " · " : "", who.email);
	}
	print_field(cli, _("Usager"), t.len ? text_str(&t) : _("anonyme"));
	print_field(cli, _("Adresse"), requester_get(&who, "postal_address"));
	text_done(&t);
	requester_done(&who);
}

static void print_due(struct cli *cli, const struct request *r)
{
	struct deadlines due;
	deadlines_compute(r, store_catalogue(cli->store), store_now(cli->store), &due, NULL);
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		struct text t = TEXT_INIT;
		if (due.due[k] == NO_INSTANT)
			continue;
		instant_show(&t, due.due[k]);
		if (request_is_open(r) && r->answered_ms == NO_INSTANT && due.due[k] < store_now(cli->store) && k == TARGET_ANSWER)
			text_add(&t, _("  ! EN RETARD"));
		print_field(cli, target_kind_label((enum target_kind)k), text_str(&t));
		text_done(&t);
	}
	const struct promise *p = request_promise(r);
	if (p) {
		struct text t = TEXT_INIT;
		day_show(&t, paris_day(p->date_ms));
		struct text line = TEXT_INIT;
		text_addf(&line, _("au plus tard le %s (dit par %s)"), text_str(&t), p->told_by ? p->told_by : "?");
		print_field(cli, _("Engagement"), text_str(&line));
		text_done(&t);
		text_done(&line);
	}
}

/* What an operation says beside its name, on one line. */
static void describe_op(struct text *out, const struct op *op)
{
	static const char *const keys[] = { "service_code", "category", "reason", "suggested", "assigned_to", "number", "contractor", "channel", "who", "result",
		"body", "redirected_to", "outcome", "text", "name" };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *v = op_text(op, keys[i], "");
		if (*v)
			text_addf(out, "%s%s", out->len ? " · " : "", v);
	}
	static const char *const dates[] = { "date_ms", "planned_ms" };
	for (size_t i = 0; i < 2; i++)
		if (op_int(op, dates[i], 0)) {
			text_add(out, out->len ? " · " : "");
			day_show(out, paris_day(op_int(op, dates[i], 0)));
		}
}

static void print_history(struct cli *cli, const struct request *r)
{
	print_line(cli, "%s", "");
	print_line(cli, "%s", _("Historique"));
	for (size_t i = 0; i < r->op_count; i++) {
		struct text line = TEXT_INIT, details = TEXT_INIT, when = TEXT_INIT;
		const struct op *op = &r->ops[i];
		instant_show_short(&when, op->wall_ms);
		text_addf(&line, "  %s  ", text_str(&when));
		utf8_fit(&line, op->actor, 12, true);
		text_addf(&line, " %s", op->kind < OP_KIND_COUNT ? op_kind_label(op->kind) : _("opération d'un guichet plus récent"));
		describe_op(&details, op);
		if (details.len)
			text_addf(&line, _(" : %s"), text_str(&details));
		struct text cut = TEXT_INIT;
		utf8_fit(&cut, text_str(&line), terminal_width() - 1, false);
		print_line(cli, "%s", text_str(&cut));
		text_done(&cut);
		text_done(&line);
		text_done(&details);
		text_done(&when);
	}
}

void print_request(struct cli *cli, const struct loaded *l, bool history)
{
	if (cli->json) {
		print_json(cli, request_json(cli->store, l, history));
		return;
	}
	const struct request *r = &l->request;
	const struct catalogue *c = store_catalogue(cli->store);
	const struct service *service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));
	const struct commune *commune = catalogue_commune(c, request_text(r, FIELD_COMMUNE));
	enum nature nature;
	enum channel channel;
	char reference[REFERENCE_SHOWN];
	struct text t = TEXT_INIT;
	reference_show(r->reference, reference);
	text_addf(&t, "%s   %s", reference, status_label(r->status));
	if (request_danger_untold(r))
		text_add(&t, _("   !! DANGER NON TRANSMIS"));
	print_line(cli, "%s", text_str(&t));
	print_field(cli, _("Objet"), request_text(r, FIELD_SUBJECT));
	print_field(cli, _("Texte"), request_text(r, FIELD_DESCRIPTION));
	print_field(cli, _("Motif"), category ? category->path : request_text(r, FIELD_CATEGORY));
	if (nature_parse(request_text(r, FIELD_NATURE), &nature))
		print_field(cli, _("Nature"), nature_label(nature));
	print_field(cli, _("Service"), service ? service->name : request_text(r, FIELD_SERVICE));
	print_field(cli, _("Agent"), request_text(r, FIELD_ASSIGNED));
	text_clear(&t);
	text_addf(&t, "%s%s%s", request_text(r, FIELD_ADDRESS), *request_text(r, FIELD_ADDRESS) && commune ? ", " : "", commune ? commune->name : "");
	print_field(cli, _("Lieu"), text_str(&t));
	print_field(cli, _("Précision"), request_text(r, FIELD_PLACE_DETAIL));
	print_field(cli, _("Équipement"), request_text(r, FIELD_ASSET));
	print_who(cli, r);
	if (channel_parse(request_text(r, FIELD_CHANNEL), &channel))
		print_field(cli, _("Canal"), channel_label(channel));
	print_instant(cli, _("Reçue le"), request_int(r, FIELD_RECEIVED, NO_INSTANT));
	print_due(cli, r);
	const struct answer *answer = request_answer(r);
	print_field(cli, _("Réponse"), answer ? answer->text : NULL);
	if (!answer)
		print_field(cli, _("Rédigée"), r->drafted_answer);
	for (size_t i = 0; i < r->danger_told_count; i++)
		print_field(cli, _("Prévenu"), r->dangers_told[i].who);
	for (size_t i = 0; i < r->attachment_count; i++)
		print_field(cli, _("Pièce"), r->attachments[i].name);
	text_done(&t);
	if (history)
		print_history(cli, r);
}
