// SPDX-License-Identifier: GPL-3.0-or-later
/* What the two halves of the judge share: the server's journal as the judge reads it, and what follows from it for
 * everybody. */
#ifndef GUICHET_TESTS_SIM_ORACLE_H
#define GUICHET_TESTS_SIM_ORACLE_H

#include <jansson.h>
#include <sqlite3.h>

#include "sim.h"

enum { JUDGED_FIELDS = 9, VALUE_BYTES = 200 };
extern const char *const judged_fields[JUDGED_FIELDS];

struct entry {
	struct op_id id, subject, undoes;
	int64_t seq, settles;
	bool parked; /* and nobody settled it */
	bool settled, counts, creates;
	char kind[OP_KIND_TEXT];
	unsigned char hash[OP_HASH];
	json_t *facts, *personal, *base;
};
/* A request and what it shows: by the rules of the protocol, stated anew. */
struct shown {
	const struct entry *create;
	struct entry **about;
	size_t count;
	char values[JUDGED_FIELDS][VALUE_BYTES];
	char services[VALUE_BYTES]; /* with which it is: several while routes are in conflict */
	char *described;
};
struct journal {
	struct world *world;
	struct entry *entries;
	size_t count, capacity;    /* by id, once all are read */
	struct entry **by_subject; /* and in each by seq */
	struct shown *requests;
	size_t request_count;
};

const struct entry *journal_find(const struct journal *j, struct op_id id);
bool same_id(struct op_id a, struct op_id b);
struct op_id id_of_text(const char *text);
sqlite3 *judge_open(const char *path);
sqlite3_stmt *judge_ask(sqlite3 *db, const char *sql);
/* Whom this record is merged into by the last word said of it; none: nobody. */
struct op_id journal_merged_into(const struct journal *j, struct op_id who);

/* oracle_desk.c */
void judge_desk(struct journal *j, int i);
void judge_revoked(const struct journal *j, int i);

#endif
