// SPDX-License-Identifier: GPL-3.0-or-later
/* A request's life for tests: a small catalogue, people, and a journal that grows by steps and is folded after each.
 * No store. */
#ifndef GUICHET_TESTS_LIFE_H
#define GUICHET_TESTS_LIFE_H

#include "guichet/core/lifecycle.h"

enum { LIFE_OPS = 128 };

struct life {
	struct catalogue *catalogue;
	struct op ops[LIFE_OPS];
	size_t count;
	struct request r;
	int64_t now_ms;
	uint64_t dseq;
	struct guichet_err err;
};

/* Categories: nid-de-poule (report, voirie), fuite (danger, voirie), depot (report, nettoyage; voirie's in bois),
 * horaires (information, short path, desk), plainte (complaint, second reading, desk), ecole (the town's),
 * a-qualifier (desk). Communes: aigues, bois. */
struct catalogue *life_catalogue(void);

/* marie, paul: agents; jean: voirie; luc: nettoyage; chef: supervisor; dsi: admin; borne: kiosk. */
extern const struct actor marie, paul, jean, luc, chef, dsi, borne;

/* "2026-11-24 10:00", Paris time */
int64_t life_time(const char *s);
/* A phone call received now (Tuesday 2026-11-24 10:00 at first) by marie. */
void life_start(struct life *s, const char *category, bool anonymous);
void life_start_args(struct life *s, const struct create_args *args);
void life_end(struct life *s);
/* Takes the step; when it is allowed its operation joins the journal. */
enum guichet_rc life_step(struct life *s, const struct actor *who, enum step step, const struct step_args *args);
void life_fold(struct life *s);
/* Puts an operation at the end of the journal, with an id, and folds. */
struct op_id life_append(struct life *s, struct op *op);
/* Puts the request in a state, or a text in a field, as if steps of somebody had led there. */
void life_put(struct life *s, enum status status);
void life_set(struct life *s, enum request_field f, const char *value);
const struct op *life_last(const struct life *s);
/* A copy through its texts, as a store would load it. */
void op_copy(struct op *to, const struct op *from);
/* All that a fold says, as text: two folds are equal when these are. */
void life_dump(struct text *out, const struct request *r);

#define REFUSED GUICHET_REFUSED
#define NO_PERM GUICHET_NO_PERM
#define DATA GUICHET_DATA
#define assert_status(s, wanted) assert_string_equal(status_code((s)->r.status), status_code(STATUS_##wanted))
#define assert_field(s, field, wanted) assert_string_equal(request_text(&(s)->r, FIELD_##field), wanted)
#define ARGS(...) (&(struct step_args){ __VA_ARGS__ })
#define NONE ARGS(.text = NULL)
#define assert_allowed(s, who, step, args) \
	do { if (life_step(s, who, step, args) != GUICHET_OK) fail_msg("refused: %s", (s)->err.message); } while (0)
/* The code, and a word that the message must hold: a refusal that does not name its rule is no help on the phone. */
#define assert_refused(s, who, step, args, rc, word) \
	do { \
		assert_int_equal(life_step(s, who, step, args), rc); \
		if (!strstr((s)->err.message, word)) \
			fail_msg("« %s » does not say « %s »", (s)->err.message, word); \
	} while (0)

#endif
