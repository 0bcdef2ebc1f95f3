// SPDX-License-Identifier: GPL-3.0-or-later
/* Suggestions measured: on the Paris "Dans Ma Rue" pulls (../shared/data, skipped where absent), trained on one half
 * and asked about the other; and on the catalogue that ships, with phrases of callers
 * (tests/fixtures/suggest-phrases.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/csv.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/store/store.h"
#include "suggest_memory.h"

static const char *const pulls[] = { "dmr_snapshot_2024-11-20_1a82200.csv", "dmr_snapshot_2024-12-01_e52145e.csv" };
static const double FIRST_SHARE = 0.97, THIRD_SHARE = 0.99;
/* Phrases of callers whose group comes first, and among the first three. */
static const double PHRASES_FIRST = 0.80, PHRASES_THIRD = 0.92;

struct row { char *id, *type, *subtype, *service_name, *text, *category, *service; };
struct rows { struct row *items; size_t count, capacity; };

static size_t column(const struct csv_reader *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(csv_field(r, i), name) == 0)
			return i;
	}
	fail_msg("no column %s", name);
	return 0;
}

static char *slug(const char *s)
{
	struct text out = TEXT_INIT;

	utf8_slug(&out, s);
	return text_take(&out);
}

static void read_pull(struct rows *rows, FILE *file)
{
	struct csv_reader r;
	size_t id, type, subtype, service;

	csv_reader_init(&r, file, 0);
	assert_int_equal(csv_next(&r), GUICHET_OK);
	id = column(&r, "id_dmr");
	type = column(&r, "type");
	subtype = column(&r, "soustype");
	service = column(&r, "intervenant");
	while (csv_next(&r) == GUICHET_OK) {
		struct text text = TEXT_INIT;
		struct row *row;

		GUICHET_GROW(rows->items, rows->count, rows->capacity);
		row = &rows->items[rows->count++];
		text_addf(&text, "%s %s", csv_field(&r, type), csv_field(&r, subtype));
		*row = (struct row){ .id = guichet_strdup(csv_field(&r, id)), .type = guichet_strdup(csv_field(&r, type)),
			.subtype = guichet_strdup(csv_field(&r, subtype)), .service_name = guichet_strdup(csv_field(&r, service)),
			.text = text_take(&text) };
		row->category = slug(row->text);
		row->service = slug(row->service_name);
	}
	csv_reader_done(&r);
}

static void row_done(struct row *row)
{
	free(row->id);
	free(row->type);
	free(row->subtype);
	free(row->service_name);
	free(row->text);
	free(row->category);
	free(row->service);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->id, ((const struct row *)b)->id);
}

/* Both pulls, by id, each report once. */
static bool read_pulls(struct rows *rows)
{
	const char *shared = getenv("GUICHET_SHARED");
	size_t kept = 0;

	for (size_t i = 0; i < sizeof(pulls) / sizeof(*pulls); i++) {
		struct text path = TEXT_INIT;
		FILE *file;

		text_addf(&path, "%s/data/paris-dmr/%s", shared ? shared : "../shared", pulls[i]);
		file = fopen(text_str(&path), "rb");
		if (!file)
			print_message("skipped: %s is not there\n", text_str(&path));
		text_done(&path);
		if (!file)
			return false;
		read_pull(rows, file);
		fclose(file);
	}
	qsort(rows->items, rows->count, sizeof(*rows->items), compare_ids);
	for (size_t i = 0; i < rows->count; i++) {
		if (kept > 0 && strcmp(rows->items[kept - 1].id, rows->items[i].id) == 0)
			row_done(&rows->items[i]);
		else
			rows->items[kept++] = rows->items[i];
	}
	rows->count = kept;
	return true;
}

/* Ways to cut into halves by id: first and second half, every other one, odd and even numbers. Each both ways round. */
enum { SPLITS = 6 };
static const char *const split_names[SPLITS] = {
	"first half by id", "second half by id", "every other id", "the other ids", "even ids", "odd ids",
};

static bool trains(int split, const struct rows *rows, size_t i)
{
	const char *id = rows->items[i].id;
	bool yes = split < 2 ? i < rows->count / 2 : split < 4 ? i % 2 == 0 : (id[strlen(id) - 1] - '0') % 2 == 0;

	return split % 2 == 0 ? yes : !yes;
}

/* What the import makes of a row, as far as suggest sees it. */
static void train(struct catalogue *c, struct suggest_memory *memory, const struct row *row)
{
	const struct service *service = catalogue_add_service(c, row->service, row->service_name);
	struct text path = TEXT_INIT;

	text_addf(&path, "%s > %s", row->type, row->subtype);
	catalogue_add_category(c, row->category, row->subtype, text_str(&path), service);
	memory_learn(memory, row->text, row->category, row->service, 1);
	text_done(&path);
}

static struct catalogue *shipped_catalogue(void)
{
	struct catalogue_source source = { 0 };
	struct problems problems = { 0 };
	struct catalogue *c = NULL;
	struct guichet_err err = { 0 };

	if (catalogue_read_folder("data/catalogue", &source, &err) != GUICHET_OK)
		fail_msg("%s", err.message);
	if (catalogue_build(&source, &c, &problems) != GUICHET_OK)
		fail_msg("%s:%d: %s", problems.items[0].file, problems.items[0].line, problems.items[0].message);
	problems_done(&problems);
	catalogue_source_done(&source);
	return c;
}

static bool is_among(const struct suggestion *found, size_t n, const char *service)
{
	for (size_t i = 0; i < n; i++) {
		if (found[i].service && strcmp(found[i].service->code, service) == 0)
			return true;
	}
	return false;
}

static void measure_split(const struct rows *rows, int split)
{
	struct catalogue *c = shipped_catalogue();
	struct suggest_memory memory = { 0 };
	struct suggest_counts counts = memory_counts(&memory);
	struct suggester *s;
	size_t asked = 0, first = 0, third = 0, features = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (trains(split, rows, i))
			train(c, &memory, &rows->items[i]);
	}
	s = suggester_new(c);
	for (size_t i = 0; i < rows->count; i++) {
		struct suggestion found[3];
		uint64_t unused[SUGGEST_FEATURES_MAX];
		size_t n;

		if (trains(split, rows, i))
			continue;
		n = suggest(s, &counts, rows->items[i].text, NULL, found, 3);
		asked++;
		first += is_among(found, n ? 1 : 0, rows->items[i].service);
		third += is_among(found, n, rows->items[i].service);
		features += suggest_features(rows->items[i].text, unused);
	}
	print_message("trained on %s: %zu asked, first %.2f %%, among three %.2f %%, %.1f features a text\n", split_names[split], asked,
		100.0 * (double)first / (double)asked, 100.0 * (double)third / (double)asked, (double)features / (double)asked);
	assert_true((double)first >= FIRST_SHARE * (double)asked);
	assert_true((double)third >= THIRD_SHARE * (double)asked);
	suggester_free(&s);
	memory_done(&memory);
	catalogue_free(&c);
}

/* Protects the right service first 97 times in 100, among three 99 times, however the halves
 * are cut, and beside the catalogue that ships. */
static void test_paris_halves(void **state)
{
	struct rows rows = { 0 };

	(void)state;
	if (!read_pulls(&rows))
		skip();
	for (int split = 0; split < SPLITS; split++)
		measure_split(&rows, split);
	for (size_t i = 0; i < rows.count; i++)
		row_done(&rows.items[i]);
	free(rows.items);
}

/* True when `wanted` (words separated by spaces) names the category, a group above it or the body it belongs to. */
static bool belongs(const struct suggestion *found, const char *wanted)
{
	while (*wanted) {
		size_t len = strcspn(wanted, " ");
		const char *codes[5] = { found->category->code, found->body ? found->body->code : "", found->body ? "hors" : "" };
		size_t count = 3;

		for (const struct category_group *g = found->category->group; g && count < 5; g = g->parent)
			codes[count++] = g->code;
		for (size_t i = 0; i < count; i++) {
			if (strlen(codes[i]) == len && memcmp(codes[i], wanted, len) == 0)
				return true;
		}
		wanted += len;
		wanted += strspn(wanted, " ");
	}
	return false;
}

/* The phrase of a line; its groups end where the bar stands. NULL for a comment. */
static char *cut_line(char *line)
{
	char *bar = strstr(line, " | ");

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return NULL;
	assert_non_null(bar);
	*bar = '\0';
	return bar + 3;
}

/* Protects the first minute of a desk that has learned nothing: what callers say finds its group by the catalogue's
 * words. */
static void test_phrases_of_callers(void **state)
{
	struct catalogue *c = shipped_catalogue();
	struct suggester *s = suggester_new(c);
	FILE *file = fopen("tests/fixtures/suggest-phrases.txt", "r");
	char line[512];
	size_t phrases = 0, first = 0, third = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const char *phrase = cut_line(line);
		struct suggestion found[3];
		size_t n, at = 0;

		if (!phrase)
			continue;
		n = suggest(s, NULL, phrase, NULL, found, 3);
		while (at < n && !belongs(&found[at], line))
			at++;
		phrases++;
		first += at == 0 && n > 0;
		third += at < n;
		if (at > 0 || n == 0)
			print_message("%s: %s first, expected %s%s\n", phrase, n ? found[0].category->code : "nothing", line,
				at < n ? " (among three)" : "");
	}
	fclose(file);
	print_message("%zu phrases, first %zu, among three %zu\n", phrases, first, third);
	assert_true(phrases >= 60);
	assert_true((double)first >= PHRASES_FIRST * (double)phrases);
	assert_true((double)third >= PHRASES_THIRD * (double)phrases);
	suggester_free(&s);
	catalogue_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paris_halves),
		cmocka_unit_test(test_phrases_of_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
