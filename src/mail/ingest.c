// SPDX-License-Identifier: GPL-3.0-or-later
/* How a mail comes in: piece by piece, so that memory does not grow with it. What it becomes is decided in ingest_take.c. */
#include "ingest_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"

enum { READ_BYTES = 256 * 1024 };

struct mail_intake {
	struct store *s;
	const struct mail_taker *t;
	char *data; size_t bytes, capacity;     /* what is held */
	char *head; size_t head_bytes;          /* the beginning of a large one */
	int64_t total;
	struct whole whole;                     /* what of it is in the store already */
};

struct mail_intake *mail_intake_new(struct store *s, const struct mail_taker *t)
{
	struct mail_intake *in = guichet_alloc(sizeof *in);
	in->s = s;
	in->t = t;
	return in;
}

void mail_intake_free(struct mail_intake **in)
{
	if (!*in)
		return;
	free((*in)->data);
	free((*in)->head);
	free(*in);
	*in = NULL;
}

enum guichet_rc whole_add(struct store *s, struct whole *w, const char *data, size_t bytes, struct guichet_err *err)
{
	if (w->count == WHOLE_PIECES_MAX)
		return guichet_err_set(err, GUICHET_DATA, _("courriel de plus de %d Mio : il reste où il est"), MAIL_WHOLE_MAX / (1024 * 1024));
	enum guichet_rc rc = store_put_blob(s, data, bytes, w->pieces[w->count], err);
	w->count += rc == GUICHET_OK;
	return rc;
}

/* Gives the store what is held, but for the last bytes when `all` is not set. */
static enum guichet_rc flush(struct mail_intake *in, bool all, struct guichet_err *err)
{
	size_t at = 0;
	enum guichet_rc rc = GUICHET_OK;
	while (rc == GUICHET_OK && (in->bytes - at >= MAIL_PIECE || (all && at < in->bytes))) {
		size_t n = in->bytes - at < MAIL_PIECE ? in->bytes - at : MAIL_PIECE;
		rc = whole_add(in->s, &in->whole, in->data + at, n, err);
		at += n;
	}
	memmove(in->data, in->data + at, in->bytes - at);
	in->bytes -= at;
	return rc;
}

enum guichet_rc mail_intake_add(struct mail_intake *in, const void *data, size_t bytes, struct guichet_err *err)
{
	const char *from = data;
	enum guichet_rc rc = GUICHET_OK;
	while (bytes && rc == GUICHET_OK) {
		size_t n = bytes < READ_BYTES ? bytes : READ_BYTES;
		if (in->total + (int64_t)n > MAIL_WHOLE_MAX)
			return guichet_err_set(err, GUICHET_DATA, _("courriel de plus de %d Mio : il reste où il est"), MAIL_WHOLE_MAX / (1024 * 1024));
		if (in->bytes + n > in->capacity) {
			in->capacity = in->capacity ? in->capacity * 2 : READ_BYTES;
			in->capacity = in->capacity < in->bytes + n ? in->bytes + n : in->capacity;
			in->data = guichet_realloc(in->data, in->capacity, 1);
		}
		memcpy(in->data + in->bytes, from, n);
		in->bytes += n;
		in->total += (int64_t)n;
		from += n;
		bytes -= n;
		if (in->total <= MAIL_BYTES_MAX)
			continue;
		if (!in->head) {
			in->head_bytes = MAIL_HEADERS_BYTES;
			in->head = guichet_alloc(in->head_bytes);
			memcpy(in->head, in->data, in->head_bytes);
		}
		if (in->bytes >= MAIL_PIECE)
			rc = flush(in, false, err);
	}
	return rc;
}

enum guichet_rc mail_intake_end(struct mail_intake *in, struct mail_taken *out, struct guichet_err *err)
{
	struct mail m;
	enum guichet_rc rc;
	*out = (struct mail_taken){ 0 };
	if (in->head) {
		rc = flush(in, true, err);
		if (rc)
			return rc;
		rc = mail_read_head(&m, in->head, in->head_bytes, in->total, err);
	} else {
		rc = mail_read(&m, in->data ? in->data : "", in->bytes, err);
	}
	if (rc == GUICHET_OK)
		rc = take_mail(in->s, in->t, &m, in->head ? NULL : in->data, &in->whole, out, err);
	mail_done(&m);
	return rc;
}

enum guichet_rc mail_ingest(struct store *s, const struct mail_taker *t, const void *data, size_t bytes, struct mail_taken *out, struct guichet_err *err)
{
	struct mail m;
	struct whole whole = { .count = 0 };
	*out = (struct mail_taken){ 0 };
	if (bytes > MAIL_BYTES_MAX) {
		struct mail_intake *in = mail_intake_new(s, t);
		enum guichet_rc rc = mail_intake_add(in, data, bytes, err);
		rc = rc ? rc : mail_intake_end(in, out, err);
		mail_intake_free(&in);
		return rc;
	}
	enum guichet_rc rc = mail_read(&m, data, bytes, err);
	if (rc == GUICHET_OK)
		rc = take_mail(s, t, &m, data, &whole, out, err);
	mail_done(&m);
	return rc;
}

enum guichet_rc mail_ingest_fd(struct store *s, const struct mail_taker *t, int fd, struct mail_taken *out, struct guichet_err *err)
{
	struct mail_intake *in = mail_intake_new(s, t);
	char *buffer = guichet_alloc(READ_BYTES);
	enum guichet_rc rc = GUICHET_OK;
	*out = (struct mail_taken){ 0 };
	for (;;) {
		ssize_t n = read(fd, buffer, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = guichet_err_set(err, GUICHET_IO, _("courriel illisible : %s"), strerror(errno));
		if (n <= 0)
			break;
		rc = mail_intake_add(in, buffer, (size_t)n, err);
		if (rc)
			break;
	}
	if (rc == GUICHET_OK)
		rc = mail_intake_end(in, out, err);
	free(buffer);
	mail_intake_free(&in);
	return rc;
}

enum guichet_rc mail_ingest_notice(struct store *s, const struct mail_taker *t, const void *headers, size_t bytes, int64_t whole, struct mail_taken *out,
	struct guichet_err *err)
{
	struct mail m;
	struct whole none = { .count = 0 };
	*out = (struct mail_taken){ 0 };
	enum guichet_rc rc = mail_read_head(&m, headers, bytes, whole, err);
	if (rc == GUICHET_OK)
		rc = take_mail(s, t, &m, NULL, &none, out, err);
	mail_done(&m);
	return rc;
}

const char *mail_taken_code(const struct mail_taken *t)
{
	return t->known ? "known" : mail_sort_code(t->sort);
}

void mail_taken_done(struct mail_taken *t)
{
	for (size_t i = 0; i < t->part_count; i++) {
		free(t->parts[i].name);
		free(t->parts[i].type);
	}
	free(t->parts);
	free(t->from);
	free(t->subject);
	free(t->text);
	*t = (struct mail_taken){ 0 };
}
