// SPDX-License-Identifier: GPL-3.0-or-later
/* A PostgreSQL cluster for tests. */
#include "postgres_fixture.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The newest of the installed ones. */
static bool find_programs(struct postgres_fixture *p)
{
	glob_t found;
	bool any = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0 && found.gl_pathc > 0;
	if (any) {
		const char *path = found.gl_pathv[found.gl_pathc - 1];
		snprintf(p->programs, sizeof p->programs, "%.*s", (int)(strlen(path) - strlen("/initdb")), path);
	}
	globfree(&found);
	return any;
}

/* Runs one of its programs as the cluster's owner, silently; true when it ends well. */
static bool run(struct postgres_fixture *p, const char *const *words)
{
	char path[128];
	int status = -1;
	snprintf(path, sizeof path, "%s/%s", p->programs, words[0]);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int i = 0; i < 3; i++)
			dup2(null, i);
		if (geteuid() == 0 && (setgroups(0, NULL) || setgid(p->gid) || setuid(p->uid)))
			_exit(126);
		if (chdir(p->folder))
			_exit(126);
		execv(path, (char *const *)(uintptr_t)words);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool postgres_start(struct postgres_fixture *p)
{
	char data[96], options[192];
	memset(p, 0, sizeof *p);
	p->uid = geteuid();
	p->gid = getegid();
	if (!find_programs(p)) {
		fprintf(stderr, "no PostgreSQL under /usr/lib/postgresql\n");
		return false;
	}
	const struct passwd *other = getpwnam("postgres");
	if (p->uid == 0 && !other)
		other = getpwnam("nobody");
	if (p->uid == 0 && other) {
		p->uid = other->pw_uid;
		p->gid = other->pw_gid;
	}
	snprintf(p->folder, sizeof p->folder, "/tmp/guichet-pg-XXXXXX");
	if (!mkdtemp(p->folder) || (geteuid() == 0 && chown(p->folder, p->uid, p->gid)))
		return false;
	snprintf(data, sizeof data, "%s/data", p->folder);
	/* Durability is what the server's tests of faults look at; here it only costs time. */
	snprintf(options, sizeof options, "-k %s -c listen_addresses= -c fsync=off -c max_connections=60", p->folder);
	const char *const make[] = { "initdb", "-D", data, "-U", "guichet", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", NULL };
	const char *const start[] = { "pg_ctl", "-D", data, "-o", options, "-l", "log", "-w", "-t", "60", "start", NULL };
	p->running = run(p, make) && run(p, start);
	if (!p->running)
		fprintf(stderr, "PostgreSQL does not start in %s\n", p->folder);
	return p->running;
}

bool postgres_schema(struct postgres_fixture *p, const char *name, char *conninfo, size_t room)
{
	char command[128];
	snprintf(command, sizeof command, "CREATE SCHEMA %s", name);
	const char *const words[] = { "psql", "-h", p->folder, "-U", "guichet", "-d", "postgres", "-q", "-c", command, NULL };
	snprintf(conninfo, room, "host=%s user=guichet dbname=postgres options=-csearch_path=%s", p->folder, name);
	return run(p, words);
}

void postgres_stop(struct postgres_fixture *p)
{
	char data[96];
	snprintf(data, sizeof data, "%s/data", p->folder);
	const char *const stop[] = { "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", NULL };
	if (p->running)
		run(p, stop);
	p->running = false;
	if (p->folder[0] && fork() == 0) {
		execlp("rm", "rm", "-rf", p->folder, (char *)NULL);
		_exit(127);
	}
	wait(NULL);
}
