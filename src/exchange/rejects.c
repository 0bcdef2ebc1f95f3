// SPDX-License-Identifier: GPL-3.0-or-later
/* The rows that can't be taken, as CSV: line number, reason, and the row as it stood, in one cell. They hold what
 * people wrote: the file is its owner's alone. Of a file that was there, only one that these functions made is
 * written to. */
#include "map_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header[] = "ligne,motif,enregistrement\n";

static enum guichet_rc failed(const char *path, enum guichet_rc rc, struct guichet_err *err)
{
	return guichet_err_set(err, rc, _("fichier des rejets %s : %s"), path, strerror(errno));
}

/* Where the rows of line `from` on begin, or what was half written. */
static off_t end_of_lines_before(FILE *file, int64_t from)
{
	off_t at = 0, end = 0;
	int64_t number = 0;
	bool quoted = false, in_number = true;
	int c;
	rewind(file);
	while ((c = getc(file)) != EOF) {
		at++;
		if (in_number && c >= '0' && c <= '9' && number < from)
			number = number * 10 + (c - '0');
		else
			in_number = false;
		quoted ^= c == '"';
		if (c != '\n' || quoted)
			continue;
		if (number >= from)
			break;
		end = at;
		number = 0;
		in_number = true;
	}
	return end;
}

/* What was there: nothing (NOT_FOUND), ours, or something else (CANT_CREATE). */
static enum guichet_rc open_old(struct rejects *r, struct guichet_err *err)
{
	char start[sizeof header] = "";
	int fd = open(r->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return GUICHET_NOT_FOUND;
	struct stat info;
	if (fd < 0 || fstat(fd, &info) || !S_ISREG(info.st_mode) ||
		(info.st_size && pread(fd, start, sizeof start - 1, 0) < 0) || (info.st_size && strcmp(start, header))) {
		if (fd >= 0)
			close(fd);
		return guichet_err_set(err, GUICHET_CANT_CREATE,
			_("%s existe et n'est pas un fichier de rejets : donnez un autre nom (--rejects)"), r->path);
	}
	r->file = fdopen(fd, "r+");
	return r->file ? GUICHET_OK : failed(r->path, GUICHET_IO, err);
}

static enum guichet_rc make_folder(const char *folder, struct guichet_err *err)
{
	char *path = guichet_strdup(folder), *slash = path;
	enum guichet_rc rc = GUICHET_OK;
	while (rc == GUICHET_OK && slash) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			rc = failed(path, GUICHET_CANT_CREATE, err);
		if (slash)
			*slash = '/';
	}
	free(path);
	return rc;
}

enum guichet_rc rejects_open(
	struct rejects *r, const char *path, const char *folder, int64_t resume_line, struct guichet_err *err)
{
	*r = (struct rejects){.path = guichet_strdup(path), .resume_line = resume_line};
	enum guichet_rc rc = folder ? make_folder(folder, err) : GUICHET_OK;
	if (rc == GUICHET_OK)
		rc = open_old(r, err);
	if (rc == GUICHET_NOT_FOUND)
		return GUICHET_OK;
	if (rc)
		return rc;
	off_t end = resume_line ? end_of_lines_before(r->file, resume_line) : 0;
	if (end <= (off_t)sizeof header - 1) {
		fclose(r->file);
		r->file = NULL;
		return unlink(r->path) ? failed(r->path, GUICHET_IO, err) : GUICHET_OK;
	}
	if (ftruncate(fileno(r->file), end) || fseeko(r->file, end, SEEK_SET))
		return failed(r->path, GUICHET_IO, err);
	return GUICHET_OK;
}

static enum guichet_rc create(struct rejects *r, struct guichet_err *err)
{
	int fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return failed(r->path, GUICHET_CANT_CREATE, err);
	r->file = fdopen(fd, "w");
	if (!r->file) {
		close(fd);
		return failed(r->path, GUICHET_IO, err);
	}
	fputs(header, r->file);
	return GUICHET_OK;
}

/* The row may hold what is no text: a NUL, other encodings. It stays as it is, but for the apostrophe before what
 * a spreadsheet would run. */
static void put_record(FILE *file, const char *record, size_t bytes)
{
	putc('"', file);
	if (bytes && strchr("=+-@\t\r", *record) && *record)
		putc('\'', file);
	for (size_t i = 0; i < bytes; i++) {
		if (record[i] == '"')
			putc('"', file);
		putc(record[i], file);
	}
	fputs("\"\n", file);
}

enum guichet_rc rejects_add(
	struct rejects *r, int64_t line, const char *reason, const char *record, size_t bytes, struct guichet_err *err)
{
	enum guichet_rc rc = r->file ? GUICHET_OK : create(r, err);
	if (rc)
		return rc;
	struct text cells = TEXT_INIT;
	text_addf(&cells, "%lld", (long long)line);
	csv_write_field(&cells, reason, ',', false);
	fprintf(r->file, "%s,", text_str(&cells));
	text_done(&cells);
	put_record(r->file, record, bytes);
	return ferror(r->file) ? failed(r->path, GUICHET_IO, err) : GUICHET_OK;
}

enum guichet_rc rejects_flush(struct rejects *r, struct guichet_err *err)
{
	if (r->file && (fflush(r->file) || ferror(r->file)))
		return failed(r->path, GUICHET_IO, err);
	return GUICHET_OK;
}

void rejects_close(struct rejects *r)
{
	if (r->file)
		fclose(r->file);
	free(r->path);
	memset(r, 0, sizeof *r);
}
