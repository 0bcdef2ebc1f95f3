// SPDX-License-Identifier: GPL-3.0-or-later
/* Clients of a server (load.h). */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guichet/base/clock.h"
#include "guichet/core/request.h"
#include "guichet/server/api.h"
#include "guichet/wire/sync_json.h"

enum { HEAD_MAX = 8192 };

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(70);
}

/* --- HTTP --- */

int load_connect(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		die("nobody answers");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

void load_send(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t put = send(fd, bytes, count, MSG_NOSIGNAL);
		if (put <= 0)
			die("a server that hangs up");
		bytes += put;
		count -= (size_t)put;
	}
}

int load_receive(int fd, struct text *body)
{
	char bytes[HEAD_MAX], *end = NULL;
	size_t have = 0;
	while (!end && have < sizeof bytes - 1) {
		ssize_t got = recv(fd, bytes + have, sizeof bytes - 1 - have, 0);
		if (got <= 0)
			return -1;
		have += (size_t)got;
		bytes[have] = '\0';
		end = strstr(bytes, "\r\n\r\n");
	}
	const char *length_at = end ? strcasestr(bytes, "\r\nContent-Length:") : NULL;
	if (!length_at || have < 12)
		return -1;
	size_t length = strtoul(length_at + 17, NULL, 10), taken = have - (size_t)(end + 4 - bytes);
	if (body) {
		text_clear(body);
		text_addn(body, end + 4, taken);
	}
	int status = (int)strtol(bytes + 9, NULL, 10);
	while (taken < length) {
		ssize_t got = recv(fd, bytes, length - taken < sizeof bytes ? length - taken : sizeof bytes, 0);
		if (got <= 0)
			return -1;
		if (body)
			text_addn(body, bytes, (size_t)got);
		taken += (size_t)got;
	}
	return status;
}

int load_call(int fd, const char *bytes, size_t count, struct text *body)
{
	load_send(fd, bytes, count);
	return load_receive(fd, body);
}

/* --- desks --- */

static void token_of(int desk, char out[64])
{
	snprintf(out, 64, "gd1_%043d", desk);
}

void load_enrol(struct db *db, int desks)
{
	struct guichet_err err = { 0 };
	for (int i = 0; i < desks; i++) {
		char token[64];
		uint8_t hash[32];
		token_of(i, token);
		api_token_hash(token, hash);
		if (db_run(db, &err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, scope_version, retired) "
			"VALUES(?1, ?2, 'poste', 'agent', '*', 0, 0, '0.1.0', 1, 0, 1, 0)", "ib", (int64_t)LOAD_FIRST_DEVICE + i, (const void *)hash, sizeof hash))
			die(err.message);
	}
}

void load_request(struct text *out, const char *method, const char *path, int desk, const char *body)
{
	char token[64];
	token_of(desk, token);
	text_addf(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n", method, path, token);
	if (body)
		text_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	text_addf(out, "\r\n%s", body ? body : "");
}

/* --- pushes --- */

static void seal(struct op *op, struct op_id id)
{
	uint8_t salt[OP_SALT] = { (uint8_t)id.dseq, (uint8_t)(id.dseq >> 8), (uint8_t)(id.dseq >> 16), (uint8_t)id.device };
	op->id = op->subject = id;
	if (op_seal(op, salt, NULL))
		die("an operation can't be sealed");
}

void load_one_push(struct text *out, int desk, uint64_t dseq)
{
	struct op ops[2];
	struct text body = TEXT_INIT;
	struct op_id person = { (uint32_t)(LOAD_FIRST_DEVICE + desk), dseq };
	char id[OP_ID_TEXT];
	op_init(&ops[0], OP_REQUESTER_CREATE, (struct op_id){ 0, 0 }, "s.martin", 1795000000000);
	op_personal_text(&ops[0], "name", "Jeanne Lefèvre");
	op_personal_text(&ops[0], "phone", "+33612345678");
	seal(&ops[0], person);
	op_init(&ops[1], OP_CREATE, (struct op_id){ 0, 0 }, "s.martin", 1795000000000);
	op_write_text(&ops[1], NULL, FIELD_STATUS, "new");
	op_write_text(&ops[1], NULL, FIELD_SERVICE, "voirie");
	op_id_format(person, id);
	op_write_text(&ops[1], NULL, FIELD_REQUESTER, id);
	op_fact_int(&ops[1], "reference", (int64_t)20000000 + desk * 1000000 + (int64_t)dseq);
	op_personal_text(&ops[1], "subject", "Nid de poule devant le numéro 12 de la rue des Lilas");
	op_personal_text(&ops[1], "description", "Trou profond d'une dizaine de centimètres, sur la voie de bus, signalé déjà la semaine dernière par un riverain.");
	seal(&ops[1], (struct op_id){ person.device, dseq + 1 });
	push_json(&body, 1, 0, ops, 2);
	load_request(out, "POST", "/v1/ops", desk, text_str(&body));
	text_done(&body);
	op_done(&ops[0]);
	op_done(&ops[1]);
}

struct client { const struct load_plan *plan; int number; struct text *pushes; double *ms; };

static void *push_all(void *context)
{
	struct client *c = context;
	int fd = load_connect(c->plan->port);
	for (size_t i = 0; i < c->plan->count; i++) {
		int64_t from = clock_monotonic_ns();
		int status = load_call(fd, c->pushes[i].data, c->pushes[i].len, NULL);
		c->ms[i] = (double)(clock_monotonic_ns() - from) / 1e6;
		if (status != 200) {
			fprintf(stderr, "bench: a push was answered %d\n", status);
			exit(70);
		}
	}
	close(fd);
	return NULL;
}

double load_push(const struct load_plan *plan, struct samples *out)
{
	struct client clients[LOAD_CLIENTS];
	pthread_t threads[LOAD_CLIENTS];
	for (int c = 0; c < plan->clients; c++) {
		clients[c] = (struct client){ plan, c, guichet_alloc(plan->count * sizeof(struct text)), guichet_alloc(plan->count * sizeof(double)) };
		for (size_t i = 0; i < plan->count; i++)
			load_one_push(&clients[c].pushes[i], c, plan->first + 2 * i);
	}
	int64_t from = clock_monotonic_ns();
	for (int c = 0; c < plan->clients; c++)
		if (pthread_create(&threads[c], NULL, push_all, &clients[c]))
			die("no thread");
	for (int c = 0; c < plan->clients; c++)
		pthread_join(threads[c], NULL);
	double seconds = (double)(clock_monotonic_ns() - from) / 1e9;
	for (int c = 0; c < plan->clients; c++) {
		for (size_t i = 0; i < plan->count; i++) {
			samples_put(out, clients[c].ms[i], false);
			text_done(&clients[c].pushes[i]);
		}
		free(clients[c].pushes);
		free(clients[c].ms);
	}
	return (double)plan->clients * (double)plan->count / seconds;
}

void load_ask(int port, const char *path, int desk, size_t count, struct samples *out)
{
	struct text ask = TEXT_INIT;
	int fd = load_connect(port);
	load_request(&ask, "GET", path, desk, NULL);
	for (size_t i = 0; i < count; i++) {
		int64_t from = clock_monotonic_ns();
		if (load_call(fd, ask.data, ask.len, NULL) != 200)
			die("a question was not answered");
		samples_put(out, (double)(clock_monotonic_ns() - from) / 1e6, false);
	}
	close(fd);
	text_done(&ask);
}
