// SPDX-License-Identifier: GPL-3.0-or-later
/* The figures that a desk is held to, on exercise stores of several sizes, each beside what bare SQLite does in the same run.
 *
 *	BENCH_REQUESTS="35000 350000"   sizes
 *	BENCH_DIR=FOLDER                where stores are made (a real disk: commits are durable); a new folder in it, removed at the end
 *	BENCH_KEEP=FOLDER               takes them from there when they are there, and leaves them there to another bench
 *
 * "warm": in a process that has done the same before, with the store's own page cache (8 MiB) and the system's. "cold": the file just dropped
 * from the system's cache, in a new store handle. A run in which the process was preempted is left out, and counted. Exit 1 when a limit was not kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"
#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/phone.h"
#include "guichet/store/desk.h"
#include "stores.h"

enum {
	RUNS = 300,
	LOGS = 300,
	OPENS = 30,
	WORDS = 400,
	PAGE = 50,
	DEEP = 100,
	BIG = 1000000,
	SIZES_MAX = 8
};

struct bench {
	char *folder, *path;
	size_t size;
	struct store *store;
	sqlite3 *bare; /* the same file, beside the store */
	uint64_t chance;
	int over;
	double open_first, sla_first; /* at the first size: neither may grow with the store */
};

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->message);
	exit(70);
}

static size_t draw(struct bench *b, size_t n)
{
	uint64_t x = b->chance += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (size_t)((x ^ x >> 31) % n);
}

static void report(
	struct bench *b, const char *what, struct samples *own, struct samples *floor, enum limit kind, double limit)
{
	b->over += !measure_report(b->size, what, own, floor, kind, limit);
	samples_done(own);
	if (floor)
		samples_done(floor);
}

static char *path_of(const struct bench *b, const char *name)
{
	struct text t = TEXT_INIT;
	text_addf(&t, "%s/%s", b->folder, name);
	return text_take(&t);
}

/* --- making --- */

static void make_demo(struct bench *b)
{
	struct guichet_err err = {0};
	char name[64];
	snprintf(name, sizeof name, "demo-%zu.db", b->size);
	b->path = path_of(b, name);
	char *kept = stores_kept(b->size);
	double seconds = kept && !rename(kept, b->path) ? 0 : stores_make(b->path, b->size);
	free(kept);
	if (store_open(b->path, NULL, &b->store, &err))
		die(b->path, &err);
	b->bare = floor_open(b->path, false);
	sqlite3_stmt *st = floor_prepare(b->bare,
		"SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size), "
		"(SELECT count(*) FROM op), (SELECT count(*) FROM request WHERE open = 1)");
	sqlite3_step(st);
	if (seconds > 0)
		printf("%9zu  made in %.1f s (%.0f requests a second)", b->size, seconds, (double)b->size / seconds);
	else
		printf("%9zu  made before", b->size);
	printf(", %lld MB, %lld operations, %lld open\n", (long long)sqlite3_column_int64(st, 0) / 1000000, (long long)sqlite3_column_int64(st, 1),
		(long long)sqlite3_column_int64(st, 2));
	sqlite3_finalize(st);
}

/* A column of values drawn from all over a table; the caller frees the list and each of them. */
static char **draw_values(struct bench *b, const char *sql, size_t count)
{
	char **list = guichet_alloc(count * sizeof *list);
	sqlite3_stmt *st = floor_prepare(b->bare, sql);
	for (size_t i = 0; i < count; i++) {
		sqlite3_bind_double(st, 1, (double)draw(b, 1000000) / 1e6);
		list[i] = guichet_strdup(sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0)
				? (const char *)sqlite3_column_text(st, 0)
				: "");
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return list;
}

static void free_values(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

/* The row at a share of the way from the first to the last of a table, by its integer key. */
#define AT_SHARE(column, table, key) \
	"SELECT " column " FROM " table " WHERE " key " >= (SELECT min(" key ") + CAST(?1 * (max(" key ") - min(" key \
	")) AS INTEGER) FROM " table ") ORDER BY " key " LIMIT 1"

/* --- log --- */

static const struct actor desk_agent = {"s.martin", "Sophie Martin", ROLE_AGENT, NULL};

static void one_log(struct bench *b, size_t i, const char *category, struct samples *out)
{
	struct guichet_err err = {0};
	struct logged done;
	char phone[24], name[64], address[64];
	snprintf(phone, sizeof phone, "06 39 98 %02zu %02zu", i / 100 % 100, i % 100);
	snprintf(name, sizeof name, "Camille Essai-%c%c", (char)('a' + i % 26), (char)('a' + i / 26 % 26));
	snprintf(address, sizeof address, "%zu rue des Tilleuls", 1 + draw(b, 200));
	const char *who[][2] = {{"phone", phone}, {"name", name}, {NULL, NULL}};
	struct call call = {.channel = "phone",
		.category = category,
		.subject = "Trou dans la chaussée devant l'école",
		.commune = "verdane",
		.address = address,
		.description = "Une ornière profonde que les vélos ne voient pas, depuis les travaux de la semaine dernière.",
		.requester = who};
	int64_t from = measure_start();
	if (desk_log(b->store, &desk_agent, &call, NULL, &done, &err))
		die("log", &err);
	samples_add(out, from);
	logged_done(&done);
}

static void measure_log(struct bench *b)
{
	struct samples own = {0}, floor = {0}, warm_up = {0};
	char *path = path_of(b, "floor-log.db");
	sqlite3 *bare = floor_open(path, true);
	sqlite3_stmt *bytes = floor_prepare(b->bare,
		"SELECT sum(length(CAST(facts AS BLOB)) + coalesce(length(CAST(personal AS BLOB)), 0) + length(salt) + "
		"length(hash) + length(actor) + length(kind)), max(id) FROM op WHERE id > ?1");
	sqlite3_step(bytes);
	int64_t last = sqlite3_column_int64(bytes, 1);
	sqlite3_reset(bytes);
	sqlite3_stmt *max = floor_prepare(b->bare, "SELECT max(id) FROM op");
	sqlite3_step(max);
	last = sqlite3_column_int64(max, 0);
	sqlite3_finalize(max);
	const char *category = store_catalogue(b->store)->category_count ? "nid-de-poule" : NULL;
	for (size_t i = 0; i < LOGS / 10; i++)
		one_log(b, i, category, &warm_up);
	sqlite3_bind_int64(bytes, 1, last);
	sqlite3_step(bytes);
	size_t payload = (size_t)sqlite3_column_int64(bytes, 0) / (LOGS / 10);
	sqlite3_finalize(bytes);
	/* Turn by turn, so that a busy disk is busy for both. */
	for (size_t i = 0; i < LOGS; i++) {
		one_log(b, LOGS / 10 + i, category, &own);
		floor_insert_one(bare, payload, &floor);
	}
	char what[80];
	snprintf(what, sizeof what, "log, durable (floor: a row of %zu bytes)", payload);
	report(b, what, &own, &floor, LIMIT_RATIO, 2);
	samples_done(&warm_up);
	sqlite3_close(bare);
	stores_drop(path);
	free(path);
}

/* --- lists --- */

struct last_row {
	int64_t id;
	size_t count;
};

static bool keep_last(void *context, const struct request_row *row)
{
	struct last_row *l = context;
	l->id = row->id;
	l->count++;
	return true;
}

static struct last_row list_page(struct bench *b, const struct list_filter *f, struct samples *out)
{
	struct guichet_err err = {0};
	struct last_row last = {0, 0};
	int64_t from = measure_start();
	if (store_list(b->store, f, keep_last, &last, &err))
		die("list", &err);
	samples_add(out, from);
	return last;
}

/* Page by page to the 100th or the last; then that page again and again. */
static void measure_pages(struct bench *b, const char *what, struct list_filter f, const char *bare_sql, size_t pages)
{
	struct samples own = {0}, floor = {0}, way = {0};
	size_t page = 1;
	for (; page < pages; page++) {
		struct last_row last = list_page(b, &f, &way);
		if (last.count < PAGE)
			break;
		f.after = last.id;
	}
	sqlite3_stmt *st = bare_sql ? floor_prepare(b->bare, bare_sql) : NULL;
	for (size_t i = 0; i < RUNS; i++) {
		list_page(b, &f, &own);
		int64_t from = measure_start();
		if (st) {
			floor_read(st);
			samples_add(&floor, from);
		}
	}
	sqlite3_finalize(st);
	char said[80];
	snprintf(said, sizeof said, pages > 1 ? "%s, page %zu" : "%s", what, page);
	report(b, said, &own, st ? &floor : NULL, LIMIT_P99_MS, 1);
	samples_done(&way);
}

#define BARE_ROWS \
	"SELECT r.*, coalesce(nullif(q.name, ''), q.organisation) FROM request r LEFT JOIN requester q ON q.id = r.requester "

static void measure_lists(struct bench *b)
{
	struct list_filter due = LIST_FILTER_INIT, service = LIST_FILTER_INIT, received = LIST_FILTER_INIT;
	measure_pages(
		b, "list: open by due date", due, BARE_ROWS "WHERE r.open = 1 ORDER BY r.due_answer, r.id LIMIT 50", 1);
	measure_pages(b, "list: open by due date", due, NULL, DEEP);
	service.service = "voirie";
	measure_pages(b, "list: open of a service", service,
		BARE_ROWS "WHERE r.open = 1 AND r.service = 'voirie' ORDER BY r.due_answer, r.id LIMIT 50", 1);
	service.due = LIST_DUE_OVERDUE;
	measure_pages(b, "list: overdue of a service", service, NULL, 1);
	received.all = true;
	received.sort = LIST_BY_RECEIVED;
	measure_pages(b, "list: all, newest first", received, BARE_ROWS "ORDER BY r.id DESC LIMIT 50", 1);
	measure_pages(b, "list: all, newest first", received, BARE_ROWS "ORDER BY r.id DESC LIMIT 50", DEEP);
	received.service = "voirie";
	measure_pages(b, "list: all of a service, newest first", received,
		BARE_ROWS "WHERE r.service = 'voirie' ORDER BY r.id DESC LIMIT 50", 1);
	received.service = NULL;
	received.commune = "courtenelle";
	measure_pages(b, "list: all of a commune, newest first", received,
		BARE_ROWS "WHERE r.commune = 'courtenelle' ORDER BY r.id DESC LIMIT 50", 1);
}

/* --- one number, one request --- */

struct history {
	struct bench *b;
	size_t rows;
};

static bool read_history(void *context, const struct requester *r)
{
	struct history *h = context;
	struct guichet_err err = {0};
	struct last_row last = {0, 0};
	struct list_filter f = LIST_FILTER_INIT;
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.requester = r->id;
	f.limit = PAGE;
	if (store_list(h->b->store, &f, keep_last, &last, &err))
		die("history", &err);
	h->rows += last.count;
	/* A page of it, as of any list: an invented number is that of hundreds of people on a large store. */
	return h->rows < PAGE;
}

static void measure_phones(struct bench *b)
{
	struct samples own = {0}, floor = {0};
	char **phones = draw_values(b, AT_SHARE("phone", "requester", "id"), RUNS);
	sqlite3_stmt *st = floor_prepare(b->bare,
		BARE_ROWS "WHERE r.requester IN (SELECT id FROM requester WHERE phone_reversed = ?1) "
				  "ORDER BY r.id DESC LIMIT 50");
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < RUNS; i++) {
			if (!*phones[i])
				continue;
			struct history h = {b, 0};
			int64_t from = measure_start();
			store_find_requesters_exactly(b->store, phones[i], read_history, &h);
			if (round)
				samples_add(&own, from);
			struct phone p;
			if (phone_parse(phones[i], &p, NULL))
				continue;
			sqlite3_bind_text(st, 1, p.reversed, -1, SQLITE_STATIC);
			from = measure_start();
			floor_read(st);
			if (round)
				samples_add(&floor, from);
		}
	sqlite3_finalize(st);
	free_values(phones, RUNS);
	report(b, "a phone number to its history", &own, &floor, LIMIT_P99_MS, 1);
}

static void measure_show(struct bench *b)
{
	struct samples own = {0}, floor = {0};
	char **references = draw_values(b, AT_SHARE("reference", "request", "id"), RUNS);
	sqlite3_stmt *st = floor_prepare(
		b->bare, "WITH s(id) AS MATERIALIZED (SELECT op FROM request WHERE reference = ?1) SELECT * FROM op WHERE id = (SELECT id FROM s) "
				 "UNION ALL SELECT * FROM op WHERE subject = (SELECT id FROM s) AND subject <> id ORDER BY id");
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < RUNS; i++) {
			struct guichet_err err = {0};
			struct loaded l;
			int64_t reference = strtoll(references[i], NULL, 10), from = measure_start();
			if (store_load(b->store, reference, &l, &err))
				die("show", &err);
			loaded_done(&l);
			if (round)
				samples_add(&own, from);
			sqlite3_bind_int64(st, 1, reference);
			from = measure_start();
			floor_read(st);
			if (round)
				samples_add(&floor, from);
		}
	sqlite3_finalize(st);
	free_values(references, RUNS);
	report(b, "show one request (load and fold)", &own, &floor, LIMIT_P99_MS, 1);
}

/* --- search --- */

static void cut_to(char *text, size_t n)
{
	if (strlen(text) > n) {
		while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
			n--;
		text[n] = '\0';
	}
}

/* What people type: the start of a word, a word, two words, a name, an end of a phone number, a piece of a reference, an address. */
static void measure_search_of(
	struct bench *b, const char *what, const char *sql, size_t cut, bool from_end, struct samples *all)
{
	struct samples own = {0};
	struct search_options o = {.limit = PAGE};
	char **texts = draw_values(b, sql, WORDS);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < WORDS; i++) {
			struct guichet_err err = {0};
			struct last_row last = {0, 0};
			char *text = texts[i];
			if (from_end && strlen(text) > cut)
				text += strlen(text) - cut;
			else if (cut)
				cut_to(text, cut);
			if (strlen(text) < 2)
				continue;
			int64_t from = measure_start();
			enum guichet_rc rc = store_search(b->store, text, &o, keep_last, &last, &err);
			if (rc && rc != GUICHET_NOT_FOUND)
				die("search", &err);
			if (!round)
				continue;
			samples_add(&own, from);
			samples_add(all, from);
		}
	free_values(texts, WORDS);
	report(b, what, &own, NULL, LIMIT_NONE, 0);
}

static void measure_search(struct bench *b)
{
	struct samples all = {0}, floor = {0};
	static const char words[] = AT_SHARE("subject", "request", "id"), names[] = AT_SHARE("name", "requester", "id");
	measure_search_of(b, "  search: two letters", words, 2, false, &all);
	measure_search_of(b, "  search: three letters", words, 3, false, &all);
	measure_search_of(b, "  search: four letters", names, 4, false, &all);
	measure_search_of(b, "  search: words of a subject", words, 14, false, &all);
	measure_search_of(b, "  search: a name", names, 0, false, &all);
	measure_search_of(b, "  search: an address", AT_SHARE("address", "request", "id"), 0, false, &all);
	measure_search_of(b, "  search: six last digits of a phone", AT_SHARE("phone", "requester", "id"), 6, true, &all);
	measure_search_of(
		b, "  search: five digits of a reference", AT_SHARE("reference", "request", "id"), 5, false, &all);
	measure_search_of(b, "  search: a reference", AT_SHARE("reference", "request", "id"), 0, false, &all);
	sqlite3_stmt *st = floor_prepare(b->bare,
		BARE_ROWS
		"WHERE r.id IN (SELECT rowid FROM request_fts WHERE request_fts MATCH ?1 ORDER BY rowid DESC LIMIT 50)");
	char **texts = draw_values(b, names, WORDS);
	for (size_t i = 0; i < WORDS; i++) {
		char match[16] = "";
		size_t n = 0;
		for (size_t k = 0; texts[i][k] && n < 3; k++)
			if (texts[i][k] >= 'a' && texts[i][k] <= 'z')
				match[n++] = texts[i][k];
		match[n] = '*';
		sqlite3_bind_text(st, 1, match, -1, SQLITE_TRANSIENT);
		int64_t from = measure_start();
		floor_read(st);
		samples_add(&floor, from);
	}
	sqlite3_finalize(st);
	free_values(texts, WORDS);
	report(b, "search, all of these (floor: newest 50)", &all, &floor, LIMIT_P99_MS, b->size >= BIG ? 40 : 10);
}

/* --- figures, opening --- */

static bool pass_row(void *context, const struct sla_row *row)
{
	(void)row;
	++*(size_t *)context;
	return true;
}

static void measure_sla(struct bench *b)
{
	struct samples own = {0}, floor = {0};
	struct sla_query q = {.by = SLA_BY_SERVICE};
	sqlite3_stmt *st = floor_prepare(
		b->bare, "SELECT value, counts FROM figure_roll WHERE period BETWEEN ?1 AND ?1 + 29 AND scope >= 0 AND by = 0");
	sqlite3_bind_int64(st, 1, paris_day(store_now(b->store)) - 30);
	for (size_t i = 0; i < RUNS / 3; i++) {
		struct guichet_err err = {0};
		size_t rows = 0;
		int64_t from = measure_start();
		if (store_sla(b->store, &q, pass_row, &rows, &err))
			die("sla", &err);
		samples_add(&own, from);
		from = measure_start();
		floor_read(st);
		samples_add(&floor, from);
	}
	sqlite3_finalize(st);
	double p50 = samples_quantile(&own, 0.5);
	if (b->sla_first > 0)
		printf("%9zu  %-44s %38.2f x the first size's\n", b->size, "sla", p50 / b->sla_first);
	b->sla_first = b->sla_first > 0 ? b->sla_first : p50;
	report(b, "sla by service, 30 days (floor: its sums)", &own, &floor, LIMIT_NONE, 0);
}

static void measure_open(struct bench *b)
{
	struct samples warm = {0}, cold = {0}, floor = {0};
	for (size_t i = 0; i < (size_t)OPENS * 2; i++) {
		struct guichet_err err = {0};
		struct store *s = NULL;
		bool is_cold = i % 2;
		if (is_cold)
			stores_forget_cached(b->path);
		int64_t from = measure_start();
		if (store_open(b->path, NULL, &s, &err))
			die("open", &err);
		samples_add(is_cold ? &cold : &warm, from);
		store_close(&s);
		from = measure_start();
		sqlite3 *db = floor_open(b->path, false);
		sqlite3_stmt *st = floor_prepare(db, "SELECT * FROM meta");
		floor_read(st);
		samples_add(&floor, from);
		sqlite3_finalize(st);
		sqlite3_close(db);
	}
	double p50 = samples_quantile(&warm, 0.5);
	if (b->open_first > 0) {
		printf("%9zu  %-44s %38.2f x the first size's%s\n", b->size, "open", p50 / b->open_first,
			p50 > 1.5 * b->open_first ? "  OVER" : "");
		b->over += p50 > 1.5 * b->open_first;
	}
	b->open_first = b->open_first > 0 ? b->open_first : p50;
	report(b, "open, warm (floor: bare open, settings)", &warm, &floor, LIMIT_P50_MS, 50);
	report(b, "open, cold", &cold, NULL, LIMIT_P50_MS, 50);
}

/* --- all of it --- */

static void measure_size(struct bench *b)
{
	make_demo(b);
	measure_open(b);
	measure_lists(b);
	measure_phones(b);
	measure_show(b);
	measure_search(b);
	measure_sla(b);
	measure_log(b);
	sqlite3_close(b->bare);
	store_close(&b->store);
	/* A bench that comes after need not make it again. */
	char *kept = stores_kept(b->size);
	if (!kept || rename(b->path, kept))
		stores_drop(b->path);
	free(kept);
	free(b->path);
}

int main(int argc, char **argv)
{
	const char *sizes = getenv("BENCH_REQUESTS");
	struct bench b = {.chance = 1};
	i18n_start("fr");
	if (argc > 1)
		sizes = argv[1];
	b.folder = stores_folder();
	measure_heading();
	for (const char *p = sizes && *sizes ? sizes : "35000 350000"; *p;) {
		char *end;
		b.size = strtoul(p, &end, 10);
		if (end == p)
			break;
		measure_size(&b);
		p = end + strspn(end, " ,");
	}
	rmdir(b.folder);
	free(b.folder);
	printf(b.over ? "%d limit(s) not kept\n" : "all limits kept\n", b.over);
	return b.over > 0;
}
