// SPDX-License-Identifier: GPL-3.0-or-later
/* Operations as JSON, cursors, and JSON from outside. Must not know what a payload means. */
#include "guichet/wire/op_json.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"

void wire_hex(const uint8_t *bytes, size_t count, char *out)
{
	sodium_bin2hex(out, 2 * count + 1, bytes, count);
}

bool wire_unhex(const char *hex, uint8_t *out, size_t count)
{
	size_t got = 0;
	if (strlen(hex) != 2 * count || strspn(hex, "0123456789abcdef") != 2 * count)
		return false;
	return sodium_hex2bin(out, count, hex, 2 * count, NULL, &got, NULL) == 0 && got == count;
}

/* --- writing --- */

/* jansson gives NULL for lack of memory, and for texts that are no UTF-8: a store holds none. */
static void put(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new_nocheck(object, key, value) != 0)
		guichet_out_of_memory();
}

static void put_text(json_t *object, const char *key, const char *value)
{
	if (value)
		put(object, key, json_string_nocheck(value));
}

json_t *op_json(const struct op *op)
{
	json_t *out = json_object();
	char id[OP_ID_TEXT], subject[OP_ID_TEXT], salt[2 * OP_SALT + 1], hash[2 * OP_HASH + 1];
	if (!out)
		guichet_out_of_memory();
	op_id_format(op->id, id);
	op_id_format(op->subject, subject);
	wire_hex(op->hash, OP_HASH, hash);
	put_text(out, "id", id);
	put_text(out, "subject", subject);
	put_text(out, "kind", op_kind_text(op));
	put(out, "v", json_integer(op->v));
	put_text(out, "actor", op->actor);
	put(out, "wall_ms", json_integer(op->wall_ms));
	put_text(out, "facts", op->facts_text);
	put_text(out, "base", op->base_text);
	put_text(out, "hash", hash);
	if (!op->blanked) {
		wire_hex(op->salt, OP_SALT, salt);
		put_text(out, "salt", salt);
		put_text(out, "personal", op->personal_text);
	}
	if (op->seq > 0)
		put(out, "seq", json_integer(op->seq));
	if (op->parked)
		put(out, "parked", *op->why ? json_string_nocheck(op->why) : json_true());
	return out;
}

/* --- reading --- */

const char *const op_member_names[OP_MEMBERS] = { [OP_MEMBER_ID] = "id", [OP_MEMBER_SUBJECT] = "subject", [OP_MEMBER_KIND] = "kind", [OP_MEMBER_ACTOR] = "actor",
	[OP_MEMBER_FACTS] = "facts", [OP_MEMBER_PERSONAL] = "personal", [OP_MEMBER_BASE] = "base", [OP_MEMBER_SALT] = "salt", [OP_MEMBER_HASH] = "hash",
	[OP_MEMBER_PARKED] = "parked", [OP_MEMBER_V] = "v", [OP_MEMBER_WALL] = "wall_ms", [OP_MEMBER_SEQ] = "seq" };

static const char *member(const struct op_words *w, enum op_member m, size_t max)
{
	return w->texts[m].bytes <= max ? w->texts[m].text : NULL;
}

static bool number(const struct op_words *w, enum op_member m, int64_t min, int64_t max, int64_t *out)
{
	*out = w->numbers[m - OP_MEMBER_TEXTS].value;
	return w->numbers[m - OP_MEMBER_TEXTS].whole && *out >= min && *out <= max;
}

static enum guichet_rc bad(const char *key, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_DATA, _("opération refusée : « %s » manque, ou n'a pas la forme attendue"), key);
}

/* Lower-case letters and dashes: whatever a newer guichet calls it, it is one word. */
static bool is_kind(const char *s)
{
	return s && *s && strspn(s, "abcdefghijklmnopqrstuvwxyz-") == strlen(s);
}

static const char *read_head(const struct op_words *w, struct op *op)
{
	const char *kind = member(w, OP_MEMBER_KIND, OP_KIND_TEXT - 1), *actor = member(w, OP_MEMBER_ACTOR, OP_ACTOR_MAX - 1);
	const char *hash = member(w, OP_MEMBER_HASH, 2 * (size_t)OP_HASH), *salt = member(w, OP_MEMBER_SALT, 2 * (size_t)OP_SALT);
	int64_t v, wall_ms, seq = 0;
	struct op_id id, subject;
	const int64_t year_9999 = 253402300800000;
	if (!is_kind(kind))
		return "kind";
	if (!actor)
		return "actor";
	if (!op_id_parse(member(w, OP_MEMBER_ID, OP_ID_TEXT - 1), &id) || id.device == 0 || id.dseq >> 40)
		return "id";
	if (!op_id_parse(member(w, OP_MEMBER_SUBJECT, OP_ID_TEXT - 1), &subject) || subject.device == 0 || subject.dseq >> 40)
		return "subject";
	if (!number(w, OP_MEMBER_V, 1, 1000000, &v))
		return "v";
	if (!number(w, OP_MEMBER_WALL, -year_9999, year_9999, &wall_ms))
		return "wall_ms";
	op_init(op, OP_KIND_COUNT, subject, actor, wall_ms);
	op_set_kind(op, kind);
	op->id = id;
	op->v = (int)v;
	if (!hash || !wire_unhex(hash, op->hash, OP_HASH))
		return "hash";
	op->blanked = !w->texts[OP_MEMBER_SALT].there;
	if (!op->blanked && (!salt || !wire_unhex(salt, op->salt, OP_SALT)))
		return "salt";
	if (w->numbers[OP_MEMBER_SEQ - OP_MEMBER_TEXTS].there && !number(w, OP_MEMBER_SEQ, 1, INT64_MAX, &seq))
		return "seq";
	op->seq = seq;
	const char *why = member(w, OP_MEMBER_PARKED, OP_WHY_TEXT - 1);
	op->parked = w->parked || is_kind(why);
	if (is_kind(why))
		snprintf(op->why, sizeof op->why, "%s", why);
	return NULL;
}

enum guichet_rc op_of_words(const struct op_words *w, struct op *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	const char *wrong = read_head(w, out);
	enum guichet_rc rc = wrong ? bad(wrong, err) : GUICHET_OK;
	const char *facts = member(w, OP_MEMBER_FACTS, OP_PAYLOAD_MAX), *base = member(w, OP_MEMBER_BASE, OP_PAYLOAD_MAX);
	const char *personal = member(w, OP_MEMBER_PERSONAL, OP_PAYLOAD_MAX);
	if (rc == GUICHET_OK && (!facts || (w->texts[OP_MEMBER_BASE].there && !base)))
		rc = bad(facts ? "base" : "facts", err);
	if (rc == GUICHET_OK && w->texts[OP_MEMBER_PERSONAL].there && (!personal || out->blanked))
		rc = bad("personal", err);
	if (rc == GUICHET_OK && w->texts[OP_MEMBER_FACTS].bytes + (personal ? w->texts[OP_MEMBER_PERSONAL].bytes : 0) > OP_PAYLOAD_MAX)
		rc = guichet_err_set(err, GUICHET_DATA, _("opération refusée : plus de %d octets"), OP_PAYLOAD_MAX);
	if (rc == GUICHET_OK)
		rc = op_load_payload(out, facts, personal, base, err);
	if (rc == GUICHET_OK && !op_is_intact(out))
		rc = guichet_err_set(err, GUICHET_DATA, _("opération refusée : elle n'est plus ce que son auteur a écrit (empreinte)"));
	if (rc)
		op_done(out);
	return rc;
}

enum guichet_rc op_of_json(const json_t *json, struct op *out, struct guichet_err *err)
{
	struct op_words w = { 0 };
	memset(out, 0, sizeof *out);
	if (!json_is_object(json))
		return guichet_err_set(err, GUICHET_DATA, _("une opération est un objet JSON"));
	for (int m = 0; m < OP_MEMBERS; m++) {
		const json_t *value = json_object_get(json, op_member_names[m]);
		const char *text = json_string_value(value);
		if (m >= OP_MEMBER_TEXTS) {
			w.numbers[m - OP_MEMBER_TEXTS].there = value != NULL;
			w.numbers[m - OP_MEMBER_TEXTS].whole = json_is_integer(value);
			w.numbers[m - OP_MEMBER_TEXTS].value = json_integer_value(value);
			continue;
		}
		w.texts[m].there = value != NULL;
		w.texts[m].bytes = json_string_length(value);
		w.texts[m].text = text && strlen(text) == w.texts[m].bytes ? text : NULL;
	}
	w.parked = json_is_true(json_object_get(json, "parked"));
	return op_of_words(&w, out, err);
}

/* jansson has no limit of depth lower than its own: brackets outside of texts are counted first. */
static bool is_shallow(const char *bytes, size_t count)
{
	int depth = 0;
	bool in_text = false;
	for (size_t i = 0; i < count; i++) {
		char c = bytes[i];
		if (in_text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_text = false;
		} else if (c == '"')
			in_text = true;
		else if (c == '{' || c == '[') {
			if (++depth > WIRE_JSON_DEPTH)
				return false;
		} else if (c == '}' || c == ']')
			depth--;
	}
	return true;
}

json_t *wire_parse(const char *bytes, size_t count, size_t max, struct guichet_err *err)
{
	json_error_t why;
	json_t *json = NULL;
	if (count > max)
		guichet_err_set(err, GUICHET_DATA, _("plus de %zu octets"), max);
	else if (!is_shallow(bytes, count))
		guichet_err_set(err, GUICHET_DATA, _("JSON : plus de %d niveaux"), WIRE_JSON_DEPTH);
	else if (!(json = json_loadb(bytes, count, JSON_REJECT_DUPLICATES, &why)))
		guichet_err_set(err, GUICHET_DATA, _("JSON illisible, ligne %d, colonne %d"), why.line, why.column);
	return json;
}

/* --- cursors --- */

void wire_cursor_format(const struct wire_cursor *c, char out[WIRE_CURSOR_TEXT])
{
	char chain[2 * WIRE_CHAIN + 1];
	wire_hex(c->chain, WIRE_CHAIN, chain);
	snprintf(out, WIRE_CURSOR_TEXT, "%lld:%lld:%s", (long long)c->epoch, (long long)c->seq, chain);
}

/* Digits only, at most 18 of them. */
static const char *digits(const char *s, int64_t *out)
{
	size_t n = strspn(s, "0123456789");
	*out = 0;
	if (n == 0 || n > 18 || s[n] != ':')
		return NULL;
	for (size_t i = 0; i < n; i++)
		*out = *out * 10 + (s[i] - '0');
	return s + n + 1;
}

bool wire_cursor_parse(const char *text, struct wire_cursor *out)
{
	memset(out, 0, sizeof *out);
	const char *at = text ? digits(text, &out->epoch) : NULL;
	at = at ? digits(at, &out->seq) : NULL;
	return at && wire_unhex(at, out->chain, WIRE_CHAIN);
}

void wire_chain(uint8_t chain[WIRE_CHAIN], struct op_id id, const uint8_t hash[OP_HASH])
{
	crypto_generichash_state state;
	char name[OP_ID_TEXT];
	op_id_format(id, name);
	crypto_generichash_init(&state, NULL, 0, WIRE_CHAIN);
	crypto_generichash_update(&state, chain, WIRE_CHAIN);
	crypto_generichash_update(&state, (const uint8_t *)name, strlen(name) + 1);
	crypto_generichash_update(&state, hash, OP_HASH);
	crypto_generichash_final(&state, chain, WIRE_CHAIN);
}
