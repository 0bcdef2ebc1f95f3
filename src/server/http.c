// SPDX-License-Identifier: GPL-3.0-or-later
/* libmicrohttpd in front of the REST interface. A call's life: headers and body come in, api_begin runs on a worker; a writer's connection is suspended until the
 * committer answered it, a long poll's until something was written or its time is over; then the handler is called again and sends the answer. */
#include "guichet/server/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/base/log.h"
#include "guichet/wire/pack.h"
#include "http_inside.h"

enum { WORKERS_MIN = 4, CONNECTIONS = 4096, IDLE_S = 60, CONNECTION_MEMORY = 24 * 1024, TICK_MS = 250, FLUSH_MS = 10000, INDEX_MS = 1000, LAST_WORDS_S = 10 };

/* --- connections to the database, lent to workers --- */

struct db *http_borrow_db(struct http *h)
{
	struct db *db = NULL;
	pthread_mutex_lock(&h->pool_lock);
	if (h->pool_count > 0)
		db = h->pool[--h->pool_count];
	pthread_mutex_unlock(&h->pool_lock);
	if (!db)
		db_open(&(struct db_options){ .sqlite = h->db_options.sqlite, .postgres = h->db_options.postgres, .read_only = true }, &db, NULL);
	return db;
}

void http_give_back_db(struct http *h, struct db *db)
{
	pthread_mutex_lock(&h->pool_lock);
	if (h->pool_count < POOL) {
		h->pool[h->pool_count++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&h->pool_lock);
	db_close(&db);
}

/* --- the committer --- */

/* Takes what waits, at most one push of a desk: the second of two would be checked before the first is written. */
static size_t take_writers(struct http *h, struct api_call **calls, struct call **owners)
{
	size_t n = 0;
	struct call **at = &h->writers;
	while (*at && n < BATCH) {
		struct call *c = *at;
		bool twice = false;
		for (size_t i = 0; i < n && !twice; i++)
			twice = api_same_device(calls[i], &c->api);
		if (twice) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		owners[n] = c;
		calls[n++] = &c->api;
	}
	h->writers_end = &h->writers;
	while (*h->writers_end)
		h->writers_end = &(*h->writers_end)->next;
	return n;
}

void http_queue_writer(struct http *h, struct call *c)
{
	c->next = NULL;
	c->stage = WRITING;
	*h->writers_end = c;
	h->writers_end = &c->next;
	pthread_cond_signal(&h->something);
}

void http_wake_held(struct http *h, bool written)
{
	int64_t now = clock_monotonic_ns() / 1000000;
	pthread_mutex_lock(&h->lock);
	for (struct call **at = &h->held; *at;) {
		struct call *c = *at;
		if (!written && !h->stopping && now < c->held_until_ms) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		MHD_resume_connection(c->connection);
	}
	pthread_mutex_unlock(&h->lock);
}

static void *committer(void *context)
{
	struct http *h = context;
	struct api_call *calls[BATCH];
	struct call *owners[BATCH];
	pthread_mutex_lock(&h->lock);
	bool aside = false;
	while (!h->stopping || h->writers || h->jobs || http_lanes_busy(h)) {
		/* In turn: whoever pushes waits for one piece of a file, or one page of a purge. */
		aside = !(aside && h->writers) && http_do_aside(h);
		if (aside)
			continue;
		size_t n = take_writers(h, calls, owners);
		if (n == 0) {
			pthread_cond_wait(&h->something, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		api_write(h->api, h->write, calls, n);
		for (size_t i = 0; i < n; i++) {
			owners[i]->stage = ANSWERED;
			MHD_resume_connection(owners[i]->connection);
		}
		http_wake_held(h, true);
		pthread_mutex_lock(&h->lock);
		h->written_ms = clock_monotonic_ns() / 1000000;
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Where desks stand goes to the disk now and then. */
static void ask_flush(struct http *h)
{
	int64_t now = clock_monotonic_ns() / 1000000;
	if (now < h->next_flush_ms || !api_has_seen(h->api))
		return;
	pthread_mutex_lock(&h->lock);
	h->next_flush_ms = now + FLUSH_MS;
	h->flush = true;
	pthread_cond_signal(&h->something);
	pthread_mutex_unlock(&h->lock);
}

static void ask_index(struct http *h)
{
	int64_t now = clock_monotonic_ns() / 1000000;
	pthread_mutex_lock(&h->lock);
	if (now >= h->next_index_ms && !h->writers) {
		h->next_index_ms = now + INDEX_MS;
		h->index = true;
		pthread_cond_signal(&h->something);
	}
	pthread_mutex_unlock(&h->lock);
}

/* Wakes those whose time is over, and on PostgreSQL those who wait for what another guichetd wrote. */
static void *watcher(void *context)
{
	struct http *h = context;
	struct pollfd fds[2] = { { .fd = h->stop_fd, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	struct db *notices = NULL;
	while (!h->stopping) {
		if (h->db_options.postgres && !notices && db_open(&h->db_options, &notices, NULL) == GUICHET_OK)
			db_listen(notices, NULL);
		fds[1].fd = notices ? db_notice_fd(notices) : -1;
		poll(fds, 2, TICK_MS);
		bool lost = false, written = notices && fds[1].revents && db_notices(notices, &lost);
		if (lost)
			db_close(&notices);
		ask_flush(h);
		ask_index(h);
		/* What was written while nobody listened. */
		http_wake_held(h, written || lost);
	}
	db_close(&notices);
	return NULL;
}

/* --- one call --- */

static const char *find_query(void *context, const char *key)
{
	struct call *c = context;
	return MHD_lookup_connection_value(c->connection, MHD_GET_ARGUMENT_KIND, key);
}

static const char *find_header(void *context, const char *name)
{
	struct call *c = context;
	return MHD_lookup_connection_value(c->connection, MHD_HEADER_KIND, name);
}

static void name_peer(struct MHD_Connection *connection, char *out, size_t room)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*out = '\0';
	if (info && info->client_addr)
		getnameinfo(info->client_addr, info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in), out,
			(socklen_t)room, NULL, 0, NI_NUMERICHOST);
}

/* A body in another coding is another one. */
static void etag_of(const struct api_call *a, enum wire_coding coding, char *out, size_t room)
{
	snprintf(out, room, "\"%s%s%s\"", a->etag, coding == WIRE_PLAIN ? "" : "-", coding == WIRE_PLAIN ? "" : wire_coding_name(coding));
}

/* 304, 206 or 416 where the call's headers ask for one. */
static void choose_part(struct call *c, const char *etag, size_t length, size_t *from, size_t *to, char *range, size_t room)
{
	const char *condition = find_header(c, "If-Range"), *asked = find_header(c, "Range");
	if (http_etag_in(find_header(c, "If-None-Match"), etag)) {
		c->api.status = 304;
		*to = 0;
		return;
	}
	if (condition && strcmp(condition, etag) != 0)
		return;
	switch (http_range(asked, length, from, to)) {
	case HTTP_WHOLE:
		break;
	case HTTP_PART:
		c->api.status = 206;
		snprintf(range, room, "bytes %zu-%zu/%zu", *from, *to - 1, length);
		break;
	case HTTP_NO_SUCH_PART:
		c->api.status = 416;
		*from = *to = 0;
		snprintf(range, room, "bytes */%zu", length);
	}
}

static struct MHD_Response *whole_body(struct text *body)
{
	size_t length = body->len;
	char *bytes = text_take(body);
	return MHD_create_response_from_buffer(length, bytes ? bytes : (char *)(uintptr_t)"", bytes ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct call *c)
{
	struct api_call *a = &c->api;
	struct text packed = TEXT_INIT;
	bool worth = a->out.len > PACK_FROM && (!a->type || strcmp(a->type, API_BYTES) != 0);
	enum wire_coding coding = worth ? wire_coding_choose(find_header(c, "Accept-Encoding")) : WIRE_PLAIN;
	if (coding != WIRE_PLAIN)
		wire_pack(coding, text_str(&a->out), a->out.len, &packed);
	struct text *body = coding == WIRE_PLAIN ? &a->out : &packed;
	char etag[80], range[80] = "";
	size_t from = 0, to = body->len;
	etag_of(a, coding, etag, sizeof etag);
	if (a->etag[0] && a->status == 200)
		choose_part(c, etag, body->len, &from, &to, range, sizeof range);
	size_t length = to - from;
	struct MHD_Response *response = from == 0 && to == body->len ? whole_body(body) : MHD_create_response_from_buffer(length,
		(char *)(uintptr_t)(text_str(body) + from), MHD_RESPMEM_MUST_COPY);
	if (a->etag[0] && a->status < 400) {
		MHD_add_response_header(response, "ETag", etag);
		MHD_add_response_header(response, "Accept-Ranges", "bytes");
		MHD_add_response_header(response, "Vary", "Accept-Encoding");
	}
	if (range[0])
		MHD_add_response_header(response, "Content-Range", range);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (a->type)
		MHD_add_response_header(response, "Content-Type", a->type);
	if (coding != WIRE_PLAIN)
		MHD_add_response_header(response, "Content-Encoding", wire_coding_name(coding));
	for (size_t i = 0; i < a->header_count; i++)
		MHD_add_response_header(response, a->headers[i].name, a->headers[i].value);
	/* The rest of a body that was refused is not read. */
	if (c->refused)
		MHD_add_response_header(response, "Connection", "close");
	enum MHD_Result result = MHD_queue_response(c->connection, (unsigned)a->status, response);
	MHD_destroy_response(response);
	text_done(&packed);
	return result;
}

static enum lane_name lane_of(enum api_next next)
{
	return next == API_SLOW ? LANE_PASSWORD : next == API_LONG ? LANE_LONG : next == API_FILE ? LANE_FILE : LANES;
}

/* With the lock held. When the server stops nobody would wake it. */
static const char *why_not(const struct http *h, enum lane_name lane)
{
	if (h->stopping)
		return _("le serveur s'arrête");
	if (lane == LANES || h->lanes[lane].waiting < LANE_MAX)
		return NULL;
	return lane == LANE_PASSWORD ? _("trop de gens s'identifient à la fois : réessayez dans quelques secondes")
		: _("trop de postes lisent à la fois : réessayez dans quelques secondes");
}

/* NULL: the connection is suspended until somebody wakes it. Else why it is not. */
static const char *suspend(struct http *h, struct call *c, enum api_next next)
{
	enum lane_name lane = lane_of(next);
	pthread_mutex_lock(&h->lock);
	const char *why = why_not(h, lane);
	if (!why)
		MHD_suspend_connection(c->connection);
	h->under_way += !why && !c->suspended;
	c->suspended = c->suspended || !why;
	if (!why && next == API_WRITE) {
		http_queue_writer(h, c);
	} else if (!why && lane != LANES) {
		http_lane_add(h, lane, c);
	} else if (!why) {
		int64_t left = c->api.hold_until_ms - api_clock(h->api);
		c->stage = HELD;
		c->held_until_ms = clock_monotonic_ns() / 1000000 + (left > 0 ? left : 0);
		c->next = h->held;
		h->held = c;
	}
	pthread_mutex_unlock(&h->lock);
	return why;
}

static enum MHD_Result without_database(struct http *h, struct call *c)
{
	api_give_up(h->api, &c->api, "unavailable", _("la base de données ne répond pas"));
	return send_answer(c);
}

/* Something may have been written between the look and the hold: looked at once more after it is in the list. */
static enum MHD_Result go_on(struct http *h, struct call *c, bool again)
{
	struct db *db = http_borrow_db(h);
	if (!db)
		return without_database(h, c);
	enum api_next next = again ? api_resume(h->api, db, &c->api) : api_begin(h->api, db, &c->api);
	bool missed = next == API_HOLD && db_value(db, 0, "SELECT seq FROM head", "") > c->api.hold_seq;
	if (missed)
		next = api_resume(h->api, db, &c->api);
	http_give_back_db(h, db);
	if (next == API_DONE)
		return send_answer(c);
	const char *why = suspend(h, c, next);
	if (!why)
		return MHD_YES;
	api_give_up(h->api, &c->api, h->stopping ? "stopping" : "busy", why);
	return send_answer(c);
}

static enum MHD_Result add_size(void *context, enum MHD_ValueKind kind, const char *key, size_t key_size, const char *value, size_t value_size)
{
	(void)kind;
	(void)key;
	(void)value;
	*(size_t *)context += key_size + value_size + 4;
	return MHD_YES;
}

static bool headers_fit(struct call *c)
{
	size_t bytes = strlen(c->path);
	MHD_get_connection_values_n(c->connection, MHD_HEADER_KIND, add_size, &bytes);
	MHD_get_connection_values_n(c->connection, MHD_GET_ARGUMENT_KIND, add_size, &bytes);
	return bytes <= HEADERS_MAX;
}

/* What would be of no use is read and dropped: a client that is still sending would not read its answer. */
static void take_body(struct http *h, struct call *c, const char *bytes, size_t count)
{
	c->refused = c->refused || c->body.len + count > c->body_max;
	if (c->refused || c->unwanted)
		return;
	if (c->body_max > API_BODY_MAX) {
		c->counted += count;
		if (atomic_fetch_add(&h->bodies, count) + count > BODIES_MAX) {
			c->unwanted = true;
			text_done(&c->body);
			api_give_up(h->api, &c->api, "busy", _("trop de pièces jointes arrivent à la fois : réessayez dans quelques secondes"));
			return;
		}
	}
	c->body.cap = c->body_max + 1;
	text_addn(&c->body, bytes, count);
}

/* Who calls is asked before a body is kept: a stranger fills no memory. */
static void admit(struct http *h, struct call *c)
{
	struct db *db = headers_fit(c) && (!strcmp(c->method, "POST") || !strcmp(c->method, "PUT")) ? http_borrow_db(h) : NULL;
	c->unwanted = db && !api_admit(h->api, db, &c->api);
	c->body_max = api_body_max(&c->api);
	if (db)
		http_give_back_db(h, db);
}

static enum MHD_Result complete(struct http *h, struct call *c)
{
	struct guichet_err err = { 0 };
	enum wire_coding coding;
	if (!headers_fit(c)) {
		c->refused = true;
		api_problem(&c->api, 431, "headers", false, _("les en-têtes dépassent 8 Kio"));
		return send_answer(c);
	}
	if (c->unwanted)
		return send_answer(c);
	if (c->refused) {
		api_problem(&c->api, 413, "too-large", false, _("le corps est trop long"));
		return send_answer(c);
	}
	if (!wire_coding_parse(find_header(c, "Content-Encoding"), &coding)) {
		api_problem(&c->api, 415, "coding", false, _("ce codage n'est pas connu : gzip ou zstd"));
		return send_answer(c);
	}
	if (coding != WIRE_PLAIN) {
		struct text plain = TEXT_INIT;
		enum guichet_rc rc = wire_unpack(coding, text_str(&c->body), c->body.len, API_BODY_MAX, &plain, &err);
		if (rc) {
			bool bomb = rc == GUICHET_REFUSED;
			text_done(&plain);
			api_problem(&c->api, bomb ? 413 : 400, bomb ? "too-large" : "malformed", false, err.message);
			return send_answer(c);
		}
		text_done(&c->body);
		c->body = plain;
	}
	c->api.body = text_str(&c->body);
	c->api.body_bytes = c->body.len;
	return go_on(h, c, false);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version, const char *upload,
	size_t *upload_bytes, void **state)
{
	struct http *h = context;
	struct call *c = *state;
	(void)version;
	if (!c) {
		c = *state = guichet_alloc(sizeof *c);
		c->connection = connection;
		snprintf(c->method, sizeof c->method, "%s", method);
		c->path = guichet_strdup(url);
		name_peer(connection, c->peer, sizeof c->peer);
		c->api = (struct api_call){ .method = c->method, .path = c->path, .query = find_query, .header = find_header, .context = c, .peer = c->peer,
			.can_wait = true };
		admit(h, c);
		return MHD_YES;
	}
	if (*upload_bytes > 0) {
		take_body(h, c, upload, *upload_bytes);
		*upload_bytes = 0;
		return MHD_YES;
	}
	switch (c->stage) {
	case READING:
		return complete(h, c);
	case HELD:
		return go_on(h, c, true);
	case ANSWERED:
		return send_answer(c);
	case WRITING:
		break;
	}
	return MHD_YES;
}

static void forget(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	struct http *h = context;
	struct call *c = *state;
	(void)connection;
	(void)why;
	if (!c)
		return;
	atomic_fetch_sub(&h->bodies, c->counted);
	if (c->suspended) {
		pthread_mutex_lock(&h->lock);
		h->under_way--;
		pthread_cond_signal(&h->sent);
		pthread_mutex_unlock(&h->lock);
	}
	api_call_done(&c->api);
	text_done(&c->body);
	free(c->path);
	free(c);
	*state = NULL;
}

/* --- starting and stopping --- */

/* "HOST:PORT" to an address. */
static enum guichet_rc find_address(const char *listen_on, struct addrinfo **out, struct guichet_err *err)
{
	char host[256];
	const char *colon = strrchr(listen_on, ':');
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	size_t length = colon ? (size_t)(colon - listen_on) : 0;
	if (!colon || length >= sizeof host || length == 0)
		return guichet_err_set(err, GUICHET_CONFIG, _("« %s » : HÔTE:PORT est attendu, par exemple 127.0.0.1:8443"), listen_on);
	/* getaddrinfo would take 99999 for another port. */
	size_t digits = strspn(colon + 1, "0123456789");
	if (digits == 0 || digits > 5 || colon[1 + digits] || strtol(colon + 1, NULL, 10) > UINT16_MAX)
		return guichet_err_set(err, GUICHET_CONFIG, _("« %s » : un port est un nombre de 0 à 65535"), listen_on);
	bool brackets = listen_on[0] == '[' && listen_on[length - 1] == ']';
	snprintf(host, sizeof host, "%.*s", (int)(brackets ? length - 2 : length), listen_on + brackets);
	int why = getaddrinfo(host, colon + 1, &hints, out);
	return why || !*out ? guichet_err_set(err, GUICHET_CONFIG, _("« %s » : %s"), listen_on, gai_strerror(why)) : GUICHET_OK;
}

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24) == 127;
	return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static void *sign_log(void *cls, const char *uri, struct MHD_Connection *connection)
{
	(void)cls;
	(void)uri;
	(void)connection;
	return NULL;
}

static enum guichet_rc start_daemon(struct http *h, const struct http_options *o, const struct sockaddr *address, struct guichet_err *err)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (o->tls_cert ? MHD_USE_TLS : 0)
		| (address->sa_family == AF_INET6 ? MHD_USE_IPv6 : 0);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = o->workers > 0 ? (unsigned)o->workers : processors * 2 > WORKERS_MIN ? (unsigned)processors * 2 : WORKERS_MIN;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert.data }, { MHD_OPTION_HTTPS_MEM_KEY, 0, h->key.data },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" }, { MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, h, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_THREAD_POOL_SIZE, workers,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)(o->connections > 0 ? o->connections : CONNECTIONS), MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(o->idle_s > 0 ? o->idle_s : IDLE_S), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, forget,
		h, MHD_OPTION_URI_LOG_CALLBACK, sign_log, NULL, MHD_OPTION_ARRAY, o->tls_cert ? tls : none, MHD_OPTION_END);
	if (!h->daemon)
		return guichet_err_set(err, GUICHET_UNAVAILABLE, _("%s : impossible d'écouter : %s"), o->listen, strerror(errno));
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
	h->port = info ? info->port : 0;
	return GUICHET_OK;
}

static enum guichet_rc prepare(struct http *h, const struct http_options *o, struct guichet_err *err)
{
	h->db_options = o->db;
	enum guichet_rc rc = db_open(&o->db, &h->write, err);
	if (!rc)
		rc = ledger_prepare(h->write, o->api.random, err);
	if (!rc && o->tls_cert)
		rc = http_read_pem(o->tls_cert, &h->cert, err);
	if (!rc && o->tls_key)
		rc = http_read_pem(o->tls_key, &h->key, err);
	return rc;
}

static enum guichet_rc check_tls(const struct http_options *o, const struct sockaddr *address, struct guichet_err *err)
{
	if ((o->tls_cert == NULL) != (o->tls_key == NULL))
		return guichet_err_set(err, GUICHET_CONFIG, _("un certificat et sa clé vont ensemble (--tls-cert, --tls-key)"));
	if (!o->tls_cert && !is_loopback(address))
		return guichet_err_set(err, GUICHET_CONFIG, _("%s : sans TLS, seule la boucle locale (127.0.0.1) est permise"), o->listen);
	return GUICHET_OK;
}

enum guichet_rc http_check(const struct http_options *o, struct guichet_err *err)
{
	struct addrinfo *address = NULL;
	struct text pem = TEXT_INIT;
	enum guichet_rc rc = find_address(o->listen, &address, err);
	if (!rc && address)
		rc = check_tls(o, address->ai_addr, err);
	if (!rc)
		rc = db_check(&o->db, err);
	if (!rc && o->tls_cert)
		rc = http_read_pem(o->tls_cert, &pem, err);
	text_clear(&pem);
	if (!rc && o->tls_key)
		rc = http_read_pem(o->tls_key, &pem, err);
	text_done(&pem);
	if (address)
		freeaddrinfo(address);
	return rc;
}

enum guichet_rc http_start(const struct http_options *o, struct http **out, struct guichet_err *err)
{
	struct addrinfo *address = NULL;
	*out = NULL;
	enum guichet_rc rc = find_address(o->listen, &address, err);
	if (rc || !address)
		return rc;
	struct http *h = guichet_alloc(sizeof *h);
	h->writers_end = &h->writers;
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->pool_lock, NULL);
	pthread_cond_init(&h->something, NULL);
	http_lanes_init(h);
	pthread_cond_init(&h->job_done, NULL);
	pthread_cond_init(&h->sent, NULL);
	h->stop_fd = eventfd(0, EFD_CLOEXEC);
	h->api = api_new(&o->api);
	rc = check_tls(o, address->ai_addr, err);
	if (!rc)
		rc = prepare(h, o, err);
	/* jansson seeds its tables once, before there are threads. */
	json_object_seed(0);
	if (!rc && pthread_create(&h->committer, NULL, committer, h) == 0)
		h->committing = true;
	if (!rc && !http_start_lanes(h))
		rc = guichet_err_set(err, GUICHET_UNAVAILABLE, _("impossible de lancer un fil d'exécution"));
	if (!rc && pthread_create(&h->watcher, NULL, watcher, h) == 0)
		h->watching = true;
	if (!rc)
		rc = start_daemon(h, o, address->ai_addr, err);
	freeaddrinfo(address);
	if (rc)
		http_stop(&h);
	*out = h;
	return rc;
}

int http_port(const struct http *h)
{
	return h->port;
}

struct api *http_api(struct http *h)
{
	return h->api;
}

/* What was committed is to be known by whoever sent it; whoever does not read his answer keeps nobody. */
static void wait_until_sent(struct http *h)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_WORDS_S;
	pthread_mutex_lock(&h->lock);
	while (h->under_way > 0 && pthread_cond_timedwait(&h->sent, &h->lock, &until) == 0)
		continue;
	pthread_mutex_unlock(&h->lock);
}

void http_stop(struct http **http)
{
	struct http *h = *http;
	if (!h)
		return;
	/* No new connection; those who wait get their answers. */
	if (h->daemon) {
		MHD_socket listener = MHD_quiesce_daemon(h->daemon);
		if (listener != MHD_INVALID_SOCKET)
			close(listener);
	}
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_broadcast(&h->something);
	pthread_mutex_unlock(&h->lock);
	/* They hand what they have to the committer. */
	http_stop_lanes(h);
	eventfd_write(h->stop_fd, 1);
	if (h->watching)
		pthread_join(h->watcher, NULL);
	if (h->committing)
		pthread_join(h->committer, NULL);
	if (h->write)
		api_flush_seen(h->api, h->write, NULL);
	http_wake_held(h, true);
	if (h->daemon) {
		wait_until_sent(h);
		MHD_stop_daemon(h->daemon);
	}
	while (h->pool_count > 0)
		db_close(&h->pool[--h->pool_count]);
	db_close(&h->write);
	api_free(&h->api);
	close(h->stop_fd);
	pthread_mutex_destroy(&h->lock);
	pthread_mutex_destroy(&h->pool_lock);
	pthread_cond_destroy(&h->something);
	http_lanes_done(h);
	pthread_cond_destroy(&h->job_done);
	pthread_cond_destroy(&h->sent);
	text_done(&h->cert);
	text_done(&h->key);
	free(h);
	*http = NULL;
}
