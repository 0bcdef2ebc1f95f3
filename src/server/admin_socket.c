// SPDX-License-Identifier: GPL-3.0-or-later
/* The administrator's way into a running server: a Unix socket beside the database, for the server's own user and root. One command a connection: its words in,
 * what it prints and its exit code out, as JSON. The commands run with the connection that writes (http_run). */
#include "admin_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guichet/base/log.h"

enum { WORDS_MAX = 256, ASKED_MAX = 64 * 1024, ANSWER_MAX = 16 * 1024 * 1024, LOCK_TRIES = 50, LOCK_PAUSE_MS = 100, TALK_S = 10 };

struct admin_socket {
	struct http *http;
	struct guichet_clock clock;
	struct guichet_random random;
	char *erased, *store;
	int fd, stop_fd;
	pthread_t thread;
	bool running;
};

/* --- the database's lock --- */

/* A file of its own: closing the database's would drop SQLite's locks. */
enum guichet_rc daemon_lock(const char *store, int *lock, struct guichet_err *err)
{
	struct text path = TEXT_INIT;
	text_addf(&path, "%s.lock", store);
	*lock = open(text_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	enum guichet_rc rc = *lock < 0 ? guichet_err_set(err, GUICHET_CANT_CREATE, "%s : %s", text_str(&path), strerror(errno)) : GUICHET_OK;
	text_done(&path);
	for (int i = 0; !rc; i++) {
		if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
			return GUICHET_OK;
		if (i == LOCK_TRIES)
			rc = guichet_err_set(err, GUICHET_LOCKED, _("%s : un autre guichetd tient cette base"), store);
		else
			poll(NULL, 0, LOCK_PAUSE_MS);
	}
	daemon_unlock(lock);
	return rc;
}

void daemon_unlock(int *lock)
{
	if (*lock >= 0)
		close(*lock);
	*lock = -1;
}

/* --- addresses --- */

/* Through the folder's descriptor: a path of any length fits. */
static int socket_address(const char *store, struct sockaddr_un *out)
{
	char *folder = guichet_strdup(store), *name = guichet_strdup(store);
	int dir = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s.sock", dir, basename(name));
	free(folder);
	free(name);
	if (dir >= 0 && n < (int)sizeof out->sun_path)
		return dir;
	if (dir >= 0)
		close(dir);
	return -1;
}

/* --- talking --- */

static bool read_all(int fd, size_t max, struct text *out)
{
	char bytes[4096];
	ssize_t got;
	out->cap = max;
	while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			text_addn(out, bytes, (size_t)got);
	return got == 0 && !out->overflow;
}

static bool send_json(int fd, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0, done = 0;
	while (done < length) {
		ssize_t n = send(fd, text + done, length - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	json_decref(json);
	free(text);
	return length > 0 && done == length && shutdown(fd, SHUT_WR) == 0;
}

static void talk_shortly(int fd, int seconds)
{
	const struct timeval t = { .tv_sec = seconds };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

/* --- the server's side --- */

struct asked { struct admin admin; char *words[WORDS_MAX + 1]; int count; enum guichet_rc rc; struct guichet_err err; };

static void run_asked(void *context, struct db *write)
{
	struct asked *q = context;
	q->admin.db = write;
	q->rc = admin_do(&q->admin, q->words, q->count, &q->err);
}

static bool take_words(struct asked *q, const json_t *json)
{
	const json_t *list = json_object_get(json, "words");
	size_t count = json_array_size(list);
	for (size_t i = 0; i < count && count <= WORDS_MAX; i++) {
		const char *word = json_string_value(json_array_get(list, i));
		if (!word)
			return false;
		q->words[q->count++] = (char *)(uintptr_t)word;
	}
	q->admin.input = json_string_value(json_object_get(json, "input"));
	return q->count > 0;
}

static bool may_talk(int fd)
{
	struct ucred who;
	socklen_t size = sizeof who;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == 0 || who.uid == geteuid());
}

static void serve_one(struct admin_socket *s, int fd)
{
	struct text text = TEXT_INIT;
	struct guichet_err err = { 0 };
	struct asked *q = guichet_alloc(sizeof *q);
	talk_shortly(fd, TALK_S);
	q->admin = (struct admin){ .clock = s->clock, .random = s->random, .erased = s->erased };
	json_t *json = may_talk(fd) && read_all(fd, ASKED_MAX, &text) ? wire_parse(text_str(&text), text.len, ASKED_MAX, &err) : NULL;
	if (json && take_words(q, json)) {
		if (!http_run(s->http, run_asked, q))
			q->rc = guichet_err_set(&q->err, GUICHET_UNAVAILABLE, _("le serveur s'arrête"));
		log_event("admin command=%s code=%d", q->words[0], (int)q->rc);
		send_json(fd, json_pack("{s:i, s:s, s:s}", "code", (int)q->rc, "out", text_str(&q->admin.out), "err", q->err.message));
	}
	json_decref(json);
	text_done(&q->admin.out);
	text_done(&text);
	free(q);
	close(fd);
}

static void *serve(void *context)
{
	struct admin_socket *s = context;
	struct pollfd fds[2] = { { .fd = s->fd, .events = POLLIN }, { .fd = s->stop_fd, .events = POLLIN } };
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		// cppcheck-suppress nullPointer // accept4 is free to be told no address
		int fd = fds[0].revents ? accept4(s->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd >= 0)
			serve_one(s, fd);
	}
	return NULL;
}

static int listen_at(const char *store)
{
	struct sockaddr_un address;
	int dir = socket_address(store, &address), fd = dir < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		/* Whoever had it is gone: the lock is ours. */
		unlink(address.sun_path);
		if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || chmod(address.sun_path, 0600) != 0 || listen(fd, 8) != 0) {
			close(fd);
			fd = -1;
		}
	}
	if (dir >= 0)
		close(dir);
	return fd;
}

enum guichet_rc admin_socket_start(const struct daemon_options *o, struct http *h, struct admin_socket **out, struct guichet_err *err)
{
	struct admin_socket *s = guichet_alloc(sizeof *s);
	*s = (struct admin_socket){ .http = h, .clock = o->http.api.clock, .random = o->http.api.random, .erased = guichet_strdup(o->erased),
		.store = guichet_strdup(o->http.db.sqlite), .stop_fd = eventfd(0, EFD_CLOEXEC), .fd = listen_at(o->http.db.sqlite) };
	s->running = s->fd >= 0 && pthread_create(&s->thread, NULL, serve, s) == 0;
	enum guichet_rc rc = s->running ? GUICHET_OK
		: guichet_err_set(err, GUICHET_CANT_CREATE, _("%s.sock : la prise de l'administrateur ne peut être ouverte : %s"), s->store, strerror(errno));
	*out = s;
	if (rc)
		admin_socket_stop(out);
	return rc;
}

void admin_socket_stop(struct admin_socket **socket_)
{
	struct admin_socket *s = *socket_;
	struct sockaddr_un address;
	if (!s)
		return;
	eventfd_write(s->stop_fd, 1);
	if (s->running)
		pthread_join(s->thread, NULL);
	if (s->fd >= 0)
		close(s->fd);
	int dir = s->running ? socket_address(s->store, &address) : -1;
	if (dir >= 0) {
		unlink(address.sun_path);
		close(dir);
	}
	close(s->stop_fd);
	free(s->erased);
	free(s->store);
	free(s);
	*socket_ = NULL;
}

/* --- the program's side --- */

static int connect_to(const char *store)
{
	struct sockaddr_un address;
	int dir = socket_address(store, &address), fd = dir < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		fd = -1;
	}
	if (dir >= 0)
		close(dir);
	return fd;
}

bool admin_ask_server(const char *store, const struct admin *a, char *const *words, int count, struct text *out, enum guichet_rc *rc, struct guichet_err *err)
{
	struct text answer = TEXT_INIT;
	int fd = connect_to(store);
	if (fd < 0)
		return false;
	json_t *list = json_array();
	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_string(words[i]));
	bool sent = send_json(fd, json_pack("{s:o, s:s?}", "words", list, "input", a->input));
	json_t *json = sent && read_all(fd, ANSWER_MAX, &answer) ? json_loadb(text_str(&answer), answer.len, 0, NULL) : NULL;
	const char *printed = json_string_value(json_object_get(json, "out")), *message = json_string_value(json_object_get(json, "err"));
	*rc = json ? (enum guichet_rc)json_integer_value(json_object_get(json, "code")) : GUICHET_UNAVAILABLE;
	if (printed)
		text_add(out, printed);
	if (!json)
		guichet_err_set(err, GUICHET_UNAVAILABLE, _("le guichetd qui tient %s n'a pas répondu : il s'arrêtait, ou cette prise n'est pas pour ce compte"), store);
	else if (*rc)
		guichet_err_set(err, *rc, "%s", message ? message : "");
	json_decref(json);
	text_done(&answer);
	close(fd);
	return true;
}
