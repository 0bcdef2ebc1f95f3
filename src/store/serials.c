// SPDX-License-Identifier: GPL-3.0-or-later
/* Serials of references for a desk that stands alone: from a random thousand below 20000000, counting up. A restored store
 * starts anew elsewhere: the original may have gone on counting after the backup, so every span ever begun here keeps a wide berth. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"
#include "guichet/store/replica.h"

enum { THOUSAND = 1000, FIRST_THOUSAND = 10000, THOUSANDS = 10000, BERTH = 500, SPANS_MAX = 256, LENT_MAX = 16, DRAWS = 40 };

struct span_of_thousands { int64_t from, to; };

/* meta "serial-spans": "from-to from-to ..." in thousands, the last one in use. */
static size_t read_spans(struct store *s, struct span_of_thousands *spans)
{
	char *text = store_setting(s, "serial-spans");
	size_t n = 0;
	for (const char *p = text; p && *p && n < SPANS_MAX;) {
		char *end;
		spans[n].from = strtoll(p, &end, 10);
		if (end == p || *end != '-')
			break;
		p = end + 1;
		spans[n].to = strtoll(p, &end, 10);
		if (end == p)
			break;
		p = end + (*end == ' ');
		n++;
	}
	free(text);
	return n;
}

static bool is_clear(const struct span_of_thousands *spans, size_t n, int64_t start, int64_t berth)
{
	for (size_t i = 0; i < n; i++)
		if (start < spans[i].to + berth && start + berth > spans[i].from)
			return false;
	return true;
}

enum guichet_rc store_new_serials(struct store *s, struct guichet_err *err)
{
	struct span_of_thousands spans[SPANS_MAX + 1];
	size_t n = read_spans(s, spans);
	int64_t next = sql_value(s, 0, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'serial-next'", "");
	if (n > 0)
		spans[n - 1].to = next / THOUSAND + 1;
	if (n == SPANS_MAX)
		return guichet_err_set(err, GUICHET_REFUSED, _("ce dépôt a changé d'identité trop de fois : rattachez-le à un serveur"));
	uint64_t random = 0;
	int64_t start = -1;
	/* Drawn anew rather than moved to where there is room: two copies of one store would both move to the same place. */
	for (int tries = 0; start < 0 && tries < DRAWS; tries++) {
		s->random.fill(s->random.context, &random, sizeof random);
		int64_t t = FIRST_THOUSAND + (int64_t)(random % THOUSANDS);
		start = is_clear(spans, n, t, BERTH) ? t : -1;
	}
	for (int64_t berth = BERTH; start < 0 && berth > 0; berth /= 2)
		for (int64_t i = 0; i < THOUSANDS && start < 0; i++) {
			int64_t t = FIRST_THOUSAND + (int64_t)((random + (uint64_t)i) % THOUSANDS);
			if (is_clear(spans, n, t, berth))
				start = t;
		}
	if (start < 0)
		return guichet_err_set(err, GUICHET_REFUSED, _("ce dépôt n'a plus de numéros libres : rattachez-le à un serveur"));
	spans[n].from = start;
	spans[n++].to = start + 1;
	struct text list = TEXT_INIT;
	for (size_t i = 0; i < n; i++)
		text_addf(&list, "%s%lld-%lld", i ? " " : "", (long long)spans[i].from, (long long)spans[i].to);
	char value[32];
	snprintf(value, sizeof value, "%lld", (long long)start * THOUSAND);
	enum guichet_rc rc = store_set_setting(s, "serial-spans", text_str(&list), err);
	if (rc == GUICHET_OK)
		rc = sql_run(s, err, "DELETE FROM meta WHERE key = 'serial-blocks'", "");
	if (rc == GUICHET_OK)
		rc = store_set_setting(s, "serial-next", value, err);
	text_done(&list);
	return rc;
}

/* --- blocks that a server lent --- */

/* Meta "serial-blocks": "next-end next-end ...", the first in use. A desk that was restored drops them with its identity (store_new_serials). */
struct lent { int64_t next, end; };

static size_t read_lent(struct store *s, struct lent *blocks)
{
	char *text = store_setting(s, "serial-blocks");
	size_t n = 0;
	for (char *p = text; p && *p && n < LENT_MAX; p += *p == ' ') {
		int64_t next = strtoll(p, &p, 10), end = *p == '-' ? strtoll(p + 1, &p, 10) : 0;
		if (next < end)
			blocks[n++] = (struct lent){ next, end };
		else if (*p != ' ')
			break;
	}
	free(text);
	return n;
}

static enum guichet_rc write_lent(struct store *s, const struct lent *blocks, size_t n, struct guichet_err *err)
{
	struct text list = TEXT_INIT;
	for (size_t i = 0; i < n; i++)
		text_addf(&list, "%s%lld-%lld", i ? " " : "", (long long)blocks[i].next, (long long)blocks[i].end);
	enum guichet_rc rc = store_set_setting(s, "serial-blocks", text_str(&list), err);
	text_done(&list);
	return rc;
}

enum guichet_rc replica_add_serials(struct store *s, const int64_t *firsts, size_t count, int block, struct guichet_err *err)
{
	struct lent blocks[LENT_MAX];
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	size_t n = read_lent(s, blocks);
	for (size_t i = 0; i < count && n < LENT_MAX; i++)
		blocks[n++] = (struct lent){ firsts[i], firsts[i] + block };
	rc = write_lent(s, blocks, n, err);
	return store_finish(s, rc, err);
}

int64_t serials_left(struct store *s)
{
	struct lent blocks[LENT_MAX];
	int64_t left = 0;
	for (size_t i = read_lent(s, blocks); i-- > 0;)
		left += blocks[i].end - blocks[i].next;
	return left;
}

size_t serials_wanted(struct store *s, size_t spare)
{
	struct lent blocks[LENT_MAX];
	size_t n = read_lent(s, blocks), whole = n > 0 ? n - 1 : 0;
	return whole >= spare ? 0 : spare - whole + (n == 0);
}

/* *serial 0: none was lent, or they are used up. */
static enum guichet_rc next_lent(struct store *s, int64_t *serial, struct guichet_err *err)
{
	struct lent blocks[LENT_MAX];
	size_t n = read_lent(s, blocks);
	*serial = 0;
	if (n == 0)
		return GUICHET_OK;
	*serial = blocks[0].next++;
	bool used_up = blocks[0].next == blocks[0].end;
	return write_lent(s, blocks + used_up, n - used_up, err);
}

/* True when counting up has reached the end of the numbers or another span. */
static bool is_span_used_up(struct store *s, int64_t serial)
{
	if (serial >= (FIRST_THOUSAND + THOUSANDS) * (int64_t)THOUSAND)
		return true;
	if (serial % THOUSAND)
		return false;
	struct span_of_thousands spans[SPANS_MAX + 1];
	size_t n = read_spans(s, spans);
	for (size_t i = 0; i + 1 < n; i++)
		if (serial / THOUSAND >= spans[i].from && serial / THOUSAND < spans[i].to)
			return true;
	return false;
}

enum guichet_rc store_next_reference(struct store *s, int64_t *reference, struct guichet_err *err)
{
	static const char read[] = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'serial-next'";
	int64_t lent;
	enum guichet_rc known = next_lent(s, &lent, err);
	if (known || lent) {
		*reference = reference_make((uint32_t)lent);
		return known;
	}
	int64_t serial = sql_value(s, 0, read, "");
	if (is_span_used_up(s, serial)) {
		enum guichet_rc rc = store_new_serials(s, err);
		if (rc)
			return rc;
		serial = sql_value(s, 0, read, "");
	}
	*reference = reference_make((uint32_t)serial);
	return sql_run(s, err, "UPDATE meta SET value = CAST(?1 AS TEXT) WHERE key = 'serial-next'", "i", serial + 1);
}
