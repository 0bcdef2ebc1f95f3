// SPDX-License-Identifier: GPL-3.0-or-later
/* GET /v1/snapshot?at=EPOCH:SEQ:HASH&after=POSITION&limit=N&device=ID: what a new desk begins with, page by page (ledger.h). A page is the same whoever asks for it again, so
 * that one which was torn off is taken up with Range, at any guichetd. */
#include "api_inside.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, PAGE_SUBJECTS = 2000, TAG_BYTES = 8, ETAG_BYTES = 16 };

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_services(const struct identity *who, struct text *out)
{
	const char *sorted[SERVICES_MAX];
	size_t count = who->scope.all ? 0 : who->scope.count;
	memcpy(sorted, who->services, count * sizeof *sorted);
	if (count > 1)
		qsort(sorted, count, sizeof *sorted, by_name);
	if (who->scope.all)
		text_add(out, "*");
	for (size_t i = 0; i < count; i++)
		text_addf(out, "%s%s", i ? " " : "", sorted[i]);
}

void api_scope_tag(const struct api *a, const struct identity *who, char out[SCOPE_TAG])
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	struct text services = TEXT_INIT;
	list_services(who, &services);
	text_addf(&services, ";%d", a->policy.snapshot_days);
	crypto_generichash(hash, sizeof hash, (const unsigned char *)text_str(&services), services.len, NULL, 0);
	wire_hex(hash, TAG_BYTES, out);
	text_done(&services);
}

static bool read_query(struct api_call *c, struct snapshot *s)
{
	const char *at = c->query(c->context, "at"), *after;
	if (at && *at && !wire_cursor_parse(at, &s->at)) {
		api_problem(c, 400, "cursor", false, _("« at » n'est pas un curseur (ÉPOQUE:SÉQUENCE:EMPREINTE)"));
		return false;
	}
	after = c->query(c->context, "after");
	if (after && *after && (s->at.epoch == 0 || !snapshot_position_parse(after, s))) {
		api_problem(c, 400, "cursor", false, _("« after » n'est pas une position d'instantané, ou « at » manque"));
		return false;
	}
	const char *limit = c->query(c->context, "limit");
	long n = limit ? strtol(limit, NULL, 10) : 0;
	const char *told = c->query(c->context, "told");
	s->keeps = told && *told >= '0' && *told <= '9';
	s->told = s->keeps ? strtoll(told, NULL, 10) : 0;
	s->max_subjects = n > 0 && n < PAGE_SUBJECTS ? (size_t)n : PAGE_SUBJECTS;
	s->max_bytes = WIRE_PAGE_BYTES;
	return true;
}

static void set_etag(struct api_call *c)
{
	uint8_t hash[ETAG_BYTES];
	crypto_generichash(hash, sizeof hash, (const unsigned char *)text_str(&c->out), c->out.len, NULL, 0);
	wire_hex(hash, sizeof hash, c->etag);
}

/* What comes before its subjects, which are long: they are moved, not written anew. */
static void put_before(struct text *out, const struct text *head)
{
	size_t length = out->len;
	text_addn(out, text_str(head), head->len);
	if (out->overflow)
		guichet_out_of_memory();
	memmove(out->data + head->len, out->data, length);
	memcpy(out->data, text_str(head), head->len);
}

static void answer_page(struct api *a, struct db *read, struct api_call *c, struct snapshot *s, bool first)
{
	struct ledger_head head;
	struct text services = TEXT_INIT, before = TEXT_INIT;
	char at[WIRE_CURSOR_TEXT], next[SNAPSHOT_POSITION], tag[SCOPE_TAG], made[OP_ID_TEXT];
	struct guichet_err err = { 0 };
	if (ledger_head(read, &head, &err)) {
		api_failed(c, &err);
		return;
	}
	wire_cursor_format(&s->at, at);
	snapshot_position_format(s, next);
	api_scope_tag(a, c->who, tag);
	list_services(c->who, &services);
	text_addf(&before, "{\"at\":\"%s\",\"scope\":\"%s\",\"services\":\"%s\",\"days\":%d,\"works\":%s", at, tag, text_str(&services), a->policy.snapshot_days,
		s->part >= SNAPSHOT_ENDED ? "true" : "false");
	text_addf(&before, ",\"since\":%lld", (long long)s->ended_after_ms);
	if (first) {
		api_made(c, read, made);
		text_addf(&before, ",\"total\":%lld,\"made\":\"%s\"", (long long)ledger_snapshot_size(read, &s->scope, s->ended_after_ms), made);
	}
	if (!s->done)
		text_addf(&before, ",\"next\":\"%s\"", next);
	if (s->erased.len)
		text_addf(&before, ",\"erased\":[%s]", text_str(&s->erased));
	/* Last: whoever reads it may read them one by one (wire/sync_json.c). */
	text_add(&before, ",\"subjects\":[");
	text_done(&c->out);
	c->out = s->subjects;
	s->subjects = (struct text)TEXT_INIT;
	put_before(&c->out, &before);
	text_add(&c->out, "]}");
	text_done(&services);
	text_done(&before);
	c->status = 200;
	c->type = "application/json";
	set_etag(c);
}

enum api_next snapshot_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct snapshot s = { .scope = c->who->scope, .ended_after_ms = api_clock(a) - (int64_t)a->policy.snapshot_days * DAY_MS };
	struct ledger_head head;
	/* Whoever pushes must not find a worker reading for somebody else. */
	if (c->can_wait && !c->waited) {
		c->waited = true;
		return API_LONG;
	}
	if (!api_may_pull(a, c) || !read_query(c, &s))
		return API_DONE;
	api_note_differs(a, c);
	bool first = s.at.epoch == 0;
	s.subjects.cap = 64 * 1024 * 1024;
	/* The same page for the whole day: one that is asked for again has the same edge. */
	s.ended_after_ms -= s.ended_after_ms % DAY_MS;
	enum guichet_rc rc = ledger_snapshot(read, &s, &err);
	if (!rc && s.verdict != PULL_FINE)
		rc = ledger_head(read, &head, &err);
	if (rc)
		api_failed(c, &err);
	else if (s.verdict != PULL_FINE)
		api_answer_epoch(c, s.verdict == PULL_EPOCH ? "epoch" : "chain", s.verdict == PULL_EPOCH ? s.at.epoch : 0, &head);
	else
		answer_page(a, read, c, &s, first);
	text_done(&s.subjects);
	text_done(&s.erased);
	return API_DONE;
}
