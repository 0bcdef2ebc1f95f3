// SPDX-License-Identifier: GPL-3.0-or-later
/* What a desk sends to the server and reads from it. Whatever a server answers is checked before the store hears of it. */
#include "guichet/wire/sync_json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"

_Static_assert((int)REPLICA_CHAIN == (int)WIRE_CHAIN, "one kind of cursor");

enum { PAGE_BYTES_MAX = 32 * 1024 * 1024, URN = 12 };

static void append(json_t *array, json_t *value)
{
	if (!value || json_array_append_new(array, value) != 0)
		guichet_out_of_memory();
}

static int add_bytes(const char *bytes, size_t count, void *context)
{
	text_addn(context, bytes, count);
	return 0;
}

void push_json(struct text *out, int64_t epoch, size_t blocks, const struct op *ops, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		append(list, op_json(&ops[i]));
	json_t *body = json_pack("{s:I, s:I, s:o}", "epoch", (json_int_t)epoch, "blocks", (json_int_t)blocks, "ops", list);
	if (!body || json_dump_callback(body, add_bytes, out, JSON_COMPACT) != 0)
		guichet_out_of_memory();
	json_decref(body);
}

static enum guichet_rc nonsense(const char *what, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_DATA, _("le serveur a répondu autre chose que ce qui est convenu (%s)"), what);
}

enum guichet_rc push_answer_read(const char *body, size_t bytes, const struct op *ops, size_t count, struct push_answer *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	json_t *json = wire_parse(body, bytes, WIRE_PUSH_BYTES, err);
	if (!json)
		return GUICHET_DATA;
	const json_t *results = json_object_get(json, "results"), *serials = json_object_get(json, "serials");
	json_int_t epoch = json_integer_value(json_object_get(json, "epoch")), block = json_integer_value(json_object_get(json, "block"));
	enum guichet_rc rc = json_array_size(results) == count && epoch > 0 ? GUICHET_OK : nonsense("results", err);
	out->epoch = epoch;
	out->acks = guichet_alloc((count + 1) * sizeof *out->acks);
	for (size_t i = 0; i < count && !rc; i++) {
		const json_t *one = json_array_get(results, i);
		json_int_t seq = json_integer_value(json_object_get(one, "seq"));
		struct replica_ack *ack = &out->acks[out->count++];
		const char *why = json_string_value(json_object_get(one, "parked"));
		*ack = (struct replica_ack){ .id = ops[i].id, .seq = seq, .parked = why != NULL };
		if (why && strlen(why) < sizeof ack->why && strspn(why, "abcdefghijklmnopqrstuvwxyz-") == strlen(why))
			snprintf(ack->why, sizeof ack->why, "%s", why);
		if (seq <= 0)
			rc = nonsense("seq", err);
	}
	for (size_t i = 0; i < json_array_size(serials) && i < sizeof out->serials / sizeof *out->serials && !rc; i++) {
		json_int_t first = json_integer_value(json_array_get(serials, i));
		if (first < 10000000 || block < 1 || block > 100000 || first + block > 100000000)
			rc = nonsense("serials", err);
		out->serials[out->serial_count++] = first;
	}
	out->block = (int)block;
	json_decref(json);
	if (rc)
		push_answer_done(out);
	return rc;
}

void push_answer_done(struct push_answer *a)
{
	free(a->acks);
	memset(a, 0, sizeof *a);
}

/* --- pages --- */

static struct op_id read_made(const json_t *json)
{
	struct op_id made = { 0, 0 };
	const char *text = json_string_value(json_object_get(json, "made"));
	return text && op_id_parse(text, &made) ? made : (struct op_id){ 0, 0 };
}

/* {"from", "to", "since", "operations", "hash"}; anything else is as if nothing was said. */
static bool read_digest(const json_t *json, struct digest_window *w, struct digest *out)
{
	const char *hex = json_string_value(json_object_get(json, "hash"));
	size_t bytes = 0;
	w->from = json_integer_value(json_object_get(json, "from"));
	w->to = json_integer_value(json_object_get(json, "to"));
	w->since_ms = json_integer_value(json_object_get(json, "since"));
	out->operations = json_integer_value(json_object_get(json, "operations"));
	return hex && strlen(hex) == 2 * DIGEST_BYTES && w->from >= 0 && w->to > w->from && out->operations >= 0 &&
		sodium_hex2bin(out->hash, sizeof out->hash, hex, 2 * DIGEST_BYTES, NULL, &bytes, NULL) == 0 && bytes == DIGEST_BYTES;
}

static bool read_cursor(const json_t *json, const char *key, struct replica_cursor *out)
{
	struct wire_cursor c;
	const char *text = json_string_value(json_object_get(json, key));
	if (!text || !wire_cursor_parse(text, &c))
		return false;
	out->epoch = c.epoch;
	out->seq = c.seq;
	memcpy(out->chain, c.chain, sizeof out->chain);
	return true;
}

static enum guichet_rc read_ops(const json_t *list, struct op **ops, size_t *count, struct guichet_err *err)
{
	size_t n = json_array_size(list);
	enum guichet_rc rc = GUICHET_OK;
	*ops = guichet_alloc((n + 1) * sizeof **ops);
	for (size_t i = 0; i < n && !rc; i++) {
		rc = op_of_json(json_array_get(list, i), &(*ops)[i], err);
		*count += rc == GUICHET_OK;
		if (!rc && (*ops)[i].seq <= 0) {
			rc = nonsense("seq", err);
		}
	}
	return rc;
}

static enum guichet_rc read_item(const json_t *json, struct replica_item *out, struct guichet_err *err)
{
	const json_t *op = json_object_get(json, "op");
	const char *enter = json_string_value(json_object_get(json, "enter")), *leave = json_string_value(json_object_get(json, "leave"));
	out->seq = json_integer_value(json_object_get(json, "seq"));
	out->kind = op ? REPLICA_OP : enter ? REPLICA_ENTER : REPLICA_LEAVE;
	out->erased = json_is_true(json_object_get(json, "erased"));
	if (out->seq <= 0 || (!op && !op_id_parse(enter ? enter : leave, &out->subject)))
		return nonsense("item", err);
	if (op) {
		out->ops = guichet_alloc(sizeof *out->ops);
		enum guichet_rc rc = op_of_json(op, out->ops, err);
		out->count = rc == GUICHET_OK;
		if (!rc && out->ops->seq <= 0)
			rc = nonsense("seq", err);
		return rc ? rc : read_ops(json_object_get(json, "with"), &out->with, &out->with_count, err);
	}
	return enter ? read_ops(json_object_get(json, "ops"), &out->ops, &out->count, err) : GUICHET_OK;
}

enum guichet_rc page_read(const char *body, size_t bytes, struct replica_page *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	json_t *json = wire_parse(body, bytes, PAGE_BYTES_MAX, err);
	if (!json)
		return GUICHET_DATA;
	const json_t *items = json_object_get(json, "items");
	size_t n = json_array_size(items);
	enum guichet_rc rc = json_is_array(items) && read_cursor(json, "from", &out->from) && read_cursor(json, "to", &out->to) ? GUICHET_OK
		: nonsense("page", err);
	out->end = json_is_true(json_object_get(json, "end"));
	out->backup_seq = json_integer_value(json_object_get(json, "backup_seq"));
	const char *scope = json_string_value(json_object_get(json, "scope"));
	snprintf(out->scope, sizeof out->scope, "%s", scope ? scope : "");
	out->made = read_made(json);
	out->compares = read_digest(json_object_get(json, "digest"), &out->window, &out->digest);
	out->items = guichet_alloc((n + 1) * sizeof *out->items);
	int64_t before = out->from.seq;
	for (size_t i = 0; i < n && !rc; i++) {
		out->count++;
		rc = read_item(json_array_get(items, i), &out->items[i], err);
		if (!rc && (out->items[i].seq <= before || out->items[i].seq > out->to.seq))
			rc = nonsense("order", err);
		before = out->items[i].seq;
	}
	json_decref(json);
	if (rc)
		page_done(out);
	return rc;
}

enum guichet_rc found_read(const char *body, size_t bytes, struct replica_page *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	json_t *json = wire_parse(body, bytes, PAGE_BYTES_MAX, err);
	if (!json)
		return GUICHET_DATA;
	const json_t *items = json_object_get(json, "items");
	size_t n = json_array_size(items);
	enum guichet_rc rc = json_is_array(items) ? GUICHET_OK : nonsense("items", err);
	out->items = guichet_alloc((n + 1) * sizeof *out->items);
	for (size_t i = 0; i < n && !rc; i++) {
		out->count++;
		rc = read_item(json_array_get(items, i), &out->items[i], err);
	}
	json_decref(json);
	if (rc)
		page_done(out);
	return rc;
}

/* --- rows of a search --- */

static const char *short_text(const json_t *row, const char *key, size_t max)
{
	const char *s = json_string_value(json_object_get(row, key));
	return s && strlen(s) <= max ? s : "";
}

static int64_t instant_of(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);
	return json_is_integer(v) ? json_integer_value(v) : NO_INSTANT;
}

static bool read_row(const json_t *json, struct request_row *out)
{
	enum status status;
	json_int_t reference = json_integer_value(json_object_get(json, "reference"));
	memset(out, 0, sizeof *out);
	out->status = short_text(json, "status", 16);
	if (reference < 1000000000 || reference > 9999999999 || !status_parse(out->status, &status))
		return false;
	out->id = -reference;
	out->reference = reference;
	out->nature = short_text(json, "nature", 16);
	out->channel = short_text(json, "channel", 16);
	out->service = short_text(json, "service", 80);
	out->category = short_text(json, "category", 80);
	out->commune = short_text(json, "commune", 80);
	out->subject = short_text(json, "subject", 400);
	out->address = short_text(json, "address", 400);
	out->requester_name = short_text(json, "name", 400);
	out->assigned = out->source_id = "";
	out->open = json_is_true(json_object_get(json, "open"));
	out->received_ms = out->logged_ms = instant_of(json, "received_ms");
	out->updated_ms = instant_of(json, "updated_ms");
	out->closed_ms = instant_of(json, "closed_ms");
	out->answered_ms = instant_of(json, "answered_ms");
	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		out->due[k] = NO_INSTANT;
	out->risk_ms = out->promised_ms = NO_INSTANT;
	return out->received_ms != NO_INSTANT;
}

enum guichet_rc rows_read(const char *body, size_t bytes, bool (*visit)(void *context, const struct request_row *row), void *context, struct rows_told *told,
	struct guichet_err *err)
{
	json_t *json = wire_parse(body, bytes, PAGE_BYTES_MAX, err);
	*told = (struct rows_told){ 0 };
	if (!json)
		return GUICHET_DATA;
	const json_t *rows = json_object_get(json, "found");
	enum guichet_rc rc = json_is_array(rows) ? GUICHET_OK : nonsense("found", err);
	told->next = json_integer_value(json_object_get(json, "next"));
	told->behind = json_is_true(json_object_get(json, "behind"));
	for (size_t i = 0; i < json_array_size(rows) && !rc; i++) {
		struct request_row row;
		if (!read_row(json_array_get(rows, i), &row))
			rc = nonsense("found", err);
		else if (!visit(context, &row))
			break;
	}
	json_decref(json);
	return rc;
}

static void ops_free_all(struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	free(ops);
}

void page_done(struct replica_page *p)
{
	for (size_t i = 0; i < p->count; i++) {
		ops_free_all(p->items[i].ops, p->items[i].count);
		ops_free_all(p->items[i].with, p->items[i].with_count);
	}
	free(p->items);
	memset(p, 0, sizeof *p);
}

/* --- pages of a snapshot --- */

static bool is_plain(const char *s, size_t max)
{
	return s && strlen(s) < max && strspn(s, "0123456789abcdef:.") == strlen(s);
}

/* A subject's operations, each up to where the snapshot stands. */
static bool is_subject(const struct shadow_subject *s, int64_t at_seq)
{
	for (size_t i = 0; i < s->count; i++)
		if (!op_id_equal(s->ops[i].subject, s->ops[0].subject) || s->ops[i].seq <= 0 || s->ops[i].seq > at_seq)
			return false;
	return s->count > 0;
}

static enum guichet_rc read_subject(const json_t *list, int64_t at_seq, struct shadow_subject *out, struct guichet_err *err)
{
	enum guichet_rc rc = json_is_array(list) ? read_ops(list, &out->ops, &out->count, err) : nonsense("subject", err);
	return rc || is_subject(out, at_seq) ? rc : nonsense("subject", err);
}

static enum guichet_rc read_shadow_head(const json_t *json, struct shadow_page *out, struct guichet_err *err)
{
	const char *scope = json_string_value(json_object_get(json, "scope")), *next = json_string_value(json_object_get(json, "next"));
	const char *services = json_string_value(json_object_get(json, "services"));
	json_int_t days = json_integer_value(json_object_get(json, "days")), total = json_integer_value(json_object_get(json, "total"));
	const json_t *since = json_object_get(json, "since"), *erased = json_object_get(json, "erased"), *one;
	size_t i;
	if (!read_cursor(json, "at", &out->at) || out->at.epoch < 1 || !is_plain(scope, sizeof out->scope) || (next && !is_plain(next, sizeof out->next)) || !services ||
		strlen(services) > 4096 || days < 1 || days > 36600 || total < 0)
		return nonsense("snapshot", err);
	snprintf(out->scope, sizeof out->scope, "%s", scope);
	snprintf(out->next, sizeof out->next, "%s", next ? next : "");
	out->services = guichet_strdup(services);
	out->days = (int)days;
	out->since_ms = json_is_integer(since) ? json_integer_value(since) : INT64_MAX;
	out->total = total;
	out->made = read_made(json);
	out->works = json_is_true(json_object_get(json, "works"));
	out->erased = guichet_alloc((json_array_size(erased) + 1) * sizeof *out->erased);
	json_array_foreach(erased, i, one)
		if (!op_id_parse(json_string_value(one), &out->erased[out->erased_count++]))
			return nonsense("erased", err);
	return GUICHET_OK;
}

static enum guichet_rc read_tree(const char *body, size_t bytes, struct shadow_page *out, struct guichet_err *err)
{
	json_t *json = wire_parse(body, bytes, PAGE_BYTES_MAX, err);
	if (!json)
		return GUICHET_DATA;
	const json_t *subjects = json_object_get(json, "subjects");
	size_t n = json_array_size(subjects);
	enum guichet_rc rc = json_is_array(subjects) ? read_shadow_head(json, out, err) : nonsense("snapshot", err);
	out->subjects = guichet_alloc((n + 1) * sizeof *out->subjects);
	for (size_t i = 0; i < n && !rc; i++)
		rc = read_subject(json_array_get(subjects, i), out->at.seq, &out->subjects[out->count++], err);
	json_decref(json);
	return rc;
}

/* From behind the bracket to the end of the page. */
static bool scan_subjects(const char *at, const char *end, struct shadow_page *out)
{
	struct text scratch = TEXT_INIT;
	size_t capacity = 0;
	bool fine = true, more = at < end && *at != ']';
	while (fine && more) {
		GUICHET_GROW(out->subjects, out->count, capacity);
		struct shadow_subject *subject = &out->subjects[out->count];
		*subject = (struct shadow_subject){ 0 };
		fine = ops_scan(&at, end, &scratch, &subject->ops, &subject->count);
		out->count += fine;
		fine = fine && is_subject(subject, out->at.seq);
		more = at < end && *at == ',';
		at += more;
	}
	text_done(&scratch);
	return fine && end - at == 2 && !memcmp(at, "]}", 2);
}

/* As guichetd writes it: subjects come last. What stands before them and a brace is an object of its own exactly when they are a member of the page itself. */
static bool scan_page(const char *body, size_t bytes, struct shadow_page *out)
{
	static const char mark[] = ",\"subjects\":[";
	const char *subjects = bytes <= PAGE_BYTES_MAX ? memmem(body, bytes, mark, sizeof mark - 1) : NULL;
	struct text head = TEXT_INIT;
	if (!subjects)
		return false;
	text_addn(&head, body, (size_t)(subjects - body));
	text_addc(&head, '}');
	json_t *json = head.overflow ? NULL : wire_parse(text_str(&head), head.len, PAGE_BYTES_MAX, NULL);
	bool fine = json && !json_object_get(json, "subjects") && read_shadow_head(json, out, NULL) == GUICHET_OK;
	json_decref(json);
	text_done(&head);
	return fine && scan_subjects(subjects + sizeof mark - 1, body + bytes, out);
}

enum guichet_rc shadow_page_read(const char *body, size_t bytes, struct shadow_page *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	if (scan_page(body, bytes, out))
		return GUICHET_OK;
	shadow_page_done(out);
	enum guichet_rc rc = read_tree(body, bytes, out, err);
	if (rc)
		shadow_page_done(out);
	return rc;
}

void shadow_page_done(struct shadow_page *p)
{
	for (size_t i = 0; i < p->count; i++)
		ops_free_all(p->subjects[i].ops, p->subjects[i].count);
	free(p->subjects);
	free(p->services);
	free(p->erased);
	memset(p, 0, sizeof *p);
}

void problem_parse(const char *body, size_t bytes, struct problem_read *out)
{
	memset(out, 0, sizeof *out);
	json_t *json = wire_parse(body, bytes, WIRE_PUSH_BYTES, NULL);
	const char *type = json_string_value(json_object_get(json, "type")), *detail = json_string_value(json_object_get(json, "detail"));
	if (type && !strncmp(type, "urn:guichet:", URN))
		snprintf(out->type, sizeof out->type, "%s", type + URN);
	snprintf(out->detail, sizeof out->detail, "%s", detail ? detail : "");
	out->epoch = json_integer_value(json_object_get(json, "epoch"));
	out->expected = json_integer_value(json_object_get(json, "expected"));
	out->device = (uint32_t)json_integer_value(json_object_get(json, "device"));
	out->has_common = read_cursor(json, "common", &out->common);
	json_decref(json);
}
