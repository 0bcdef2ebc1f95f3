// SPDX-License-Identifier: GPL-3.0-or-later
/* The file that outlives a restore (erased.h). */
#include "erased.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/ini.h"
#include "guichet/base/sim_bug.h"
#include "ledger_inside.h"

enum { FILE_MAX = 256 * 1024 * 1024, LINE = 100 };

/* --- reading --- */

/* A whole line's last word. */
static bool read_number(const char *text, int64_t *out)
{
	char *end;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno == 0;
}

static bool read_line(const char *line, struct erased_file *f, size_t *capacity) // NOLINT(readability-non-const-parameter): GUICHET_GROW writes it
{
	static const char epoch[] = "epoch ", serial[] = "serial ", erase[] = "erase ";
	char id[OP_ID_TEXT];
	int64_t number;
	struct op_id subject;
	if (!strncmp(line, epoch, sizeof epoch - 1)) {
		if (!read_number(line + sizeof epoch - 1, &number))
			return false;
		f->epoch = number > f->epoch ? number : f->epoch;
		return true;
	}
	if (!strncmp(line, serial, sizeof serial - 1)) {
		if (!read_number(line + sizeof serial - 1, &number))
			return false;
		f->serial = number > f->serial ? number : f->serial;
		return true;
	}
	if (strncmp(line, erase, sizeof erase - 1) != 0)
		return false;
	const char *from = line + sizeof erase - 1;
	size_t length = strcspn(from, " ");
	if (from[length] != ' ' || length >= sizeof id)
		return false;
	memcpy(id, from, length);
	id[length] = '\0';
	if (!read_number(from + length + 1, &number) || !op_id_parse(id, &subject))
		return false;
	GUICHET_GROW(f->entries, f->count, *capacity);
	f->entries[f->count++] = (struct erased_entry){ subject, number };
	return true;
}

enum guichet_rc erased_read(const char *path, struct erased_file *out, struct guichet_err *err)
{
	char *data = NULL;
	size_t bytes, capacity = 0;
	memset(out, 0, sizeof *out);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return GUICHET_OK;
	enum guichet_rc rc = file_read(path, FILE_MAX, &data, &bytes, err);
	for (char *line = data, *end; !rc && *line; line = end) {
		end = line + strcspn(line, "\n");
		/* A last line without its end was never committed. */
		if (!*end)
			break;
		*end++ = '\0';
		if (*line && !read_line(line, out, &capacity))
			out->unreadable++;
	}
	free(data);
	return rc;
}

void erased_done(struct erased_file *f)
{
	free(f->entries);
	memset(f, 0, sizeof *f);
}

/* --- writing --- */

static bool sync_folder(const char *path)
{
	char *copy = guichet_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	free(copy);
	return fine;
}

static bool ends_whole(int fd)
{
	char last = '\n';
	off_t size = lseek(fd, 0, SEEK_END);
	return size <= 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static enum guichet_rc append(const char *path, const char *line, struct guichet_err *err)
{
	struct text text = TEXT_INIT;
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	bool fine = fd >= 0;
	/* What a crash left of a line stays alone. */
	if (fine)
		text_addf(&text, "%s%s\n", ends_whole(fd) ? "" : "\n", line);
	fine = fine && write(fd, text.data, text.len) == (ssize_t)text.len && fsync(fd) == 0 && sync_folder(path);
	int why = errno;
	text_done(&text);
	if (fd >= 0)
		close(fd);
	return fine ? GUICHET_OK : guichet_err_set(err, GUICHET_IO, _("%s : le registre des effacements ne peut être écrit : %s"), path, strerror(why));
}

enum guichet_rc erased_add(const char *path, const struct op_id *ids, size_t count, int64_t at_ms, struct guichet_err *err)
{
	char id[OP_ID_TEXT];
	struct text lines = TEXT_INIT;
	for (size_t i = 0; i < count; i++) {
		op_id_format(ids[i], id);
		text_addf(&lines, "%serase %s %" PRId64, i ? "\n" : "", id, at_ms);
	}
	enum guichet_rc rc = count ? append(path, text_str(&lines), err) : GUICHET_OK;
	text_done(&lines);
	return rc;
}

enum guichet_rc erased_add_epoch(const char *path, int64_t epoch, int64_t serial, struct guichet_err *err)
{
	char line[LINE];
	snprintf(line, sizeof line, "epoch %" PRId64 "\nserial %" PRId64, epoch, serial);
	return append(path, line, err);
}

/* --- after a restore --- */

/* An epoch that was given out after the backup: its journal may differ from the backup's, so that no desk may be told of a common beginning: one more is skipped. */
static enum guichet_rc raise_epoch(struct db *db, int64_t known, struct guichet_err *err)
{
	return db_run(db, err, "UPDATE head SET epoch = ?1 WHERE epoch <= ?2", "ii", known + 2, SIM_BUG(restore_same_epoch) ? 0 : known);
}

static enum guichet_rc replay_one(struct db *db, const struct erased_entry *e, int64_t now_ms, struct guichet_random random, size_t *replayed, struct guichet_err *err)
{
	struct item item;
	if (ledger_is_erased(db, e->id))
		return GUICHET_OK;
	enum guichet_rc rc = ledger_item(db, e->id, &item, err);
	if (!rc && item.known)
		rc = ledger_erase(db, e->id, "guichetd", now_ms, random, err);
	else if (!rc)
		rc = db_run(db, err, "INSERT INTO erased(device, dseq, seq, at_ms) VALUES(?1, ?2, 0, ?3)", "iii", (int64_t)e->id.device, (int64_t)e->id.dseq, e->at_ms);
	/* What waits, parked, for a request that the backup lacks says something of it too. */
	if (!rc && !item.known)
		rc = ledger_blank_subject(db, e->id, err);
	*replayed += rc == GUICHET_OK;
	return rc;
}

enum guichet_rc erased_replay(const char *path, struct db *db, int64_t now_ms, struct guichet_random random, size_t *replayed, struct guichet_err *err)
{
	struct erased_file f;
	struct ledger_head head = { 0 };
	*replayed = 0;
	enum guichet_rc rc = erased_read(path, &f, err);
	if (!rc && f.unreadable)
		rc = guichet_err_set(err, GUICHET_DATA, _("%s : %zu lignes illisibles : un effacement pourrait manquer"), path, f.unreadable);
	if (!rc)
		rc = ledger_restored(db, err);
	if (!rc && !(rc = db_begin(db, err))) {
		rc = raise_epoch(db, f.epoch, err);
		/* Two restores of one copy would lend the same blocks twice. */
		if (!rc && f.serial > 0 && !SIM_BUG(lent_again_restored))
			rc = db_run(db, err, "UPDATE head SET next_serial = ?1 WHERE next_serial < ?1", "i", f.serial + (int64_t)RESTORED_BERTH * SERIALS_BLOCK);
		for (size_t i = 0; i < f.count && !rc && !SIM_BUG(erasure_forgotten); i++)
			rc = replay_one(db, &f.entries[i], now_ms, random, replayed, err);
		if (!rc)
			rc = ledger_head(db, &head, err);
		if (!rc)
			rc = erased_add_epoch(path, head.epoch, db_value(db, 0, "SELECT next_serial FROM head", ""), err);
		rc = rc ? rc : db_commit(db, err);
		if (rc)
			db_rollback(db);
	}
	erased_done(&f);
	return rc;
}
