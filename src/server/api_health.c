// SPDX-License-Identifier: GPL-3.0-or-later
/* Is the server there, and can it serve. */
#include "api_inside.h"

enum api_next health_begin(struct api *a, struct db *read, struct api_call *c)
{
	(void)a;
	(void)read;
	api_json(c, 200, json_pack("{s:s}", "status", "ok"));
	return API_DONE;
}

enum api_next ready_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct ledger_head head;
	(void)a;
	if (ledger_head(read, &head, &err))
		api_problem(c, 503, "not-ready", true, _("la base de données ne répond pas"));
	else
		api_json(c, 200, json_pack("{s:s, s:I, s:I}", "status", "ready", "epoch", (json_int_t)head.epoch, "seq", (json_int_t)head.seq));
	return API_DONE;
}

/* --- GET /metrics: Prometheus' text, version 0.0.4 --- */

static void add_metric(struct text *out, const char *name, const char *type, const char *help, int64_t value)
{
	text_addf(out, "# HELP guichetd_%s %s\n# TYPE guichetd_%s %s\nguichetd_%s %lld\n", name, help, name, type, name, (long long)value);
}

enum api_next metrics_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct ledger_head head;
	if (ledger_head(read, &head, &err)) {
		api_failed(c, &err);
		return API_DONE;
	}
	add_metric(&c->out, "calls_total", "counter", "calls taken", a->counts.calls);
	text_add(&c->out, "# HELP guichetd_answers_total answers by class of status\n# TYPE guichetd_answers_total counter\n");
	for (int i = 1; i < 6; i++)
		text_addf(&c->out, "guichetd_answers_total{class=\"%dxx\"} %lld\n", i, (long long)a->counts.statuses[i]);
	add_metric(&c->out, "operations_pushed_total", "counter", "operations that were new", a->counts.pushed);
	add_metric(&c->out, "items_pulled_total", "counter", "items sent to desks", a->counts.pulled);
	add_metric(&c->out, "sign_ins_total", "counter", "sessions started", a->counts.signed_in);
	add_metric(&c->out, "scope_mismatches_total", "counter", "desks whose scope hash differed",
		a->counts.differing);
	add_metric(&c->out, "epoch", "gauge", "restores, and one", head.epoch);
	add_metric(&c->out, "seq", "gauge", "operations in the journal", head.seq);
	add_metric(&c->out, "backup_lag", "gauge", "operations that no backup holds", head.seq - head.backup_seq);
	add_metric(&c->out, "parked", "gauge", "operations that wait to be settled", db_value(read, -1,
		"SELECT count(*) FROM op o WHERE o.parked IS NOT NULL AND o.parked <> 'aside' AND NOT EXISTS(SELECT 1 FROM op s WHERE s.settles = o.seq)", ""));
	add_metric(&c->out, "devices", "gauge", "desks that may call", db_value(read, -1, "SELECT count(*) FROM device WHERE revoked_ms IS NULL", ""));
	add_metric(&c->out, "devices_behind_erasure", "gauge", "desks that have not passed the last erasure", db_value(read, -1,
		"SELECT count(*) FROM device WHERE revoked_ms IS NULL AND cursor_seq < (SELECT coalesce(max(seq), 0) FROM erased)", ""));
	c->status = 200;
	c->type = "text/plain; version=0.0.4; charset=utf-8";
	return API_DONE;
}
