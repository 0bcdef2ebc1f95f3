// SPDX-License-Identifier: GPL-3.0-or-later
/* Sheets of figures: CSV made in memory, then written whole to a file that did not exist. */
#include "guichet/report/figures.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/csv.h"
#include "guichet/base/i18n.h"

void sheet_text(struct sheet *s, const char *value)
{
	csv_write_field(&s->row, value, ',', !s->started);
	s->started = true;
}

void sheet_number(struct sheet *s, int64_t value)
{
	text_addf(&s->row, "%s%lld", s->started ? "," : "", (long long)value);
	s->started = true;
}

void sheet_real(struct sheet *s, double value, int decimals)
{
	if (isnan(value))
		sheet_text(s, "");
	else
		text_addf(&s->row, "%s%.*f", s->started ? "," : "", decimals, value);
	s->started = true;
}

void sheet_day(struct sheet *s, int32_t day)
{
	int year, month, of_month;
	day_to_date(day, &year, &month, &of_month);
	text_addf(&s->row, "%s%04d-%02d-%02d", s->started ? "," : "", year, month, of_month);
	s->started = true;
}

void sheet_end_row(struct sheet *s)
{
	text_addf(&s->csv, "%s\n", text_str(&s->row));
	text_clear(&s->row);
	s->started = false;
}

void sheet_done(struct sheet *s)
{
	text_done(&s->csv);
	text_done(&s->row);
}

static enum guichet_rc write_all(int fd, const char *path, const struct text *t, struct guichet_err *err)
{
	for (size_t at = 0; at < t->len;) {
		ssize_t n = write(fd, t->data + at, t->len - at);
		if (n < 0 && errno != EINTR)
			return guichet_err_set(err, GUICHET_IO, _("%s n'a pas pu être écrit : %s"), path, strerror(errno));
		at += n > 0 ? (size_t)n : 0;
	}
	if (fsync(fd) && errno != EINVAL)
		return guichet_err_set(err, GUICHET_IO, _("%s n'a pas pu être écrit : %s"), path, strerror(errno));
	return GUICHET_OK;
}

enum guichet_rc sheet_save(const struct sheet *s, const char *path, struct guichet_err *err)
{
	/* Never through a link that somebody laid there, never over what exists. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST
			? guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : donnez un autre nom"), path)
			: guichet_err_set(err, GUICHET_CANT_CREATE, _("impossible d'écrire %s : %s"), path, strerror(errno));
	enum guichet_rc rc = write_all(fd, path, &s->csv, err);
	if (close(fd) && rc == GUICHET_OK)
		rc = guichet_err_set(err, GUICHET_IO, _("%s n'a pas pu être écrit : %s"), path, strerror(errno));
	if (rc)
		unlink(path);
	return rc;
}
