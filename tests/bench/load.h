// SPDX-License-Identifier: GPL-3.0-or-later
/* Clients of a server, as many at once as wanted, over plain HTTP on loopback with connections that stay: what a bench of the server sends. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "guichet/base/text.h"
#include "guichet/server/db.h"
#include "measure.h"

enum { LOAD_CLIENTS = 16, LOAD_FIRST_DEVICE = 1000 };

int load_connect(int port);              /* ends the program when nobody answers */
void load_send(int fd, const char *bytes, size_t count);
/* The whole answer: its status, its body in `body` when given. -1: the connection ended. */
int load_receive(int fd, struct text *body);
int load_call(int fd, const char *bytes, size_t count, struct text *body);
/* METHOD PATH with the token of the n-th desk, and a JSON body or NULL. */
void load_request(struct text *out, const char *method, const char *path, int desk, const char *body);

/* A desk for each client in an empty database. */
void load_enrol(struct db *db, int desks);

/* Pushes of one request each (a person and a request): `count` for each of `clients`, from operation `first` of their desks on. */
struct load_plan { int port, clients; size_t count; uint64_t first; };
/* Sends them all; latencies of each in `out`. Requests a second. */
double load_push(const struct load_plan *plan, struct samples *out);
/* The same question again and again by one client; latencies in `out`. */
void load_ask(int port, const char *path, int desk, size_t count, struct samples *out);
/* One push as it is sent. */
void load_one_push(struct text *out, int desk, uint64_t dseq);

#endif
