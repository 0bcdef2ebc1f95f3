// SPDX-License-Identifier: GPL-3.0-or-later
/* Attachments by the hash of their bytes, and the catalogue in force. An attachment is seen by whoever sees a request that it is attached to, and by the desk that
 * brought it. */
#include "api_inside.h"

#include <sodium.h>
#include <stdlib.h>

#include "ledger_files.h"

enum { HASH_HEX = 64 };

static bool read_hash(const struct api_call *c, char out[HASH_HEX + 2])
{
	api_path_part(c, 0, out, HASH_HEX + 2);
	return strlen(out) == HASH_HEX && strspn(out, "0123456789abcdef") == HASH_HEX;
}

/* --- PUT /v1/blobs/{sha256} --- */

enum api_next blob_begin_put(struct api *a, struct db *read, struct api_call *c)
{
	char wanted[HASH_HEX + 2];
	if (!read_hash(c, wanted)) {
		api_problem(c, 422, "blob", false, _("l'adresse d'une pièce jointe est son SHA-256, en minuscules"));
		return API_DONE;
	}
	if (c->body_bytes > API_BLOB_MAX) {
		api_problem(c, 413, "too-large", false, _("une pièce jointe a au plus 20 Mio"));
		return API_DONE;
	}
	if (c->can_wait)
		return API_FILE;
	return blob_check(a, read, c) == API_STORE ? API_WRITE : API_DONE;
}

static bool is_there(struct db *db, const char *hash)
{
	return db_value(db, 0, "SELECT count(*) FROM blob_store WHERE sha256 = ?1", "t", hash) > 0;
}

static void answer_stored(struct api_call *c, const char *hash)
{
	api_json(c, 201, json_pack("{s:s, s:I}", "sha256", hash, "bytes", (json_int_t)c->body_bytes));
}

/* A twentieth of a second for the largest. */
enum api_next blob_check(struct api *a, struct db *read, struct api_call *c)
{
	char wanted[HASH_HEX + 2], got[HASH_HEX + 1];
	uint8_t hash[TOKEN_HASH];
	(void)a;
	read_hash(c, wanted);
	crypto_hash_sha256(hash, (const unsigned char *)(c->body ? c->body : ""), c->body_bytes);
	wire_hex(hash, sizeof hash, got);
	if (strcmp(wanted, got) != 0)
		api_problem(c, 422, "blob", false, _("la pièce jointe n'est pas celle que son SHA-256 annonce : elle a été abîmée en route"));
	else if (is_there(read, wanted))
		answer_stored(c, wanted);
	else
		return API_STORE;
	return API_DONE;
}

enum guichet_rc blob_piece(struct api *a, struct db *write, struct api_call *c, bool *whole, struct guichet_err *err)
{
	char hash[HASH_HEX + 2];
	size_t left = c->body_bytes - c->stored, bytes = left < FILE_PIECE ? left : FILE_PIECE;
	read_hash(c, hash);
	enum guichet_rc rc = ledger_file_piece(write, hash, (int64_t)(c->stored / FILE_PIECE), c->body + c->stored, bytes, api_clock(a), err);
	c->stored += bytes;
	*whole = c->stored == c->body_bytes;
	if (!rc && *whole)
		rc = ledger_file_end(write, hash, (int64_t)c->body_bytes, c->who->device, err);
	if (!rc && *whole)
		answer_stored(c, hash);
	return rc;
}

enum guichet_rc blob_put(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	bool whole = false;
	c->stored = 0;
	while (!rc && !whole)
		rc = blob_piece(a, write, c, &whole, err);
	return rc;
}

/* --- GET /v1/blobs/{sha256} --- */

static bool may_see(struct db *read, const struct api_call *c, const char *hash)
{
	bool sees = db_value(read, 0, "SELECT count(*) FROM blob_store WHERE sha256 = ?1 AND device = ?2", "ti", hash, (int64_t)c->who->device) > 0;
	struct db_rows *rows = sees ? NULL : db_query(read, NULL, "SELECT DISTINCT i.service FROM blob_use u JOIN item i ON i.device = u.subject_device "
		"AND i.dseq = u.subject_dseq WHERE u.sha256 = ?1 AND i.erased = 0", "t", hash);
	while (rows && !sees && db_next(rows))
		sees = scope_has(&c->who->scope, db_str(rows, 0));
	db_rows_done(&rows, NULL);
	return sees;
}

enum api_next blob_begin_get(struct api *a, struct db *read, struct api_call *c)
{
	char hash[HASH_HEX + 2];
	if (!read_hash(c, hash) || !may_see(read, c, hash)) {
		api_problem(c, 404, "not-found", false, _("aucune pièce jointe de ce nom"));
		return API_DONE;
	}
	return c->can_wait ? API_FILE : blob_get(a, read, c);
}

enum api_next blob_get(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	char hash[HASH_HEX + 2];
	(void)a;
	read_hash(c, hash);
	int64_t wanted = db_value(read, -1, "SELECT bytes FROM blob_store WHERE sha256 = ?1", "t", hash);
	struct db_rows *rows = db_query(read, &err, "SELECT data FROM blob_part WHERE sha256 = ?1 ORDER BY n", "t", hash);
	c->out.cap = API_BLOB_MAX + 1;
	while (rows && db_next(rows)) {
		size_t bytes;
		const char *data = db_bytes(rows, 0, &bytes);
		text_addn(&c->out, data, bytes);
	}
	db_rows_done(&rows, &err);
	c->status = 200;
	c->type = API_BYTES;
	if (err.code)
		api_failed(c, &err);
	/* Erased while it was looked for, or in between. */
	else if (wanted != (int64_t)c->out.len)
		api_problem(c, 404, "not-found", false, _("aucune pièce jointe de ce nom"));
	return API_DONE;
}

/* --- GET /v1/catalogue --- */

enum api_next catalogue_get(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	const char *known = c->header(c->context, "If-None-Match");
	char etag[80] = "";
	(void)a;
	struct db_rows *rows = db_query(read, &err, "SELECT hash, packed FROM catalogue ORDER BY applied_ms DESC, hash LIMIT 1", "");
	if (rows && db_next(rows)) {
		size_t bytes;
		snprintf(etag, sizeof etag, "\"%s\"", db_str(rows, 0));
		const char *data = db_bytes(rows, 1, &bytes);
		c->status = known && !strcmp(known, etag) ? 304 : 200;
		c->type = c->status == 200 ? "text/plain; charset=utf-8" : NULL;
		if (c->status == 200)
			text_addn(&c->out, data, bytes);
		api_header(c, "ETag", "%s", etag);
	}
	db_rows_done(&rows, &err);
	if (err.code)
		api_failed(c, &err);
	else if (!etag[0])
		api_problem(c, 404, "not-found", false, _("ce serveur n'a pas encore de catalogue : guichetd admin catalogue DOSSIER"));
	return API_DONE;
}
