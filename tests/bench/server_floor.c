// SPDX-License-Identifier: GPL-3.0-or-later
/* Bare libmicrohttpd and SQLite: a body comes in, four rows like those that it would leave are committed together with those of the others who wait, an answer goes out. Nothing is
 * parsed, checked, numbered or looked up. And pgbench with the same rows. */
#include "server_floor.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"
#include "guichet/base/clock.h"
#include "guichet/server/ledger.h"

enum { WAITING_MAX = 512, ROW_TEXT = 420, WORKERS = 4, CONNECTION_MEMORY = 24 * 1024, DESKS = 16, DESKS_FROM = 1000,
	DESK_NUMBERS = 1000000 };

struct asked { struct MHD_Connection *connection; bool written; };
struct bare {
	sqlite3 *db;
	sqlite3_stmt *op, *item, *head;
	pthread_mutex_t lock;
	pthread_cond_t something;
	struct asked *waiting[WAITING_MAX];
	size_t count;
	int64_t seq, pushes;
};

/* What a push of one request leaves: a person and a request, among those of its desk. Desks take turns. */
static void put_rows(struct bare *b)
{
	static char text[ROW_TEXT];
	int64_t desk = DESKS_FROM + b->pushes % DESKS, first = 2 * (b->pushes / DESKS) + 1;
	b->pushes++;
	memset(text, 'x', sizeof text);
	for (int64_t i = 0; i < 2; i++) {
		const int64_t numbers[] = { ++b->seq, desk, first + i, desk, first + i, 1, 0, b->seq, b->seq, desk };
		for (int k = 0; k < 10; k++)
			sqlite3_bind_int64(b->op, k + 1, numbers[k]);
		sqlite3_bind_text(b->op, 11, text, ROW_TEXT / 2, SQLITE_STATIC);
		sqlite3_bind_text(b->op, 12, text, ROW_TEXT, SQLITE_STATIC);
		sqlite3_bind_blob(b->op, 13, text, 32, SQLITE_STATIC);
		if (sqlite3_step(b->op) != SQLITE_DONE)
			_exit(70);
		sqlite3_reset(b->op);
		sqlite3_bind_int64(b->item, 1, desk);
		sqlite3_bind_int64(b->item, 2, first + i);
		sqlite3_bind_int64(b->item, 3, b->seq);
		/* The request has a number, and names the person. */
		if (i == 1) {
			sqlite3_bind_text(b->item, 4, "voirie", -1, SQLITE_STATIC);
			sqlite3_bind_int64(b->item, 5, desk * DESK_NUMBERS + first);
			sqlite3_bind_int64(b->item, 6, desk);
			sqlite3_bind_int64(b->item, 7, first);
		}
		sqlite3_bind_int64(b->item, 8, 1 - i);
		if (sqlite3_step(b->item) != SQLITE_DONE)
			_exit(70);
		sqlite3_reset(b->item);
		sqlite3_clear_bindings(b->item);
	}
}

static void *commit_all(void *context)
{
	struct bare *b = context;
	struct asked *mine[WAITING_MAX];
	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (b->count == 0)
			pthread_cond_wait(&b->something, &b->lock);
		size_t n = b->count;
		memcpy(mine, b->waiting, n * sizeof *mine);
		b->count = 0;
		pthread_mutex_unlock(&b->lock);
		floor_run(b->db, "BEGIN IMMEDIATE");
		for (size_t i = 0; i < n; i++)
			put_rows(b);
		sqlite3_bind_int64(b->head, 1, b->seq);
		sqlite3_step(b->head);
		sqlite3_reset(b->head);
		floor_run(b->db, "COMMIT");
		for (size_t i = 0; i < n; i++) {
			mine[i]->written = true;
			MHD_resume_connection(mine[i]->connection);
		}
		pthread_mutex_lock(&b->lock);
	}
	return NULL;
}

static enum MHD_Result answer(struct MHD_Connection *connection)
{
	static char body[] = "{\"epoch\":1,\"results\":[{\"seq\":1},{\"seq\":2}],\"serials\":[],\"block\":1000}";
	struct MHD_Response *r = MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(connection, 200, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version, const char *upload,
	size_t *upload_size, void **state)
{
	struct bare *b = context;
	struct asked *a = *state;
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	if (!a) {
		*state = calloc(1, sizeof *a);
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (a->written)
		return answer(connection);
	a->connection = connection;
	pthread_mutex_lock(&b->lock);
	MHD_suspend_connection(connection);
	b->waiting[b->count++] = a;
	pthread_cond_signal(&b->something);
	pthread_mutex_unlock(&b->lock);
	return MHD_YES;
}

static void forget(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	(void)context;
	(void)connection;
	(void)why;
	free(*state);
	*state = NULL;
}

static void prepare(struct bare *b, const char *path)
{
	struct guichet_err err = { 0 };
	struct db *db = NULL;
	if (db_open(&(struct db_options){ .sqlite = path }, &db, &err) || ledger_prepare(db, random_system(), &err))
		_exit(70);
	db_close(&db);
	if (sqlite3_open(path, &b->db) != SQLITE_OK)
		_exit(70);
	floor_run(b->db, "PRAGMA journal_mode = WAL");
	floor_run(b->db, "PRAGMA synchronous = FULL");
	b->op = floor_prepare(b->db, "INSERT INTO op(seq, device, dseq, subject_device, subject_dseq, kind, v, actor, wall_ms, recv_ms, pushed_by, facts, personal, hash, "
		"chain, late) VALUES(?1, ?2, ?3, ?4, ?5, 'create', ?6, 's.martin', ?8, ?9, ?10, ?11, ?12, ?13, ?13, 0)");
	b->item = floor_prepare(b->db, "INSERT INTO item(device, dseq, subject, service, reference, requester_device, requester_dseq, open, seq, erased) VALUES(?1, ?2, ?8, ?4, "
		"?5, ?6, ?7, 1, ?3, 0)");
	b->head = floor_prepare(b->db, "UPDATE head SET seq = ?1, chain = randomblob(16)");
}

static _Noreturn void serve(const char *path, _Atomic int *port)
{
	static struct bare b = { .lock = PTHREAD_MUTEX_INITIALIZER, .something = PTHREAD_COND_INITIALIZER };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	pthread_t thread;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prepare(&b, path);
	if (pthread_create(&thread, NULL, commit_all, &b))
		_exit(70);
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, &b, MHD_OPTION_SOCK_ADDR, &a,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)WORKERS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
		MHD_OPTION_END);
	if (!d)
		_exit(70);
	*port = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port;
	for (;;)
		pause();
}

pid_t server_floor_start(const char *path, int *port)
{
	_Atomic int *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = shared == MAP_FAILED ? -1 : fork();
	if (pid == 0)
		serve(path, shared);
	while (pid > 0 && *shared == 0 && waitpid(pid, NULL, WNOHANG) == 0)
		usleep(10000);
	*port = pid > 0 ? *shared : 0;
	return pid;
}

/* --- pgbench --- */

/* Each client is a desk. */
static const char script[] = "BEGIN;\n"
	"INSERT INTO op(seq, device, dseq, subject_device, subject_dseq, kind, v, actor, wall_ms, recv_ms, pushed_by, facts, personal, hash, chain, late) SELECT s, "
	"1000 + :client_id, s, 1000 + :client_id, s, 'create', 1, 's.martin', 1, 1, 9, repeat('x', 210), repeat('x', 420), "
	"'\\\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', '\\\\x00112233445566778899aabbccddeeff', 0 FROM (SELECT nextval('floor_seq') AS s "
	"FROM generate_series(1, 2)) t;\n"
	"INSERT INTO item(device, dseq, subject, service, reference, open, seq, erased) SELECT 1000 + :client_id, s, 0, 'voirie', s, 1, s, 0 FROM (SELECT "
	"nextval('floor_seq') AS s FROM generate_series(1, 2)) t;\nCOMMIT;\n";

double server_floor_pgbench(const char *programs, const char *folder, int clients, int seconds)
{
	char path[256], program[256], c[16], t[16], line[256];
	double tps = 0;
	int out[2];
	snprintf(path, sizeof path, "/tmp/guichet-pgbench-%d.sql", (int)getpid());
	snprintf(program, sizeof program, "%s/pgbench", programs);
	snprintf(c, sizeof c, "%d", clients);
	snprintf(t, sizeof t, "%d", seconds);
	FILE *f = fopen(path, "w");
	if (!f || access(program, X_OK) || pipe(out))
		return 0;
	fputs(script, f);
	fclose(f);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		execl(program, program, "-n", "-M", "prepared", "-h", folder, "-U", "guichet", "-f", path, "-c", c, "-j", "2", "-T", t, "postgres", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "tps = ", 6))
			tps = strtod(line + 6, NULL);
	if (f)
		fclose(f);
	waitpid(pid, NULL, 0);
	unlink(path);
	return tps;
}
