// SPDX-License-Identifier: GPL-3.0-or-later
/* What ended requests are found by when a desk asks for them: words of the operations that say who asked and for what, and the ends of their numbers. Kept as hashes,
 * by the operation in which they stand; written behind the journal, by whoever has nothing else to do, since a request is asked for here only when it has long left
 * the desks. Erasing takes them away with the texts. */
#include "ledger_inside.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/core/similar.h"

enum { WORDS_MAX = 64 /* of an operation */, WORD_MIN = 2, WORD_BYTES = 48, PLURAL_FROM = 4, NUMBER_FROM = 8, TAIL_LONG = 6, TAIL_SHORT = 4 };

/* Said by everybody about everything. */
static const char *const little_words[] = { "au", "aux", "de", "des", "du", "en", "et", "la", "le", "les", "sur", "un", "une", "est", "il", "je", "que", "qui", "pas",
	"ne", "ce", "par", "pour", "dans", "avec", "numero", "tel", "telephone", "ref", "reference" };

static bool is_little(const char *word)
{
	for (size_t i = 0; i < sizeof little_words / sizeof *little_words; i++)
		if (!strcmp(little_words[i], word))
			return true;
	return false;
}

static void add_hash(struct found_words *w, const char *word)
{
	/* No secret: whoever reads this table reads the texts beside it. */
	static const unsigned char key[crypto_shorthash_KEYBYTES] = "guichet words 1";
	int64_t hash;
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)word, strlen(word), key);
	for (size_t i = 0; i < w->count; i++)
		if (w->hashes[i] == hash)
			return;
	if (w->count < w->max)
		w->hashes[w->count++] = hash;
}

static void add_tail(struct found_words *w, const char *digits, size_t length)
{
	size_t n = strlen(digits);
	if (n >= length)
		add_hash(w, digits + n - length);
}

/* A number is found whole, and by its last six or four digits. */
static void add_number(struct found_words *w, const char *digits)
{
	add_hash(w, digits);
	add_tail(w, digits, TAIL_LONG);
	add_tail(w, digits, TAIL_SHORT);
}

/* One form for trou and trous, av and avenue. */
static void add_word(struct found_words *w, char *word)
{
	size_t n = strlen(word);
	bool digits = strspn(word, "0123456789") == n;
	const char *full = digits ? NULL : address_expand_word(word);
	if (n < WORD_MIN || n > WORD_BYTES || is_little(word))
		return;
	if (digits && n > TAIL_SHORT) {
		add_number(w, word);
		return;
	}
	if (!digits && !full && n >= PLURAL_FROM && (word[n - 1] == 's' || word[n - 1] == 'x'))
		word[n - 1] = '\0';
	add_hash(w, full ? full : word);
}

static void add_words(struct found_words *w, const char *text)
{
	struct text folded = { .cap = 256 * 1024 };
	if (!text || !*text)
		return;
	utf8_fold_words(&folded, text);
	for (char *word = folded.data, *next; word && *word && w->count < w->max; word = next) {
		char *end = word + strcspn(word, " ");
		next = *end ? end + 1 : end;
		*end = '\0';
		add_word(w, word);
	}
	text_done(&folded);
}

static void add_phone(struct found_words *w, const char *text)
{
	struct phone p;
	if (*text && phone_parse(text, &p, NULL) == GUICHET_OK)
		add_number(w, p.e164[0] == '+' ? p.e164 + 1 : p.e164);
}

static void words_of_op(const struct op *op, struct found_words *w)
{
	static const char *const keys[] = { "name", "organisation", "email", "subject", "address_string", "place_detail", "asset", "sender_ref", "source_id", "area",
		"description" };
	char digits[24];
	w->count = 0;
	int64_t reference = op_int(op, "reference", 0);
	if (op->kind == OP_CREATE && reference > 0) {
		snprintf(digits, sizeof digits, "%lld", (long long)reference);
		add_number(w, digits);
	}
	add_phone(w, op_text(op, "phone", ""));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		add_words(w, op_text(op, keys[i], ""));
}

/* --- what was typed --- */

/* "06 12 34 56 78", "31.40.03.21.06": a number written in groups; returns the bytes it takes, 0 when there is none here. */
static size_t number_at(const char *s, char digits[PHONE_MAX])
{
	size_t n = 0, bytes = 0, i = 0;
	for (; s[i] && (isdigit((unsigned char)s[i]) || strchr(" .-/()+", s[i])); i++) {
		if (!isdigit((unsigned char)s[i]) && s[i] != '+')
			continue;
		if (n + 1 < PHONE_MAX)
			digits[n++] = s[i];
		bytes = i + 1;
	}
	digits[n] = '\0';
	return isalpha((unsigned char)s[i]) && i == bytes ? 0 : bytes;
}

/* As a reference, as a phone, or as the end of either. */
static void add_typed_number(struct found_words *w, char *digits)
{
	struct phone p;
	int64_t reference;
	size_t n = strlen(digits);
	if (reference_parse(digits, &reference, NULL) == GUICHET_OK)
		add_hash(w, digits);
	else if (n >= NUMBER_FROM && phone_parse(digits, &p, NULL) == GUICHET_OK)
		add_hash(w, p.e164[0] == '+' ? p.e164 + 1 : p.e164);
	else if (n >= TAIL_LONG)
		add_tail(w, digits, TAIL_LONG);
	else
		add_hash(w, digits);
}

void ledger_words_typed(const char *text, struct found_words *w)
{
	char digits[PHONE_MAX];
	struct text rest = { .cap = 4096 };
	w->count = 0;
	for (const char *at = text; *at && rest.len < 2048;) {
		size_t bytes = number_at(at, digits);
		if (bytes && strspn(digits, "+0123456789") >= TAIL_SHORT) {
			add_typed_number(w, digits);
			at += bytes;
			continue;
		}
		/* The word it begins with, whatever that is. */
		size_t word = 1 + strcspn(at + 1, " ");
		text_addn(&rest, at, word);
		at += word;
	}
	add_words(w, text_str(&rest));
	text_done(&rest);
}

/* --- behind the journal --- */

static enum guichet_rc read_ops(struct db_rows *rows, struct op **ops, size_t *count, struct guichet_err *err)
{
	size_t capacity = 0;
	enum guichet_rc rc = rows ? GUICHET_OK : err->code;
	*ops = NULL;
	*count = 0;
	while (!rc && db_next(rows)) {
		GUICHET_GROW(*ops, *count, capacity);
		rc = row_op(rows, &(*ops)[*count], err);
		*count += rc == GUICHET_OK;
	}
	enum guichet_rc end = rows ? db_rows_done(&rows, rc ? NULL : err) : GUICHET_OK;
	return rc ? rc : end;
}

/* False: somebody else did the same meanwhile. */
static bool claim(struct db *db, int64_t from, int64_t to, struct guichet_err *err)
{
	return db_run(db, err, "UPDATE word_head SET seq = ?2 WHERE one = 1 AND seq = ?1", "ii", from, to) == GUICHET_OK && db_changed(db) == 1;
}

enum { AT_ONCE = 16 };

/* The words of one operation, so many a statement; the last one fills up what is left. */
static enum guichet_rc add_all(struct db *db, const struct found_words *w, int64_t seq, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	for (size_t from = 0; from < w->count && !rc; from += AT_ONCE) {
		int64_t h[AT_ONCE];
		for (size_t i = 0; i < AT_ONCE; i++)
			h[i] = w->hashes[from + i < w->count ? from + i : w->count - 1];
		rc = db_run_later(db, err, "INSERT INTO word(hash, seq) VALUES (?1, ?17), (?2, ?17), (?3, ?17), (?4, ?17), (?5, ?17), (?6, ?17), (?7, ?17), (?8, ?17), "
			"(?9, ?17), (?10, ?17), (?11, ?17), (?12, ?17), (?13, ?17), (?14, ?17), (?15, ?17), (?16, ?17) ON CONFLICT DO NOTHING", "iiiiiiiiiiiiiiiii", h[0],
			h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15], seq);
	}
	return rc;
}

enum guichet_rc ledger_index_words(struct db *db, int max, bool *more, struct guichet_err *err)
{
	struct op *ops = NULL;
	size_t count = 0;
	int64_t hashes[WORDS_MAX];
	struct found_words w = { .hashes = hashes, .max = WORDS_MAX };
	*more = false;
	int64_t from = db_value(db, -1, "SELECT seq FROM word_head WHERE one = 1", "");
	if (from < 0)
		return guichet_err_set(err, GUICHET_DATA, _("ce n'est pas une base de guichetd"));
	enum guichet_rc rc = read_ops(db_query(db, err, "SELECT " OP_COLUMNS " FROM op o WHERE o.seq > ?1 ORDER BY o.seq LIMIT ?2", "ii", from, (int64_t)max),
		&ops, &count, err);
	if (!rc && count > 0 && claim(db, from, ops[count - 1].seq, err)) {
		*more = count == (size_t)max;
		for (size_t i = 0; i < count && !rc; i++) {
			words_of_op(&ops[i], &w);
			rc = add_all(db, &w, ops[i].seq, err);
		}
	} else if (!rc && count > 0) {
		rc = err->code ? err->code : GUICHET_REFUSED;
	}
	ops_done(ops, count);
	return rc;
}

bool ledger_words_behind(struct db *db)
{
	return db_value(db, 0, "SELECT CASE WHEN w.seq < h.seq THEN 1 ELSE 0 END FROM word_head w, head h", "") == 1;
}

enum guichet_rc ledger_forget_words(struct db *db, struct op_id subject, struct guichet_err *err)
{
	struct op *ops = NULL;
	size_t count = 0;
	int64_t hashes[WORDS_MAX];
	struct found_words w = { .hashes = hashes, .max = WORDS_MAX };
	enum guichet_rc rc = read_ops(db_query(db, err, "SELECT " OP_COLUMNS " FROM op o WHERE o.subject_device = ?1 AND o.subject_dseq = ?2 AND o.salt IS NOT NULL", "ii",
		(int64_t)subject.device, (int64_t)subject.dseq), &ops, &count, err);
	for (size_t i = 0; i < count && !rc; i++) {
		words_of_op(&ops[i], &w);
		for (size_t k = 0; k < w.count && !rc; k++)
			rc = db_run_later(db, err, "DELETE FROM word WHERE hash = ?1 AND seq = ?2", "ii", w.hashes[k], ops[i].seq);
	}
	ops_done(ops, count);
	return rc;
}
