// SPDX-License-Identifier: GPL-3.0-or-later
/* Sums gathered while a transaction runs and written once when it commits: figures by day, learned routing, words of names. What a request
 * contributes is a function of its fold, so a change takes away what it was and adds what it is, and `verify` can count anew. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64, KEY_MAX = 1024, DAYS_KNOWN = 64 };
static const double bin_first_hours = 0.1, bin_ratio = 1.05;

/* --- a hash map from text to a sum --- */

uint64_t tally_hash(const char *s)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h ^ h >> 29;
}

static struct tally_entry *tally_slot(const struct tally *t, const char *key)
{
	size_t mask = t->capacity - 1;
	size_t at = (size_t)tally_hash(key) & mask;
	while (t->slots[at].key && strcmp(t->slots[at].key, key))
		at = (at + 1) & mask;
	return &t->slots[at];
}

void tally_add(struct tally *t, const char *key, int64_t delta)
{
	if (t->summing) {
		t->sum += tally_hash(key) * (uint64_t)delta;
		return;
	}
	if (t->count * 2 >= t->capacity) {
		struct tally bigger = { .capacity = t->capacity ? t->capacity * 2 : SLOTS_MIN, .count = t->count };
		bigger.slots = guichet_alloc(bigger.capacity * sizeof *bigger.slots);
		for (size_t i = 0; i < t->capacity; i++)
			if (t->slots[i].key)
				*tally_slot(&bigger, t->slots[i].key) = t->slots[i];
		free(t->slots);
		*t = bigger;
	}
	struct tally_entry *e = tally_slot(t, key);
	if (!e->key) {
		e->key = guichet_strdup(key);
		t->count++;
	}
	e->delta += delta;
}

void tally_done(struct tally *t)
{
	for (size_t i = 0; i < t->capacity; i++)
		free(t->slots[i].key);
	free(t->slots);
	memset(t, 0, sizeof *t);
}

void tallies_done(struct tallies *t)
{
	tally_done(&t->figures);
	tally_done(&t->learned);
	tally_done(&t->words);
}

/* --- what a request contributes --- */

int figure_bin(int64_t delay_ms)
{
	double hours = (double)delay_ms / 3600000.0;
	if (hours <= bin_first_hours)
		return 0;
	int bin = 1 + (int)(log(hours / bin_first_hours) / log(bin_ratio));
	return bin < FIGURE_BINS ? bin : FIGURE_BINS - 1;
}

double figure_bin_hours(int bin)
{
	return bin == 0 ? bin_first_hours / 2 : bin_first_hours * pow(bin_ratio, bin - 0.5);
}

#define FIGURE_KEY "%s\t%s\t%lld\t%d\t%s\t%s\t%s\t%d" /* as the columns of the table stand */
#define LEARN_KEY "%lld\t%s\t%s"

static void figure(struct tally *t, const struct request *r, int64_t at_ms, enum figure_measure measure, int bin, int64_t n)
{
	char key[KEY_MAX];
	if (n == 0 || at_ms == NO_INSTANT)
		return;
	snprintf(key, sizeof key, FIGURE_KEY, request_text(r, FIELD_SERVICE), request_text(r, FIELD_COMMUNE), (long long)paris_day(at_ms),
		(int)measure, request_text(r, FIELD_CATEGORY), request_text(r, FIELD_NATURE), request_text(r, FIELD_CHANNEL), bin);
	tally_add(t, key, n);
}

static int64_t ended_at(const struct request *r)
{
	if (r->closed_ms != NO_INSTANT)
		return r->closed_ms;
	return r->answered_ms != NO_INSTANT ? r->answered_ms : r->updated_ms;
}

static void contribute_figures(struct tally *t, const struct request *r, int64_t due_ms, int sign)
{
	int64_t received = request_int(r, FIELD_RECEIVED, 0);
	figure(t, r, received, FIGURE_RECEIVED, 0, sign);
	figure(t, r, received, FIGURE_REOPENED, 0, sign * (int64_t)r->reopened);
	figure(t, r, received, FIGURE_REFUSED, 0, sign * (int64_t)r->hops);
	figure(t, r, received, FIGURE_CHASED, 0, sign * (int64_t)r->chased);
	if (r->answered_ms != NO_INSTANT) {
		int64_t from = r->clock_start_ms > received ? r->clock_start_ms : received;
		figure(t, r, r->answered_ms, FIGURE_ANSWERED, figure_bin(r->answered_ms - from), sign);
		if (due_ms == NO_INSTANT || r->answered_ms <= due_ms)
			figure(t, r, r->answered_ms, FIGURE_IN_TIME, 0, sign);
		const struct promise *p = request_promise(r);
		if (p && paris_day(r->answered_ms) > due_day(p->date_ms))
			figure(t, r, p->date_ms, FIGURE_BROKEN, 0, sign);
	}
	if (!request_is_open(r))
		figure(t, r, ended_at(r), FIGURE_ENDED, (int)r->status, sign);
}

static void contribute_learned(struct tally *t, const struct request *r, const struct catalogue *c, int sign)
{
	const char *category = request_text(r, FIELD_CATEGORY), *service = request_text(r, FIELD_SERVICE);
	const char *subject = request_text(r, FIELD_SUBJECT);
	/* What the desk has not sorted yet teaches nothing. Another name for that: relearn() in catalogue_store.c. */
	if (!*subject || !*category || !strcmp(category, c->unsorted->code) || r->status == STATUS_CANCELLED)
		return;
	uint64_t features[SUGGEST_FEATURES_MAX];
	size_t n = suggest_features(subject, features);
	char key[KEY_MAX];
	for (size_t i = 0; i <= n; i++) {
		uint64_t feature = i < n ? features[i] : 0; /* 0: the totals */
		snprintf(key, sizeof key, LEARN_KEY, (long long)(int64_t)feature, category, service);
		tally_add(t, key, sign);
	}
}

struct counting { struct tally *t; int sign; };

static void count_word(void *context, const char *word)
{
	struct counting *c = context;
	tally_add(c->t, word, c->sign);
}

void tallies_count(struct tallies *t, const struct request *r, int64_t answer_due_ms, int sign)
{
	contribute_figures(&t->figures, r, answer_due_ms, sign);
}

void tallies_learn(struct tallies *t, const struct request *r, const struct catalogue *c, int sign)
{
	struct counting counting = { &t->words, sign };
	contribute_learned(&t->learned, r, c, sign);
	street_words_each(r, count_word, &counting);
}

void tallies_contribute_requester(struct tallies *t, const struct requester *who, int sign)
{
	struct counting counting = { &t->words, sign };
	name_words_each(who, count_word, &counting);
}

/* --- writing them --- */

/* Cuts `key` at its tabs, in place; missing parts are "". */
static void split_key(char *key, const char *parts[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		parts[i] = key;
		char *tab = strchr(key, '\t');
		if (tab)
			*tab = '\0';
		key = tab ? tab + 1 : key + strlen(key);
	}
}

static enum guichet_rc flush_figure(struct store *s, char *key, int64_t delta, struct guichet_err *err)
{
	const char *p[8];
	split_key(key, p, 8);
	int64_t day = strtoll(p[2], NULL, 10), measure = strtoll(p[3], NULL, 10), bin = strtoll(p[7], NULL, 10);
	enum guichet_rc rc = sql_run(s, err,
		"INSERT INTO figure(service, commune, day, measure, category, nature, channel, bin, n) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) "
		"ON CONFLICT DO UPDATE SET n = n + excluded.n", "ttiitttii", p[0], p[1], day, measure, p[4], p[5], p[6], bin, delta);
	if (rc || delta > 0)
		return rc;
	return sql_run(s, err,
		"DELETE FROM figure WHERE service=?1 AND commune=?2 AND day=?3 AND measure=?4 AND category=?5 AND nature=?6 AND channel=?7 "
		"AND bin=?8 AND n = 0", "ttiittti", p[0], p[1], day, measure, p[4], p[5], p[6], bin);
}

/* The sums of the days touched no longer hold. */
static enum guichet_rc unroll_figures(struct store *s, const struct tally *t, struct guichet_err *err)
{
	int64_t days[DAYS_KNOWN];
	size_t n = 0;
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < t->capacity && rc == GUICHET_OK; i++) {
		const char *p = t->slots[i].key;
		if (!p || !t->slots[i].delta)
			continue;
		p = strchr(strchr(p, '\t') + 1, '\t') + 1;
		int64_t day = strtoll(p, NULL, 10);
		size_t at = 0;
		while (at < n && days[at] != day)
			at++;
		if (at < n)
			continue;
		if (n < DAYS_KNOWN)
			days[n++] = day;
		rc = figures_unroll(s, (int32_t)day, err);
	}
	return rc;
}

static enum guichet_rc flush_learned(struct store *s, char *key, int64_t delta, struct guichet_err *err)
{
	const char *p[3];
	split_key(key, p, 3);
	int64_t feature = strtoll(p[0], NULL, 10);
	enum guichet_rc rc = sql_run(s, err,
		"INSERT INTO learn(feature, category, service, n) VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET n = n + excluded.n", "itti",
		feature, p[1], p[2], delta);
	if (rc || delta > 0)
		return rc;
	return sql_run(s, err, "DELETE FROM learn WHERE feature=?1 AND category=?2 AND service=?3 AND n = 0", "itt", feature, p[1], p[2]);
}

void tallies_each_learned(const struct tallies *t, uint64_t feature,
	void (*each)(void *context, const char *category, const char *service, int64_t count), void *context)
{
	for (size_t i = 0; i < t->learned.capacity; i++) {
		const struct tally_entry *e = &t->learned.slots[i];
		char key[KEY_MAX];
		const char *p[3];
		if (!e->key || strtoll(e->key, NULL, 10) != (int64_t)feature)
			continue;
		snprintf(key, sizeof key, "%s", e->key);
		split_key(key, p, 3);
		each(context, p[1], p[2], e->delta);
	}
}

struct variant_write { struct store *s; const char *word; enum guichet_rc rc; struct guichet_err *err; };

static void write_variant(void *context, const char *variant)
{
	struct variant_write *w = context;
	if (w->rc == GUICHET_OK)
		w->rc = sql_run(w->s, w->err, "INSERT OR IGNORE INTO name_near(variant, word) VALUES(?1, ?2)", "tt", variant, w->word);
}

static void drop_variant(void *context, const char *variant)
{
	struct variant_write *w = context;
	if (w->rc == GUICHET_OK)
		w->rc = sql_run(w->s, w->err, "DELETE FROM name_near WHERE variant = ?1 AND word = ?2", "tt", variant, w->word);
}

static enum guichet_rc flush_word(struct store *s, char *key, int64_t delta, struct guichet_err *err)
{
	struct variant_write w = { s, key, GUICHET_OK, err };
	w.rc = sql_run(s, err, "UPDATE name_word SET n = n + ?2 WHERE word = ?1", "ti", key, delta);
	if (w.rc)
		return w.rc;
	if (sqlite3_changes(s->db) == 0) {
		w.rc = sql_run(s, err, "INSERT INTO name_word(word, n) VALUES(?1, ?2)", "ti", key, delta);
		name_variants_each(key, write_variant, &w);
	} else if (delta < 0 && sql_value(s, 1, "SELECT n FROM name_word WHERE word = ?1", "t", key) <= 0) {
		/* Nobody bears it any more: it must not stay behind an erasure. */
		w.rc = sql_run(s, err, "DELETE FROM name_word WHERE word = ?1", "t", key);
		name_variants_each(key, drop_variant, &w);
	}
	return w.rc;
}

typedef enum guichet_rc flush_entry(struct store *s, char *key, int64_t delta, struct guichet_err *err);

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct tally_entry *)a)->key, ((const struct tally_entry *)b)->key);
}

static enum guichet_rc flush(struct store *s, struct tally *t, flush_entry *write, struct guichet_err *err)
{
	struct tally_entry *sorted = guichet_alloc((t->count + 1) * sizeof *sorted);
	size_t n = 0;
	for (size_t i = 0; i < t->capacity; i++)
		if (t->slots[i].key && t->slots[i].delta)
			sorted[n++] = t->slots[i];
	qsort(sorted, n, sizeof *sorted, by_key);
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < n && rc == GUICHET_OK; i++)
		rc = write(s, sorted[i].key, sorted[i].delta, err);
	free(sorted);
	tally_done(t);
	return rc;
}

enum guichet_rc tallies_flush(struct store *s, struct tallies *t, struct guichet_err *err)
{
	enum guichet_rc rc = unroll_figures(s, &t->figures, err);
	if (rc == GUICHET_OK)
		rc = flush(s, &t->figures, flush_figure, err);
	if (rc == GUICHET_OK)
		rc = flush(s, &t->learned, flush_learned, err);
	if (rc == GUICHET_OK)
		rc = flush(s, &t->words, flush_word, err);
	return rc;
}

/* --- what the tables hold --- */

static enum guichet_rc sum_figures(struct store *s, struct tally *out, struct guichet_err *err)
{
	char key[KEY_MAX];
	sqlite3_stmt *st = sql_prepare(s, "SELECT service, commune, day, measure, category, nature, channel, bin, n FROM figure", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		snprintf(key, sizeof key, FIGURE_KEY, column_str(st, 0), column_str(st, 1), (long long)sqlite3_column_int64(st, 2),
			sqlite3_column_int(st, 3), column_str(st, 4), column_str(st, 5), column_str(st, 6), sqlite3_column_int(st, 7));
		tally_add(out, key, sqlite3_column_int64(st, 8));
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static enum guichet_rc sum_learned(struct store *s, struct tally *out, struct guichet_err *err)
{
	char key[KEY_MAX];
	sqlite3_stmt *st = sql_prepare(s, "SELECT feature, category, service, n FROM learn", err);
	if (!st)
		return GUICHET_INTERNAL;
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		snprintf(key, sizeof key, LEARN_KEY, (long long)sqlite3_column_int64(st, 0), column_str(st, 1), column_str(st, 2));
		tally_add(out, key, sqlite3_column_int64(st, 3));
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

enum guichet_rc tallies_sum_tables(struct store *s, struct tallies *out, struct guichet_err *err)
{
	enum guichet_rc rc = sum_figures(s, &out->figures, err);
	if (rc == GUICHET_OK)
		rc = sum_learned(s, &out->learned, err);
	sqlite3_stmt *st = rc == GUICHET_OK ? sql_prepare(s, "SELECT word, n FROM name_word", err) : NULL;
	if (!st)
		return rc ? rc : GUICHET_INTERNAL;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK)
		tally_add(&out->words, column_str(st, 0), sqlite3_column_int64(st, 1));
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}
