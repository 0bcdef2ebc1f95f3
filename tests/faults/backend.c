// SPDX-License-Identifier: GPL-3.0-or-later
/* The server's side of a run of faults (backend.h). */
#include "backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS = 8, NGINX_TRIES = 100 };

static char *plain(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* The words that say which database, with a command's own after them. */
static void words_of(struct backend *b, char **words, const char *first, const char *second)
{
	words[0] = plain(b->guichetd);
	words[1] = plain(b->kind == BACKEND_SQLITE ? "--store" : "--postgres");
	words[2] = b->kind == BACKEND_SQLITE ? b->sqlite : b->postgres;
	words[3] = plain(first);
	words[4] = plain(second);
	words[5] = NULL;
}

bool backend_start_server(struct backend *b, int n)
{
	char *words[WORDS], listen[32];
	/* Behind nginx it must be found again where it was. */
	snprintf(listen, sizeof listen, "127.0.0.1:%d", b->kind == BACKEND_CLUSTER ? b->ports[n] : 0);
	words_of(b, words, "--listen", listen);
	if (!child_start(&b->servers[n], b->folder, CHILD_OUT, words))
		return false;
	char *line = child_wait_line(&b->servers[n], "(port "), *at = line ? strstr(line, "(port ") : NULL;
	if (at)
		b->ports[n] = (int)strtol(at + 6, NULL, 10);
	free(line);
	if (at && b->kind != BACKEND_CLUSTER)
		b->line->to_port = b->ports[n];
	return at != NULL;
}

void backend_kill_server(struct backend *b, int n)
{
	child_kill(&b->servers[n]);
}

void backend_kill_database(struct backend *b)
{
	postgres_kill(&b->clusters[b->primary]);
}

bool backend_revive_database(struct backend *b)
{
	if (b->kind == BACKEND_POSTGRES)
		return postgres_again(&b->clusters[b->primary]);
	int before = b->primary;
	b->primary = 1 - before;
	return postgres_promote(&b->clusters[b->primary]) && postgres_follow(&b->clusters[before], &b->clusters[b->primary]);
}

/* --- nginx --- */

static const char *find_nginx(void)
{
	static const char *const places[] = { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* The part of contrib/nginx that sends calls on is taken as it is; TLS is left out, the line before it is what gets bad. */
static bool write_nginx(struct backend *b, const char *path)
{
	char line[512];
	bool inside = false, any = false;
	FILE *from = fopen("contrib/nginx/guichetd.conf", "r"), *to = fopen(path, "w");
	if (!from || !to)
		return false;
	fprintf(to, "daemon off;\nmaster_process off;\nerror_log %s/nginx.log error;\npid %s/nginx.pid;\nevents { worker_connections 1024; }\nhttp {\naccess_log off;\n", b->folder,
		b->folder);
	static const char *const temps[] = { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" };
	for (int i = 0; i < 5; i++)
		fprintf(to, "%s_temp_path %s/nginx-%s;\n", temps[i], b->folder, temps[i]);
	fprintf(to, "upstream guichetd {\n");
	for (int i = 0; i < b->count; i++)
		fprintf(to, "server 127.0.0.1:%d;\n", b->ports[i]);
	fprintf(to, "keepalive 32;\n}\nserver {\nlisten 127.0.0.1:%d;\nclient_max_body_size 20m;\n", b->nginx_port);
	while (fgets(line, sizeof line, from)) {
		inside = inside || strstr(line, "location / {");
		if (inside)
			fputs(line, to);
		any = any || inside;
		if (inside && !strcmp(line, "\t}\n"))
			inside = false;
	}
	fprintf(to, "}\n}\n");
	fclose(from);
	return fclose(to) == 0 && any;
}

static bool start_nginx(struct backend *b)
{
	char path[192];
	int fd = proxy_listen(&b->nginx_port);
	close(fd);
	snprintf(path, sizeof path, "%s/nginx.conf", b->folder);
	char *const words[] = { plain(find_nginx()), plain("-c"), path, plain("-p"), b->folder, NULL };
	if (fd < 0 || !write_nginx(b, path) || !child_start(&b->nginx, b->folder, 0, words))
		return false;
	b->line->to_port = b->nginx_port;
	return true;
}

/* --- all of it --- */

static const char *start_cluster(struct backend *b)
{
	if (b->kind == BACKEND_CLUSTER && !find_nginx())
		return "nginx is not here";
	if (!postgres_start_durable(&b->clusters[0]))
		return "PostgreSQL is not here";
	if (b->kind == BACKEND_POSTGRES) {
		snprintf(b->postgres, sizeof b->postgres, "host=%s user=guichet dbname=postgres", b->clusters[0].folder);
		return NULL;
	}
	if (!postgres_follow(&b->clusters[1], &b->clusters[0]))
		return "PostgreSQL takes no standby";
	snprintf(b->postgres, sizeof b->postgres, "host=%s,%s user=guichet dbname=postgres target_session_attrs=read-write", b->clusters[0].folder,
		b->clusters[1].folder);
	for (int i = 0; i < b->count; i++) {
		int fd = proxy_listen(&b->ports[i]);
		if (fd < 0)
			return "no free port";
		close(fd);
	}
	return NULL;
}

const char *backend_start(struct backend *b, enum backend_kind kind, const char *folder, const char *guichetd, int servers, struct proxy_shared *line)
{
	*b = (struct backend){ .kind = kind, .guichetd = guichetd, .count = servers, .line = line };
	snprintf(b->folder, sizeof b->folder, "%s/server", folder);
	snprintf(b->sqlite, sizeof b->sqlite, "%s/central.db", b->folder);
	if (mkdir(b->folder, 0755))
		return "no folder";
	const char *why = kind == BACKEND_SQLITE ? NULL : start_cluster(b);
	for (int i = 0; i < b->count && !why; i++)
		why = backend_start_server(b, i) ? NULL : "guichetd does not start";
	if (!why && kind == BACKEND_CLUSTER && !start_nginx(b))
		why = "nginx does not start";
	return why;
}

void backend_stop(struct backend *b)
{
	child_kill(&b->nginx);
	for (int i = 0; i < b->count; i++)
		child_kill(&b->servers[i]);
	for (int i = 0; i < 2; i++)
		postgres_stop(&b->clusters[i]);
}

bool backend_enrol_code(struct backend *b, const char *name, char *code, size_t room)
{
	char *words[12];
	static const char *const command[] = { "admin", "enrol-code", "--role", "agent", "--name" };
	words_of(b, words, NULL, NULL);
	int n = 3;
	for (int i = 0; i < 5; i++)
		words[n++] = plain(command[i]);
	words[n++] = plain(name);
	words[n] = NULL;
	return child_run(b->folder, words, code, room) == 0 && code[0];
}

struct db *backend_open(struct backend *b)
{
	struct guichet_err err = { 0 };
	struct db *db = NULL;
	const struct db_options options = { .sqlite = b->kind == BACKEND_SQLITE ? b->sqlite : NULL, .postgres = b->kind == BACKEND_SQLITE ? NULL : b->postgres };
	if (db_open(&options, &db, &err))
		fprintf(stderr, "%s\n", err.message);
	return db;
}
