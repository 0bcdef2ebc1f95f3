// SPDX-License-Identifier: GPL-3.0-or-later
/* Running an import: the file read once to know it, then row by row in transactions. Each transaction also writes
 * how far it came, so whatever ends an import, the next one goes on behind the last row that is safe. What a row
 * means is for row.c. */
#include "map_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/utf8.h"

enum {
	CHUNK = 64 * 1024,
	LOOK_ROWS = 1000, /* rows looked at to tell the form of dates */
	READ_ROWS = 5000, /* most rows read in one transaction, when few of them are taken */
	DRY_ROWS = 1000,  /* between two ticks of a dry run */
	KEY_BYTES = 16,
	KEY_TEXT = 2 * IMPORT_HASH + 1,
};

struct run {
	struct store *store;
	const struct import_map *map;
	const struct import_options *options;
	const char *path;
	FILE *file;
	struct csv_reader csv;
	size_t *positions, columns; /* of the map's columns; how many the file has */
	struct row_reader rows;
	struct rejects rejects;
	struct import_counts counts;
	struct memo seen;   /* a dry run's source ids: nothing is in the store to tell */
	int64_t lines;      /* of the file, about */
	char key[KEY_TEXT]; /* of file and map */
	bool at_end;
};

void import_result_done(struct import_result *r)
{
	free(r->rejects);
	memset(r, 0, sizeof *r);
}

/* --- the file as a whole --- */

static enum guichet_rc open_source(struct run *run, struct guichet_err *err)
{
	struct stat info;
	int fd = open(run->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return guichet_err_set(
			err, errno == EACCES ? GUICHET_NO_PERM : GUICHET_NO_INPUT, "%s : %s", run->path, strerror(errno));
	if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
		close(fd);
		return guichet_err_set(
			err, GUICHET_NO_INPUT, _("%s n'est pas un fichier : un import se lit deux fois"), run->path);
	}
	run->file = fdopen(fd, "rb");
	return run->file ? GUICHET_OK : guichet_err_set(err, GUICHET_IO, "%s : %s", run->path, strerror(errno));
}

/* Hashes the file, counts its lines; tells UTF-16, where every row would be refused. */
static enum guichet_rc read_through(struct run *run, struct guichet_err *err)
{
	unsigned char chunk[CHUNK], hash[IMPORT_HASH], key[IMPORT_HASH];
	crypto_generichash_state state;
	bool first = true;
	size_t n;
	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	while ((n = fread(chunk, 1, sizeof chunk, run->file)) > 0) {
		if (first && n >= 2 && ((chunk[0] == 0xFF && chunk[1] == 0xFE) || (chunk[0] == 0xFE && chunk[1] == 0xFF)))
			return guichet_err_set(err, GUICHET_DATA, _("%s est en UTF-16 : enregistrez-le en UTF-8"), run->path);
		first = false;
		crypto_generichash_update(&state, chunk, n);
		for (const unsigned char *p = chunk; (p = memchr(p, '\n', (size_t)(chunk + n - p))) != NULL; p++)
			run->lines++;
	}
	if (ferror(run->file))
		return guichet_err_set(err, GUICHET_IO, _("%s : lecture impossible (%s)"), run->path, strerror(errno));
	if (first)
		return guichet_err_set(err, GUICHET_DATA, _("%s est vide : attendu une ligne de titres"), run->path);
	crypto_generichash_final(&state, hash, sizeof hash);
	sodium_bin2hex(run->rows.file, sizeof run->rows.file, hash, sizeof run->rows.file / 2);
	/* Another map, or the same one mended, starts at the first row again. */
	crypto_generichash_init(&state, NULL, 0, sizeof key);
	crypto_generichash_update(&state, hash, sizeof hash);
	crypto_generichash_update(&state, run->map->hash, sizeof run->map->hash);
	crypto_generichash_final(&state, key, sizeof key);
	sodium_bin2hex(run->key, sizeof run->key, key, KEY_BYTES);
	return GUICHET_OK;
}

static void start_reading(struct run *run, char separator)
{
	csv_reader_done(&run->csv);
	rewind(run->file);
	csv_reader_init(&run->csv, run->file, separator);
}

static bool find_column(const struct csv_reader *csv, const char *name, size_t *position)
{
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < csv->count; i++)
			if (pass == 0 ? !strcmp(csv_field(csv, i), name) : !utf8_compare_folded(csv_field(csv, i), name)) {
				*position = i;
				return true;
			}
	return false;
}

static enum guichet_rc read_header(struct run *run, struct guichet_err *err)
{
	struct text missing = TEXT_INIT;
	const struct columns *wanted = &run->map->columns;
	enum guichet_rc rc = csv_next(&run->csv);
	if (rc == GUICHET_NOT_FOUND)
		return guichet_err_set(err, GUICHET_DATA, _("%s est vide : attendu une ligne de titres"), run->path);
	if (rc == GUICHET_DATA)
		return guichet_err_set(
			err, rc, _("%s, ligne %lld (titres) : %s"), run->path, (long long)run->csv.line, run->csv.problem);
	if (rc)
		return guichet_err_set(err, rc, _("%s : lecture impossible"), run->path);
	run->columns = run->csv.count;
	free(run->positions);
	run->positions = guichet_alloc((wanted->count + 1) * sizeof *run->positions);
	run->rows.positions = run->positions;
	for (size_t i = 0; i < wanted->count; i++)
		if (!find_column(&run->csv, wanted->names[i], &run->positions[i]))
			text_addf(&missing, "%s« %s »", missing.len ? ", " : "", wanted->names[i]);
	if (missing.len)
		rc = guichet_err_set(err, GUICHET_DATA, _("%s n'a pas la colonne %s que nomme le plan « %s »"), run->path,
			text_str(&missing), run->map->name);
	text_done(&missing);
	return rc;
}

/* Day or month first: what the first rows say, unless the map does. Reads them, and the header, and starts again. */
static enum guichet_rc detect_dates(struct run *run, struct guichet_err *err)
{
	static const enum map_field dates[] = {MAP_RECEIVED, MAP_CLOSED, MAP_DUE};
	struct date_evidence evidence = {false, false};
	struct text value = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	for (int i = 0; i < LOOK_ROWS && rc != GUICHET_NOT_FOUND && rc != GUICHET_IO; i++) {
		rc = csv_next(&run->csv);
		for (size_t f = 0; rc == GUICHET_OK && f < sizeof dates / sizeof *dates; f++) {
			text_clear(&value);
			template_render(&run->map->fields[dates[f]], &run->csv, run->positions, &value);
			date_look(&evidence, text_str(&value));
		}
	}
	text_done(&value);
	run->rows.dates = run->map->dates == DATE_AUTO ? date_decide(&evidence) : run->map->dates;
	start_reading(run, run->csv.separator);
	return read_header(run, err);
}

/* --- where it stands --- */

static enum guichet_rc resume(struct run *run, struct guichet_err *err)
{
	struct import_run known = {0};
	enum guichet_rc rc =
		run->options->dry_run ? GUICHET_NOT_FOUND : store_import_run(run->store, run->key, &known, err);
	if (rc == GUICHET_NOT_FOUND || (rc == GUICHET_OK && (known.finished || known.read == 0)))
		return GUICHET_OK;
	if (rc)
		return rc;
	char separator = run->csv.separator;
	start_reading(run, separator);
	if (fseeko(run->file, (off_t)known.offset, SEEK_SET))
		return guichet_err_set(err, GUICHET_IO, _("%s : lecture impossible (%s)"), run->path, strerror(errno));
	run->csv.offset = known.offset;
	run->csv.next_line = known.line;
	run->csv.columns = run->csv.last_columns = run->columns;
	run->counts = (struct import_counts){known.read, known.taken, known.known, known.rejected};
	if (run->options->resumed)
		run->options->resumed(run->options->context, known.line);
	return GUICHET_OK;
}

static enum guichet_rc open_rejects(struct run *run, struct guichet_err *err)
{
	const struct import_options *o = run->options;
	int64_t line = run->counts.read ? run->csv.next_line : 0;
	if (o->rejects)
		return rejects_open(&run->rejects, o->rejects, NULL, line, err);
	if (o->dry_run || !o->rejects_folder)
		return GUICHET_OK;
	struct text path = TEXT_INIT;
	text_addf(&path, "%s/%s-%s.csv", o->rejects_folder, run->map->name, run->rows.file);
	enum guichet_rc rc = rejects_open(&run->rejects, text_str(&path), o->rejects_folder, line, err);
	text_done(&path);
	return rc;
}

static enum guichet_rc save(struct run *run, struct guichet_err *err)
{
	const struct import_counts *n = &run->counts;
	struct import_run now = {.offset = run->csv.offset,
		.line = run->csv.next_line,
		.read = n->read,
		.taken = n->taken,
		.known = n->known,
		.rejected = n->rejected,
		.finished = run->at_end};
	return store_save_import_run(run->store, run->key, run->map->name, &now, err);
}

/* --- rows --- */

static bool is_known(struct run *run)
{
	const char *id = text_str(&run->rows.row.source_id);
	const void *unused;
	if (store_row_of_source(run->store, id))
		return true;
	if (!run->options->dry_run)
		return false;
	if (memo_find(&run->seen, id, &unused))
		return true;
	memo_put(&run->seen, id, NULL);
	return false;
}

static enum guichet_rc reject(struct run *run, const char *reason, struct guichet_err *err)
{
	run->counts.rejected++;
	if (run->options->rejected)
		run->options->rejected(run->options->context, run->csv.line, reason);
	if (!run->rejects.path)
		return GUICHET_OK;
	return rejects_add(&run->rejects, run->csv.line, reason, text_str(&run->csv.record), run->csv.record.len, err);
}

static enum guichet_rc refuse_width(struct run *run, struct guichet_err *why)
{
	return guichet_err_set(
		why, GUICHET_DATA, _("%zu champs, attendu %zu comme dans la ligne de titres"), run->csv.count, run->columns);
}

/* One row. GUICHET_NOT_FOUND at the end of the file. */
static enum guichet_rc take_row(struct run *run, struct guichet_err *err)
{
	struct guichet_err why = {0};
	bool stored = false;
	enum guichet_rc rc = csv_next(&run->csv);
	if (rc == GUICHET_IO)
		return guichet_err_set(err, rc, _("%s : lecture impossible"), run->path);
	if (rc == GUICHET_NOT_FOUND)
		return rc;
	run->counts.read++;
	if (rc == GUICHET_DATA)
		return reject(run, run->csv.problem, err);
	rc = run->csv.count == run->columns ? row_identify(&run->rows, &run->csv, run->counts.read, &why)
										: refuse_width(run, &why);
	if (rc == GUICHET_OK && is_known(run)) {
		run->counts.known++;
		return GUICHET_OK;
	}
	if (rc == GUICHET_OK)
		rc = row_take(&run->rows, &stored, &why);
	if (rc == GUICHET_OK) {
		run->counts.taken++;
		return GUICHET_OK;
	}
	if (stored) {
		if (err)
			*err = why;
		return rc;
	}
	return reject(run, why.message, err);
}

/* As many rows as one transaction may hold. */
static enum guichet_rc take_rows(struct run *run, struct guichet_err *err)
{
	struct import_counts before = run->counts;
	int64_t most = run->options->dry_run ? DRY_ROWS : READ_ROWS;
	enum guichet_rc rc = GUICHET_OK;
	while (rc == GUICHET_OK && run->counts.read - before.read < most &&
		(run->options->dry_run || run->counts.taken - before.taken < STORE_BATCH))
		rc = take_row(run, err);
	run->at_end = rc == GUICHET_NOT_FOUND;
	return run->at_end ? GUICHET_OK : rc;
}

static enum guichet_rc batch(struct run *run, struct guichet_err *err)
{
	struct import_counts before = run->counts;
	enum guichet_rc rc;
	if (run->options->dry_run)
		return take_rows(run, err);
	rc = store_begin(run->store, err);
	if (rc)
		return rc;
	run->rows.now_ms = store_now(run->store);
	rc = take_rows(run, err);
	if (rc == GUICHET_OK)
		rc = rejects_flush(&run->rejects, err);
	if (rc == GUICHET_OK)
		rc = save(run, err);
	if (rc == GUICHET_OK)
		rc = store_commit(run->store, err);
	else
		store_rollback(run->store);
	if (rc)
		run->counts = before;
	return rc;
}

static enum guichet_rc take_all(struct run *run, struct guichet_err *err)
{
	const struct progress *p = run->options->progress;
	while (!run->at_end) {
		enum guichet_rc rc = batch(run, err);
		if (rc)
			return rc;
		if (p && !p->tick(p->context, run->csv.next_line, run->lines) && !run->at_end)
			return guichet_err_set(err, GUICHET_LOCKED,
				run->options->dry_run
					? _("essai interrompu à la ligne %lld")
					: _("import interrompu à la ligne %lld : relancez la même commande, il reprendra là"),
				(long long)run->csv.next_line);
	}
	return rejects_flush(&run->rejects, err);
}

static enum guichet_rc prepare(struct run *run, struct guichet_err *err)
{
	enum guichet_rc rc = open_source(run, err);
	if (rc == GUICHET_OK)
		rc = read_through(run, err);
	if (rc)
		return rc;
	start_reading(run, run->map->separator);
	rc = read_header(run, err);
	if (rc == GUICHET_OK)
		rc = codes_check(&run->rows.codes, err);
	if (rc == GUICHET_OK)
		rc = detect_dates(run, err);
	if (rc == GUICHET_OK)
		rc = resume(run, err);
	return rc == GUICHET_OK ? open_rejects(run, err) : rc;
}

enum guichet_rc import_file(struct store *s, const struct import_map *map, const char *path,
	const struct import_options *options, struct import_result *out, struct guichet_err *err)
{
	struct run run = {.store = s, .map = map, .options = options, .path = path};
	memset(out, 0, sizeof *out);
	if (!(options->actor->roles & (ROLE_SUPERVISOR | ROLE_ADMIN)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour importer : superviseur ou administrateur"));
	run.rows = (struct row_reader){.store = s,
		.map = map,
		.actor = options->actor,
		.now_ms = store_now(s),
		.codes = {.store = s, .map = map, .dry_run = options->dry_run}};
	enum guichet_rc rc = prepare(&run, err);
	if (rc == GUICHET_OK)
		rc = take_all(&run, err);
	out->counts = run.counts;
	if (run.rejects.file)
		out->rejects = guichet_strdup(run.rejects.path);
	rejects_close(&run.rejects);
	memo_done(&run.seen);
	row_reader_done(&run.rows);
	csv_reader_done(&run.csv);
	free(run.positions);
	if (run.file)
		fclose(run.file);
	return rc;
}
