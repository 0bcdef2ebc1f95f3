// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests as CSV or JSON lines, page by page. The names of the columns are those of the JSON contract. */
#include "guichet/exchange/export.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/csv.h"
#include "guichet/base/i18n.h"
#include "guichet/wire/request_json.h"

enum { PAGE = 200 };

bool export_format_parse(const char *s, enum export_format *out)
{
	if (strcmp(s, "csv") && strcmp(s, "jsonl"))
		return false;
	*out = strcmp(s, "csv") ? EXPORT_JSON_LINES : EXPORT_CSV;
	return true;
}

/* --- the columns of CSV --- */

struct line {
	struct store *store;
	const struct request *r;
	const struct service *service;
	const struct category *category;
	struct deadlines due;
	struct text *value; /* where a column's text goes */
};

static void put_register(struct line *l, enum request_field f)
{
	double real;
	switch (request_field_info(f)->type) {
	case FIELD_TYPE_INT:
		text_addf(l->value, "%lld", (long long)request_int(l->r, f, 0));
		return;
	case FIELD_TYPE_BOOL:
		text_add(l->value, request_int(l->r, f, 0) ? "1" : "0");
		return;
	case FIELD_TYPE_INSTANT:
		instant_rfc3339(l->value, request_int(l->r, f, NO_INSTANT));
		return;
	case FIELD_TYPE_REAL:
		real = request_real(l->r, f);
		if (!isnan(real))
			text_addf(l->value, "%.7f", real);
		return;
	default:
		text_add(l->value, request_text(l->r, f));
	}
}

static void put_reference(struct line *l)
{
	text_addf(l->value, "%lld", (long long)l->r->reference);
}

static void put_status(struct line *l)
{
	text_add(l->value, status_code(l->r->status));
}

static void put_service_name(struct line *l)
{
	text_add(l->value, l->service ? l->service->name : "");
}

static void put_category_name(struct line *l)
{
	text_add(l->value, l->category ? l->category->name : "");
}

static void put_category_path(struct line *l)
{
	text_add(l->value, l->category && l->category->path ? l->category->path : "");
}

static void put_expected(struct line *l)
{
	instant_rfc3339(l->value, l->due.due[TARGET_ANSWER]);
}

static void put_answered(struct line *l)
{
	instant_rfc3339(l->value, l->r->answered_ms);
}

static void put_closed(struct line *l)
{
	instant_rfc3339(l->value, l->r->closed_ms);
}

static void put_close_reason(struct line *l)
{
	text_add(l->value, l->r->close_reason ? l->r->close_reason : "");
}

static void put_requester_name(struct line *l)
{
	struct op_id id;
	struct requester who = {0};
	if (op_id_parse(request_text(l->r, FIELD_REQUESTER), &id) &&
		store_requester_of_op(l->store, id, &who, NULL) == GUICHET_OK)
		text_add(l->value, requester_get(&who, *requester_get(&who, "name") ? "name" : "organisation"));
	requester_done(&who);
}

/* A register, or what `put` makes. */
static const struct column {
	const char *name;
	void (*put)(struct line *l);
	enum request_field field;
} columns[] = {
	{"service_request_id", put_reference, 0},
	{"source_id", NULL, FIELD_SOURCE_ID},
	{"status", put_status, 0},
	{"nature", NULL, FIELD_NATURE},
	{"channel", NULL, FIELD_CHANNEL},
	{"service_code", NULL, FIELD_SERVICE},
	{"service_name", put_service_name, 0},
	{"category", NULL, FIELD_CATEGORY},
	{"category_name", put_category_name, 0},
	{"category_path", put_category_path, 0},
	{"subject", NULL, FIELD_SUBJECT},
	{"description", NULL, FIELD_DESCRIPTION},
	{"priority", NULL, FIELD_PRIORITY},
	{"danger", NULL, FIELD_DANGER},
	{"commune", NULL, FIELD_COMMUNE},
	{"address_string", NULL, FIELD_ADDRESS},
	{"place_detail", NULL, FIELD_PLACE_DETAIL},
	{"asset", NULL, FIELD_ASSET},
	{"ground", NULL, FIELD_GROUND},
	{"area", NULL, FIELD_AREA},
	{"lat", NULL, FIELD_LATITUDE},
	{"long", NULL, FIELD_LONGITUDE},
	{"document_date", NULL, FIELD_DOCUMENT_DATE},
	{"sender_ref", NULL, FIELD_SENDER_REF},
	{"requested_datetime", NULL, FIELD_RECEIVED},
	{"logged_datetime", NULL, FIELD_LOGGED},
	{"expected_datetime", put_expected, 0},
	{"answered_datetime", put_answered, 0},
	{"closed_datetime", put_closed, 0},
	{"close_reason", put_close_reason, 0},
	{"assigned_to", NULL, FIELD_ASSIGNED},
	{"confidential", NULL, FIELD_CONFIDENTIAL},
	{"requester_name", put_requester_name, 0},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

static void write_header(FILE *out)
{
	for (size_t i = 0; i < COLUMNS; i++)
		fprintf(out, "%s%s", i ? "," : "", columns[i].name);
	putc('\n', out);
}

static void write_csv(struct store *s, const struct loaded *loaded, FILE *out)
{
	const struct catalogue *c = store_catalogue(s);
	struct text record = TEXT_INIT, value = TEXT_INIT;
	struct line l = {.store = s, .r = &loaded->request, .value = &value};
	l.service = catalogue_service(c, request_text(l.r, FIELD_SERVICE));
	l.category = catalogue_category(c, request_text(l.r, FIELD_CATEGORY));
	deadlines_compute(l.r, c, store_now(s), &l.due, NULL);
	for (size_t i = 0; i < COLUMNS; i++) {
		text_clear(&value);
		if (columns[i].put)
			columns[i].put(&l);
		else
			put_register(&l, columns[i].field);
		csv_write_field(&record, text_str(&value), ',', i == 0);
	}
	text_addc(&record, '\n');
	fwrite(text_str(&record), 1, record.len, out);
	text_done(&record);
	text_done(&value);
}

static void write_json(struct store *s, const struct loaded *loaded, FILE *out)
{
	json_t *o = request_json(s, loaded, false);
	json_dumpf(o, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
	putc('\n', out);
	json_decref(o);
}

/* --- page by page --- */

struct page {
	int64_t ids[PAGE];
	size_t count;
};

static bool gather(void *context, const struct request_row *row)
{
	struct page *p = context;
	p->ids[p->count++] = row->id;
	return p->count < PAGE;
}

static enum guichet_rc write_failed(struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_IO, _("l'export n'a pas pu être écrit : %s"), strerror(errno));
}

static enum guichet_rc write_page(struct store *s, const struct export_options *o, const struct page *page, FILE *out,
	int64_t *count, struct guichet_err *err)
{
	for (size_t i = 0; i < page->count; i++) {
		struct loaded l;
		enum guichet_rc rc = store_load_id(s, page->ids[i], &l, err);
		if (rc)
			return rc;
		o->format == EXPORT_CSV ? write_csv(s, &l, out) : write_json(s, &l, out);
		loaded_done(&l);
		++*count;
		if (ferror(out))
			return write_failed(err);
	}
	if (o->progress && !o->progress->tick(o->progress->context, *count, 0))
		return guichet_err_set(err, GUICHET_LOCKED,
			_("export interrompu après %lld demandes : relancez la même commande"), (long long)*count);
	return GUICHET_OK;
}

enum guichet_rc export_requests(
	struct store *s, const struct export_options *options, FILE *out, int64_t *count, struct guichet_err *err)
{
	struct list_filter f = LIST_FILTER_INIT;
	struct page page = {.count = PAGE};
	int64_t written = 0;
	enum guichet_rc rc = GUICHET_OK;
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.from_ms = options->from_ms;
	f.to_ms = options->to_ms;
	f.limit = PAGE;
	if (options->format == EXPORT_CSV)
		write_header(out);
	while (rc == GUICHET_OK && page.count == PAGE) {
		page.count = 0;
		rc = store_list(s, &f, gather, &page, err);
		if (rc == GUICHET_OK)
			rc = write_page(s, options, &page, out, &written, err);
		f.after = page.count ? page.ids[page.count - 1] : 0;
	}
	if (rc == GUICHET_OK && (fflush(out) || ferror(out)))
		rc = write_failed(err);
	if (count)
		*count = written;
	return rc;
}

/* --- to a file --- */

static enum guichet_rc cannot_create(const char *path, struct guichet_err *err)
{
	return errno == EEXIST ? guichet_err_set(err, GUICHET_CANT_CREATE, _("%s existe déjà : donnez un autre nom"), path)
						   : guichet_err_set(err, errno == ENOSPC || errno == EIO ? GUICHET_IO : GUICHET_CANT_CREATE,
								 _("impossible d'écrire %s : %s"), path, strerror(errno));
}

/* Gives the finished file its name, which nobody else may have taken. */
static int put_in_place(const char *from, const char *to)
{
	if (link(from, to) == 0)
		return unlink(from);
	if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS)
		return -1;
	/* A file system without hard links. */
	if (access(to, F_OK) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

enum guichet_rc export_file(
	struct store *s, const struct export_options *options, const char *path, int64_t *count, struct guichet_err *err)
{
	struct text made = TEXT_INIT;
	struct stat info;
	FILE *file = NULL;
	enum guichet_rc rc = GUICHET_OK;
	if (lstat(path, &info) == 0) {
		errno = EEXIST;
		return cannot_create(path, err);
	}
	text_addf(&made, "%s.XXXXXX", path);
	int fd = mkostemp(made.data, O_CLOEXEC);
	if (fd < 0) {
		rc = cannot_create(path, err);
		text_done(&made);
		return rc;
	}
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		rc = cannot_create(path, err);
	} else {
		rc = export_requests(s, options, file, count, err);
		if (rc == GUICHET_OK && fsync(fd))
			rc = write_failed(err);
		if (fclose(file) && rc == GUICHET_OK)
			rc = write_failed(err);
	}
	if (rc == GUICHET_OK && put_in_place(made.data, path))
		rc = cannot_create(path, err);
	if (rc)
		unlink(made.data);
	text_done(&made);
	return rc;
}
