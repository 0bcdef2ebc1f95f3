// SPDX-License-Identifier: GPL-3.0-or-later
/* Operations: building, reading, sealing. Knows nothing of what the keys of a payload mean: that is the fold's
 * (request.c). */
#include "guichet/core/op.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"

/* --- Ids --- */

bool op_id_equal(struct op_id a, struct op_id b)
{
	return a.dseq == b.dseq && a.device == b.device;
}

bool op_id_is_none(struct op_id id)
{
	return id.device == 0 && id.dseq == 0;
}

int op_id_compare(struct op_id a, struct op_id b)
{
	if (a.device != b.device)
		return a.device < b.device ? -1 : 1;
	return a.dseq == b.dseq ? 0 : a.dseq < b.dseq ? -1 : 1;
}

void op_id_format(struct op_id id, char out[OP_ID_TEXT])
{
	snprintf(out, OP_ID_TEXT, "%lu.%llu", (unsigned long)id.device, (unsigned long long)id.dseq);
}

/* Digits without a leading zero, so that an id has one writing only: bases are compared as texts by other tools. */
static const char *number_parse(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (*s < '0' || *s > '9' || (*s == '0' && s[1] >= '0' && s[1] <= '9'))
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		unsigned digit = (unsigned)(*s - '0');
		if (n > (max - digit) / 10)
			return NULL;
		n = n * 10 + digit;
	}
	*out = n;
	return s;
}

bool op_id_parse(const char *s, struct op_id *out)
{
	uint64_t device, dseq;

	if (!s || !(s = number_parse(s, UINT32_MAX, &device)) || *s != '.')
		return false;
	if (!(s = number_parse(s + 1, UINT64_MAX, &dseq)) || *s || dseq == 0)
		return false;
	*out = (struct op_id){(uint32_t)device, dseq};
	return true;
}

/* --- Kinds --- */

static const struct {
	const char *code, *label;
	enum op_subject subject;
} kinds[OP_KIND_COUNT] = {
#define OP_KIND(id, code, subject, label) {code, label, subject},
#include "guichet/core/op_kinds.def"
#undef OP_KIND
};

const char *op_kind_code(enum op_kind k)
{
	return (unsigned)k < OP_KIND_COUNT ? kinds[k].code : "";
}

const char *op_kind_label(enum op_kind k)
{
	return (unsigned)k < OP_KIND_COUNT ? _(kinds[k].label) : "";
}

const char *op_parked_label(const struct op *op)
{
	static const struct { const char *why, *label; } labels[] = {
		{ "role", N_("le rôle de l'auteur ne le permet pas") }, { "scope", N_("hors des services de l'auteur") },
		{ "subject", N_("ce dont elle parle n'existe pas") }, { "aside", N_("mise de côté par un superviseur") },
	};

	if (!op->parked)
		return "";
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (!strcmp(op->why, labels[i].why))
			return _(labels[i].label);
	return *op->why ? op->why : _("le serveur n'a pas dit pourquoi");
}

bool op_is_aside(const struct op *op)
{
	return op->parked && !strcmp(op->why, "aside");
}

enum op_subject op_kind_subject(enum op_kind k)
{
	return (unsigned)k < OP_KIND_COUNT ? kinds[k].subject : SUBJECT_REQUEST;
}

enum op_subject op_subject_of(const struct op *ops, size_t count)
{
	const struct op *by = NULL;
	for (size_t i = 0; i < count; i++)
		if (ops[i].kind < OP_KIND_COUNT && ops[i].kind != OP_ERASE && (!by || op_id_equal(ops[i].id, ops[i].subject)))
			by = &ops[i];
	return by ? op_kind_subject(by->kind) : SUBJECT_REQUEST;
}

bool op_kind_parse(const char *code, enum op_kind *out)
{
	for (int i = 0; code && i < OP_KIND_COUNT; i++) {
		if (strcmp(code, kinds[i].code) == 0) {
			*out = (enum op_kind)i;
			return true;
		}
	}
	return false;
}

const char *op_kind_text(const struct op *op)
{
	return (unsigned)op->kind < OP_KIND_COUNT ? op_kind_code(op->kind) : op->other_kind;
}

void op_set_kind(struct op *op, const char *code)
{
	op->other_kind[0] = '\0';
	if (op_kind_parse(code, &op->kind))
		return;
	op->kind = OP_KIND_COUNT;
	snprintf(op->other_kind, sizeof op->other_kind, "%s", code);
}

/* --- Making --- */

/* jansson gives NULL when memory is short, where guichet ends the process (base/text.h). */
static json_t *object_new(void)
{
	json_t *object = json_object();

	if (!object)
		abort();
	return object;
}

void op_init(struct op *op, enum op_kind kind, struct op_id subject, const char *actor, int64_t wall_ms)
{
	size_t bytes = actor ? strlen(actor) : 0;

	memset(op, 0, sizeof *op);
	op->kind = kind;
	op->subject = subject;
	op->v = OP_SCHEMA;
	op->wall_ms = wall_ms;
	if (bytes >= OP_ACTOR_MAX) {
		bytes = OP_ACTOR_MAX - 1;
		while (bytes > 0 && ((unsigned char)actor[bytes] & 0xC0) == 0x80)
			bytes--;
	}
	if (bytes > 0)
		memcpy(op->actor, actor, bytes);
	op->facts = object_new();
}

static void drop_payload(struct op *op)
{
	json_decref(op->facts);
	json_decref(op->personal);
	json_decref(op->base);
	free(op->facts_text);
	free(op->personal_text);
	free(op->base_text);
	op->facts = op->personal = op->base = NULL;
	op->facts_text = op->personal_text = op->base_text = NULL;
}

void op_done(struct op *op)
{
	drop_payload(op);
	memset(op, 0, sizeof *op);
}

void op_set(struct op *op, bool personal, const char *key, json_t *value)
{
	json_t **half = personal ? &op->personal : &op->facts;

	if (!value) {
		op->spoiled = true;
		return;
	}
	if (!*half)
		*half = object_new();
	if (json_object_set_new(*half, key, value) != 0)
		op->spoiled = true;
}

void op_fact_text(struct op *op, const char *key, const char *value)
{
	op_set(op, false, key, json_string(value ? value : ""));
}

void op_fact_int(struct op *op, const char *key, int64_t value)
{
	op_set(op, false, key, json_integer(value));
}

void op_fact_bool(struct op *op, const char *key, bool value)
{
	op_set(op, false, key, json_boolean(value));
}

void op_personal_text(struct op *op, const char *key, const char *value)
{
	op_set(op, true, key, json_string(value ? value : ""));
}

void op_fact_if(struct op *op, const char *key, const char *value)
{
	if (value && *value)
		op_fact_text(op, key, value);
}

void op_personal_if(struct op *op, const char *key, const char *value)
{
	if (value && *value)
		op_personal_text(op, key, value);
}

/* --- Reading --- */

static const json_t *payload_get(const struct op *op, const char *key)
{
	const json_t *value = json_object_get(op->facts, key);

	return value ? value : json_object_get(op->personal, key);
}

const char *op_text(const struct op *op, const char *key, const char *fallback)
{
	const char *s = json_string_value(payload_get(op, key));

	return s ? s : fallback;
}

int64_t op_int(const struct op *op, const char *key, int64_t fallback)
{
	const json_t *value = payload_get(op, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool op_bool(const struct op *op, const char *key)
{
	return json_is_true(payload_get(op, key));
}

/* --- Sealing --- */

/* Keys sorted, no white space; 15 digits give back exactly the coordinates that op_write_real rounds to 7 decimals. */
static char *canonical(const json_t *object)
{
	char *text;

	if (!object || json_object_size(object) == 0)
		return NULL;
	text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
	if (!text)
		abort();
	return text;
}

static void hash_part(crypto_generichash_state *state, const void *data, size_t bytes)
{
	uint8_t length[8];

	for (size_t i = 0; i < sizeof length; i++)
		length[i] = (uint8_t)((uint64_t)bytes >> (8 * i));
	crypto_generichash_update(state, length, sizeof length);
	if (bytes > 0)
		crypto_generichash_update(state, data, bytes);
}

static void hash_text(crypto_generichash_state *state, const char *text)
{
	hash_part(state, text, text ? strlen(text) : 0);
}

/* Over all that must not change: what was done, by whom, when, and the payload. Ids are left out: a store may number
 * devices in its own way. */
static void op_hash(const struct op *op, uint8_t out[OP_HASH])
{
	crypto_generichash_state state;
	char head[64];

	snprintf(head, sizeof head, "%d %lld", op->v, (long long)op->wall_ms);
	crypto_generichash_init(&state, NULL, 0, OP_HASH);
	crypto_generichash_update(&state, op->salt, OP_SALT);
	hash_text(&state, head);
	hash_text(&state, op_kind_text(op));
	hash_text(&state, op->actor);
	hash_text(&state, op->facts_text);
	hash_text(&state, op->personal_text);
	hash_text(&state, op->base_text);
	crypto_generichash_final(&state, out, OP_HASH);
}

enum guichet_rc op_seal(struct op *op, const uint8_t salt[OP_SALT], struct guichet_err *err)
{
	size_t bytes;

	if (op->spoiled)
		return guichet_err_set(
			err, GUICHET_DATA, _("%s : un texte n'est pas de l'UTF-8 valide"), op_kind_label(op->kind));
	free(op->facts_text);
	free(op->personal_text);
	free(op->base_text);
	op->facts_text = canonical(op->facts);
	if (!op->facts_text)
		op->facts_text = guichet_strdup("{}");
	op->personal_text = canonical(op->personal);
	op->base_text = canonical(op->base);
	bytes = strlen(op->facts_text) + (op->personal_text ? strlen(op->personal_text) : 0);
	if (bytes > OP_PAYLOAD_MAX)
		return guichet_err_set(err, GUICHET_DATA,
			_("%s : %zu octets en tout, le maximum est %d : raccourcissez le texte"), op_kind_label(op->kind), bytes,
			OP_PAYLOAD_MAX);
	memcpy(op->salt, salt, OP_SALT);
	op_hash(op, op->hash);
	return GUICHET_OK;
}

static enum guichet_rc object_load(
	const char *what, const char *text, json_t **out, char **copy, struct guichet_err *err)
{
	json_error_t error;

	*out = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		return guichet_err_set(err, GUICHET_DATA, _("opération abîmée : « %s » n'est pas un objet JSON"), what);
	}
	*copy = guichet_strdup(text);
	return GUICHET_OK;
}

enum guichet_rc op_load_payload(
	struct op *op, const char *facts, const char *personal, const char *base, struct guichet_err *err)
{
	enum guichet_rc rc;

	drop_payload(op);
	rc = object_load("facts", facts ? facts : "{}", &op->facts, &op->facts_text, err);
	if (rc == GUICHET_OK && personal)
		rc = object_load("personal", personal, &op->personal, &op->personal_text, err);
	if (rc == GUICHET_OK && base)
		rc = object_load("base", base, &op->base, &op->base_text, err);
	return rc;
}

bool op_is_intact(const struct op *op)
{
	uint8_t hash[OP_HASH];

	if (op->blanked)
		return true;
	op_hash(op, hash);
	return memcmp(hash, op->hash, OP_HASH) == 0;
}
