// SPDX-License-Identifier: GPL-3.0-or-later
/* The simulator: several desks and the server, their production code in one process, joined by a false network, on a false disk, under a false clock. One number,
 * the seed, decides everything that happens, so that what went wrong once goes wrong again.
 */
#ifndef GUICHET_TESTS_SIM_H
#define GUICHET_TESTS_SIM_H

#include "guichet/server/api.h"
#include "guichet/store/desk.h"
#include "guichet/sync/sync.h"

enum { DESKS_MAX = 5, COPIES = 3, CALLS_MAX = 16, PATH_BYTES = 160, NEWS = 40 };

/* --- chance --- */
uint64_t chance_next(uint64_t *state);
struct world;
uint64_t roll(struct world *w, uint64_t below);               /* 0 .. below - 1 */
bool chance(struct world *w, unsigned in_a_thousand);

/* --- the disk (disk.c): under everything that SQLite writes in this process --- */
enum disk_fault { DISK_FINE, DISK_FULL /* writes fail, and can be taken back */, DISK_DEAD /* nothing is written any more: the process was killed */ };
void disk_init(void);
/* After `writes` more ones; the fault lasts until disk_heal. */
void disk_break(enum disk_fault how, unsigned writes);
bool disk_heal(void);                                         /* true: the fault came into effect */

/* --- the world (world.c) --- */
struct exchange { bool under_way; uint64_t number; int64_t until_ms; };
struct desk {
	struct store *store; struct sync *sync;
	char path[PATH_BYTES], token[80], services[80];
	const char *service_list[4]; struct actor actor;
	const char *role;
	uint32_t device;
	int64_t skew_ms;             /* how wrong its clock is */
	uint64_t seed;
	uint64_t made;               /* its operations that were said to be recorded: the highest dseq */
	struct exchange lanes[SYNC_LANES];
	bool cut;                    /* its line is down */
	int64_t poke_ms;
	struct world *world;
};
struct message {
	int64_t due_ms; int desk; enum sync_lane lane; uint64_t number;
	bool is_answer; const char *method; char *path, *body; size_t bytes; int status;
};
/* A push that waits for the committer. */
struct waiting { struct api_call call; struct message m; struct calling *calling; };

struct faults { int64_t lost, doubled, late, desk_kills, desk_kills_in_commit, server_kills, server_kills_in_commit, disk_full, restores, clocks, cuts; };
struct world {
	uint64_t seed, state;
	int64_t now_ms;
	char folder[PATH_BYTES / 2], server_path[PATH_BYTES];
	struct db *db; struct api *api; uint64_t server_seed;
	struct desk desks[DESKS_MAX]; int desk_count;
	struct message *messages; size_t message_count, message_capacity;
	struct waiting waiting[CALLS_MAX]; size_t waiting_count;
	uint64_t number;
	int copies; int64_t copied;  /* how many files there are; a counter to choose by */
	bool calm;                   /* no faults any more */
	int64_t references[NEWS]; size_t reference_count;      /* that desks speak of */
	struct op_id bulletins[4];
	int64_t actions, refused;
	struct faults faults;
	bool failed; char why[600];
};
void world_new(struct world *w, const char *folder, uint64_t seed);
void world_done(struct world *w);
/* Time goes on by so much; what is due happens. */
void world_pass(struct world *w, int64_t ms);
void world_fault(struct world *w);
/* All faults end, every line is up, and everything is sent and read. False: they do not come to rest. */
bool world_rest(struct world *w);
void fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void desk_reopen(struct world *w, int i);
void desk_count_made(struct world *w, int i);

/* --- what people do (act.c) --- */
void act(struct world *w, int i);

/* --- the judge (oracle.c): reads databases with plain SQL, and folds by rules of its own --- */
void judge(struct world *w, int64_t *operations);

extern bool sim_verbose;
#define SAY(...) do { if (sim_verbose) fprintf(stderr, __VA_ARGS__); } while (0)

#endif
