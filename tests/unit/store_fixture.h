// SPDX-License-Identifier: GPL-3.0-or-later
/* A store for tests: a real SQLite file in a temporary folder, with a small catalogue, a clock that the test turns,
 * and reproducible randomness. */
#ifndef GUICHET_TESTS_STORE_FIXTURE_H
#define GUICHET_TESTS_STORE_FIXTURE_H

#include "guichet/store/desk.h"

struct store_fixture {
	struct store *store;
	char folder[64], path[96];
	int64_t now_ms;                /* what the store's clock says: change it at will */
	uint64_t seed;
	struct guichet_err err;
};

/* Services: proximite (the desk), voirie, nettoyage. Categories: nid-de-poule (report, voirie, group chaussee, near
 * 80 m and 720 h), affaissement (the same group), fuite (danger, voirie, group reseaux, near 300 m), depot (report,
 * nettoyage, same street, 168 h), horaires (information, short path, desk), plainte (complaint, desk), ecole (the
 * town's), a-qualifier (desk). Communes: aigues, bois. Body: ville. */
extern const char fixture_metropole_ini[], fixture_categories_ini[];
void fixture_catalogue(struct catalogue_source *out);   /* the two above, as files */

/* An agent, and one with every role. */
extern const struct actor fixture_agent, fixture_chief;

/* For cmocka: *state gets the fixture. The clock starts on Tuesday 2026-11-24 at 10:00, Paris. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* Without cmocka: aborts when it can't. */
struct store_fixture *fixture_new(bool exercise);
void fixture_free(struct store_fixture **f);
/* Closes the store and opens it anew. */
void fixture_reopen(struct store_fixture *f);
/* Another path in the same folder, which goes with it: "copie.db". */
void fixture_path(const struct store_fixture *f, const char *name, char out[160]);

/* Logs a call; fails the test when it is refused. Channel phone unless the call says. Returns the reference; `row`,
 * if not NULL, the row. */
int64_t fixture_log(struct store_fixture *f, const struct call *call, int64_t *row);
#define FIXTURE_LOG(f, ...) fixture_log((f), &(struct call){ __VA_ARGS__ }, NULL)
/* Pairs of a requester for struct call. */
#define WHO(...) ((const char *[][2]){ __VA_ARGS__, { NULL, NULL } })

/* Takes a step as fixture_chief; fails the test when it is refused. */
void fixture_step(struct store_fixture *f, int64_t reference, enum step step, struct step_args *args);

#endif
