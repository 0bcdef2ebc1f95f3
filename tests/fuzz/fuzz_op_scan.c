// SPDX-License-Identifier: GPL-3.0-or-later
/* Lists of operations, read by the quick scanner and by jansson: what the scanner takes the other reader takes as well, and the same is in it; and a list written here
 * as guichetd writes it is never left to the slow one. Hashes are put right first, so that what was changed is not refused for its hash alone. */
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/wire/op_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPS_MAX = 8, HEX = 2 * OP_HASH };

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void same_op(const struct op *x, const struct op *y)
{
	must(op_id_equal(x->id, y->id) && op_id_equal(x->subject, y->subject) && x->seq == y->seq && x->v == y->v && x->wall_ms == y->wall_ms, "its head");
	must(!strcmp(op_kind_text(x), op_kind_text(y)) && !strcmp(x->actor, y->actor), "its words");
	must(x->parked == y->parked && !strcmp(x->why, y->why), "why it is parked");
	must(x->blanked == y->blanked && !memcmp(x->hash, y->hash, OP_HASH) && !memcmp(x->salt, y->salt, OP_SALT), "its hash");
	must(same_text(x->facts_text, y->facts_text) && same_text(x->personal_text, y->personal_text) && same_text(x->base_text, y->base_text), "its payload");
	must(json_equal(x->facts, y->facts) && (x->personal ? json_equal(x->personal, y->personal) : !y->personal), "what its payload says");
}

static const char *text_of(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static void hash_part(crypto_generichash_state *state, const char *text)
{
	uint8_t length[8];
	size_t bytes = text ? strlen(text) : 0;
	for (size_t i = 0; i < sizeof length; i++)
		length[i] = (uint8_t)((uint64_t)bytes >> (8 * i));
	crypto_generichash_update(state, length, sizeof length);
	crypto_generichash_update(state, (const uint8_t *)text, bytes);
}

/* As op.h says; false where they are no operation anyway. */
static bool hash_of(const json_t *json, char hex[HEX + 1])
{
	crypto_generichash_state state;
	uint8_t salt[OP_SALT] = { 0 }, hash[OP_HASH];
	char head[64];
	static const char *const parts[] = { "kind", "actor", "facts", "personal", "base" };
	const char *said = text_of(json, "salt");
	if (!said || !wire_unhex(said, salt, sizeof salt))
		return false;
	snprintf(head, sizeof head, "%lld %lld", (long long)json_integer_value(json_object_get(json, "v")), (long long)json_integer_value(json_object_get(json, "wall_ms")));
	crypto_generichash_init(&state, NULL, 0, OP_HASH);
	crypto_generichash_update(&state, salt, sizeof salt);
	hash_part(&state, head);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		hash_part(&state, text_of(json, parts[i]));
	crypto_generichash_final(&state, hash, sizeof hash);
	wire_hex(hash, sizeof hash, hex);
	return true;
}

/* The hash of each operation, where its text has one of the right length. */
static void put_hashes_right(char *body, size_t bytes)
{
	static const char mark[] = "\"hash\":\"";
	json_t *json = wire_parse(body, bytes, bytes, NULL);
	char *at = body;
	for (size_t i = 0; i < json_array_size(json); i++) {
		char hex[HEX + 1];
		at = memmem(at, bytes - (size_t)(at - body), mark, sizeof mark - 1);
		if (!at)
			break;
		at += sizeof mark - 1;
		if (bytes - (size_t)(at - body) >= HEX && hash_of(json_array_get(json, i), hex))
			memcpy(at, hex, HEX);
	}
	json_decref(json);
}

static size_t read_slowly(const char *body, size_t bytes, struct op *ops, bool *fine)
{
	json_t *json = wire_parse(body, bytes, bytes, NULL);
	size_t count = 0;
	*fine = json_is_array(json) && json_array_size(json) > 0;
	for (size_t i = 0; *fine && i < json_array_size(json) && count < OPS_MAX; i++) {
		*fine = op_of_json(json_array_get(json, i), &ops[count], NULL) == GUICHET_OK;
		count += *fine;
	}
	json_decref(json);
	return count;
}

static void write_text(struct text *out, const char *key, const char *value)
{
	if (!value)
		return;
	text_addf(out, ",\"%s\":\"", key);
	for (; *value; value++) {
		if ((unsigned char)*value < ' ')
			text_addf(out, "\\u%04x", (unsigned)*value);
		else
			text_addf(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	}
	text_addc(out, '"');
}

/* As guichetd writes it. */
static void write_op(struct text *out, const struct op *op)
{
	char id[OP_ID_TEXT], subject[OP_ID_TEXT], salt[2 * OP_SALT + 1], hash[HEX + 1];
	op_id_format(op->id, id);
	op_id_format(op->subject, subject);
	wire_hex(op->hash, OP_HASH, hash);
	wire_hex(op->salt, OP_SALT, salt);
	text_addf(out, "{\"id\":\"%s\",\"subject\":\"%s\",\"v\":%d,\"wall_ms\":%lld,\"seq\":%lld", id, subject, op->v, (long long)op->wall_ms, (long long)op->seq);
	write_text(out, "kind", op_kind_text(op));
	write_text(out, "actor", op->actor);
	write_text(out, "facts", op->facts_text);
	write_text(out, "personal", op->personal_text);
	write_text(out, "base", op->base_text);
	write_text(out, "hash", hash);
	write_text(out, "salt", op->blanked ? NULL : salt);
	write_text(out, "parked", op->parked ? op->why : NULL);
	text_addc(out, '}');
}

static bool server_would_write(const struct op *op)
{
	return op->seq > 0 && op->seq < 1000000000000000000 && (!op->parked || *op->why);
}

static void write_anew(const struct op *ops, size_t count)
{
	struct text body = TEXT_INIT, scratch = TEXT_INIT;
	struct op *again = NULL;
	size_t n = 0;
	bool fine = true;
	for (size_t i = 0; i < count; i++) {
		text_addc(&body, i ? ',' : '[');
		write_op(&body, &ops[i]);
		fine = fine && server_would_write(&ops[i]);
	}
	text_addc(&body, ']');
	const char *at = text_str(&body), *end = at + body.len;
	must(!fine || (ops_scan(&at, end, &scratch, &again, &n) && at == end && n == count), "what the server writes is read quickly, and whole");
	for (size_t i = 0; i < n; i++) {
		same_op(&ops[i], &again[i]);
		op_done(&again[i]);
	}
	free(again);
	text_done(&body);
	text_done(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op slow[OPS_MAX], *quick = NULL;
	struct text scratch = TEXT_INIT;
	size_t quick_count = 0;
	bool fine;
	/* Of the very size, so that one byte too far is seen. */
	char *body = malloc(size ? size : 1);
	must(body != NULL, "memory");
	memcpy(body, data, size);
	put_hashes_right(body, size);
	const char *at = body;
	bool taken = ops_scan(&at, body + size, &scratch, &quick, &quick_count);
	/* What stands behind a list is not its affair. */
	size_t bytes = taken ? (size_t)(at - body) : size, count = read_slowly(body, bytes, slow, &fine);
	must(!taken || (fine && (quick_count == count || count == OPS_MAX)), "what the scanner takes the other takes");
	must(taken || (!quick && !quick_count && at == body), "nothing is kept of what is refused");
	for (size_t i = 0; taken && i < count; i++)
		same_op(&quick[i], &slow[i]);
	if (fine && count > 0)
		write_anew(slow, count);
	for (size_t i = 0; i < quick_count; i++)
		op_done(&quick[i]);
	for (size_t i = 0; i < count; i++)
		op_done(&slow[i]);
	free(quick);
	free(body);
	text_done(&scratch);
	return 0;
}
