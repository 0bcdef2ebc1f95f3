// SPDX-License-Identifier: GPL-3.0-or-later
/* Attachments by their SHA-256: the same file twice is kept once. Knows bytes, not what they are. */
#include "internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void blob_name(const void *data, size_t bytes, char sha256[BLOB_NAME])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, data, bytes);
	sodium_bin2hex(sha256, BLOB_NAME, hash, sizeof hash);
}

enum guichet_rc store_put_blob(struct store *s, const void *data, size_t bytes, char sha256[65], struct guichet_err *err)
{
	if (bytes > STORE_BLOB_MAX)
		return guichet_err_set(err, GUICHET_DATA, _("pièce jointe de %zu octets : le maximum est %d Mio"), bytes,
			STORE_BLOB_MAX / (1024 * 1024));
	blob_name(data, bytes, sha256);
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	/* An empty file is a file: never NULL. */
	rc = sql_run(s, err, "INSERT OR IGNORE INTO blob(sha256, bytes, data) VALUES(?1, ?2, ?3)", "tib", sha256, (int64_t)bytes,
		(const void *)(bytes ? data : ""), bytes);
	return store_finish(s, rc, err);
}

enum guichet_rc store_get_blob(struct store *s, const char *sha256, char **data, size_t *bytes, struct guichet_err *err)
{
	char name[BLOB_NAME];
	*data = NULL;
	*bytes = 0;
	sqlite3_stmt *st = sql_prepare(s, "SELECT data FROM blob WHERE sha256 = ?1", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "t", sha256);
	enum guichet_rc rc = sql_step(s, st, err);
	if (rc == GUICHET_NOT_FOUND)
		return guichet_err_set(err, rc, _("la pièce jointe %.12s… n'est pas dans ce dépôt"), sha256);
	if (rc)
		return rc;
	*bytes = (size_t)sqlite3_column_bytes(st, 0);
	*data = guichet_alloc(*bytes + 1);
	if (*bytes)
		memcpy(*data, sqlite3_column_blob(st, 0), *bytes);
	sqlite3_reset(st);
	blob_name(*data, *bytes, name);
	if (!strcmp(name, sha256))
		return GUICHET_OK;
	free(*data);
	*data = NULL;
	*bytes = 0;
	return guichet_err_set(err, GUICHET_DATA, _("la pièce jointe %.12s… est abîmée : restaurez une sauvegarde (guichet restore)"), sha256);
}

/* --- with the central server --- */

bool store_has_blob(struct store *s, const char *sha256)
{
	return sql_value(s, 0, "SELECT 1 FROM blob WHERE sha256 = ?1", "t", sha256) != 0;
}

bool store_unsent_blob(struct store *s, char sha256[65])
{
	sqlite3_stmt *st = sql_prepare(s, "SELECT sha256 FROM blob WHERE sent = 0 LIMIT 1", NULL);
	if (!st)
		return false;
	bool found = sql_step(s, st, NULL) == GUICHET_OK;
	if (found)
		snprintf(sha256, BLOB_NAME, "%s", column_str(st, 0));
	sqlite3_reset(st);
	return found;
}

enum guichet_rc store_blob_sent(struct store *s, const char *sha256, enum blob_sent how, struct guichet_err *err)
{
	return sql_run(s, err, "UPDATE blob SET sent = ?2 WHERE sha256 = ?1", "ti", sha256, (int64_t)how);
}

enum guichet_rc store_take_blob(struct store *s, const char *sha256, const void *data, size_t bytes, struct guichet_err *err)
{
	char name[BLOB_NAME];
	blob_name(data, bytes, name);
	if (bytes > STORE_BLOB_MAX || strcmp(name, sha256) != 0)
		return guichet_err_set(err, GUICHET_DATA, "%s", _("ce que le serveur a envoyé n'est pas cette pièce : rien n'en est gardé"));
	return sql_run(s, err, "INSERT INTO blob(sha256, bytes, data, sent) VALUES(?1, ?2, ?3, 1) ON CONFLICT(sha256) DO NOTHING", "tib", sha256, (int64_t)bytes,
		(const void *)(bytes ? data : ""), bytes);
}

int64_t store_count_blobs(struct store *s, enum blob_sent how)
{
	return sql_value(s, 0, "SELECT count(*) FROM blob WHERE sent = ?1", "i", (int64_t)how);
}
