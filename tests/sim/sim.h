// SPDX-License-Identifier: GPL-3.0-or-later
/* The simulator: several desks and the server, their production code in one process, joined by a false network, on a
 * false disk, under a false clock. One number, the seed, decides everything that happens, so that what went wrong
 * once goes wrong again.
 */
#ifndef GUICHET_TESTS_SIM_H
#define GUICHET_TESTS_SIM_H

#include "disk.h"
#include "guichet/server/api.h"
#include "guichet/store/desk.h"
#include "guichet/sync/sync.h"

enum {
	DESKS_MAX = 8,
	COPIES = 3,
	CALLS_MAX = 32,
	PATH_BYTES = 160,
	NEWS = 40,
	ERASED_MAX = 16,
	SCOPE_MAX = 4,
	RECORDED_MAX = 64
};

/* --- chance --- */
uint64_t chance_next(uint64_t *state);
struct world;
uint64_t roll(struct world *w, uint64_t below); /* 0 .. below - 1 */
bool chance(struct world *w, unsigned in_a_thousand);

/* --- what goes wrong in this world, and how often; counted --- */
#define FAULTS(X) \
	X(lost, "messages lost") \
	X(doubled, "messages doubled") X(late, "messages late") X(cuts, "lines cut") X(held, "long polls") \
		X(desk_kills, "desks killed") X(desk_kills_in_commit, "desks killed while writing") \
			X(desk_power, "desks' power cut") X(server_kills, "server killed") \
				X(server_kills_in_commit, "server killed in a commit") X(server_power, "server's power cut") \
					X(pieces, "unsynced pieces lost") X(disk_full, "disks full") X(restores, "servers restored") \
						X(restores_meanwhile, "restored while answers travelled") X(backed_up, "backups declared") X( \
							clocks, "clocks changed") X(erasures, "erasures") X(settled, "parked operations settled") \
							X(parked, "operations parked") X(roles, "roles changed") X(revoked, "desks revoked") \
								X(enrolled, "desks enrolled on the way") X(again, "desks enrolled again") \
									X(clones, "desks cloned") X(went_back, "desks put back from an image") \
										X(forks, "forked desks stopped") X(strange, "operations of unknown kinds") \
											X(hostile, "malformed pushes refused") \
												X(too_old, "desks too old for a while") \
													X(grants, "grants changed") \
														X(snapshots, "snapshots put in place") \
															X(compared, "windows compared by their scope hash")
struct faults {
#define X(name, what) int64_t name;
	FAULTS(X)
#undef X
};

struct message;

/* --- a desk (desk.c) --- */
struct exchange {
	bool under_way;
	uint64_t number;
	int64_t until_ms, wake_ms;
};
struct desk {
	struct store *store;
	struct sync *sync;
	char path[PATH_BYTES], token[80], services[80];
	char words[80];
	const char *service_list[SCOPE_MAX]; /* the actor's, in `words` */
	struct actor actor;
	const char *role;
	uint32_t device;
	int64_t skew_ms; /* how wrong its clock is */
	uint64_t seed;
	struct exchange lanes[SYNC_LANES];
	bool cut; /* its line is down */
	bool revoked;
	bool shares; /* its identity with another disk: one of them will be stopped */
	int64_t alone_until_ms; /* nobody works at it before */
	int64_t poke_ms;
	unsigned erased_seen; /* which erasures it has read */
	struct world *world;
};
void desk_new(struct world *w, bool alone_first); /* a further one, enrolled */
void desk_enrol(struct world *w, struct desk *d);
void desk_reopen(struct world *w, int i);
void desk_close(struct desk *d);
void desk_count_made(struct world *w, int i);
/* What it has not sent under any of its identities need not arrive any more. */
void desk_excuse(struct world *w, int i);
void desk_trouble(struct world *w, enum disk_fault *how, unsigned in_a_thousand);
void desk_end_trouble(struct world *w, int i, enum disk_fault how);
void desk_remove(struct desk *d);
void desk_regrant(struct world *w, int i);
void desk_clone(struct world *w, int i);
void desk_keep_image(struct world *w, int i);
void desk_put_back(struct world *w);
enum desk_erasure { NOT_HEARD, ALL_BLANK, SOME_LEFT };
enum desk_erasure desk_erasure(struct desk *d, struct op_id subject);
/* It was stopped for sharing an identity. */
bool desk_is_out(const struct desk *d);
void desk_take(struct world *w, struct message *m); /* an answer, or that there is none */
void desk_turn(struct world *w, int i);

/* --- the line (line.c) --- */
struct message {
	int64_t due_ms;
	int desk;
	enum sync_lane lane;
	uint64_t number;
	bool is_answer;
	const char *method;
	char *path, *body;
	size_t bytes;
	int status;
};
void line_send(struct world *w, struct message *m);
/* The next message due until then is delivered; false: none is. */
bool line_step(struct world *w, int64_t until_ms);
void line_done(struct world *w);

/* --- the server (server.c, admin.c) --- */
struct caller {
	struct api_call call;
	struct message m;
	struct calling *calling;
};
void server_begin(struct world *w);
void server_end(struct world *w);
void server_open(struct world *w);
void server_close(struct world *w);
void server_take(struct world *w, struct message *m);
int64_t server_seq(struct world *w);
void server_commit(struct world *w, bool answers);
void server_resume(struct world *w);
void server_kill(struct world *w, bool in_commit);
void server_revoke(struct world *w, int i);
void server_grants(struct world *w, struct desk *d);
void server_copy(struct world *w);
void server_restore(struct world *w);
/* A call by somebody who is no desk of ours: its status; *out (may be NULL) gets the body, to be freed. */
int server_call(struct world *w, const char *method, const char *path, const char *token, const char *body, char **out);
void admin_act(struct world *w);

/* --- the world (world.c) --- */
/* What may happen in this life: drawn once, so that some lives are all of a kind. */
struct habits {
	unsigned fault, restore, erase, settle, kill, trouble; /* in a thousand */
	bool all_see, nobody_sees_all, restores, clones, revocations, enrolments, roles, versions, strangers, grants;
	int64_t haste_ms; /* desks synchronise about so often */
	int wait_s, page_items;
};
/* Operations of this identity that were said to be recorded: 1 .. made. Excused: its desk was stopped before it had
 * sent them all. */
struct recorded {
	uint32_t device;
	uint64_t made;
	bool excused;
};
enum doom { NO_DOOM, KILL, RESTORE };
struct world {
	uint64_t seed, state;
	int64_t now_ms, server_skew_ms;
	struct guichet_clock clock; /* the server's */
	char folder[PATH_BYTES / 2], server_path[PATH_BYTES];
	struct habits habits;
	struct db *db;
	struct api *api;
	uint64_t server_seed;
	const char *oldest_version;
	struct desk desks[DESKS_MAX];
	int desk_count;
	struct message *messages;
	size_t message_count, message_capacity;
	struct caller waiting[CALLS_MAX];
	size_t waiting_count;
	struct caller held[CALLS_MAX];
	size_t held_count;
	uint64_t number;
	int64_t copies[COPIES];
	int64_t copied; /* the seq that each holds */
	struct recorded recorded[RECORDED_MAX];
	size_t recorded_count;
	bool calm;             /* no faults any more */
	enum doom doom;        /* of the server, when it next commits */
	int64_t slow_until_ms; /* pushes are answered slowly */
	bool all_late;         /* answers of this moment take their time */
	int64_t references[NEWS];
	size_t reference_count; /* that desks speak of */
	struct op_id *parked; /* parked by a server that was restored since: it may count now */
	size_t parked_count, parked_capacity;
	struct op_id bulletins[4];
	struct op_id erased[ERASED_MAX];
	size_t erased_count;
	struct {
		uint32_t device;
		char token[80];
		int64_t epoch;
	} stranger;
	struct {
		char path[PATH_BYTES];
		int desk;
	} image;
	int64_t actions, refused;
	struct faults faults;
	bool failed;
	char why[600];
};
void world_new(struct world *w, const char *folder, uint64_t seed);
void world_done(struct world *w);
/* Time goes on by so much; what is due happens. */
void world_pass(struct world *w, int64_t ms);
void world_fault(struct world *w);
/* All faults end, every line is up, and everything is sent and read. False: they do not come to rest. */
bool world_rest(struct world *w);
struct recorded *recorded_of(struct world *w, uint32_t device);
void fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void must(enum guichet_rc rc, const struct guichet_err *err, const char *what);

/* --- what people do (act.c) --- */
void act(struct world *w, int i);

/* --- the judge (oracle.c, oracle_desk.c): reads databases with plain SQL, and folds by rules of its own --- */
void judge(struct world *w, int64_t *operations);
/* On the way, after a desk has read a page. */
void judge_erased(struct world *w, int i);

extern bool sim_verbose;
#define SAY(...) \
	do { \
		if (sim_verbose) \
			fprintf(stderr, __VA_ARGS__); \
	} while (0)

#endif
