// SPDX-License-Identifier: GPL-3.0-or-later
/* A PostgreSQL cluster for tests. It is run without pg_ctl: as a child it can be killed, waited for, and goes when the test goes. */
#include "postgres_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_TRIES = 600, PAUSE_MS = 100, CHILDREN_MAX = 256, WORDS_MAX = 32 };

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

/* One of its programs, as the cluster's owner; what it says goes to `log` in its folder. */
static pid_t launch(struct postgres_fixture *p, const char *const *words)
{
	char path[128];
	const char *own[WORDS_MAX] = { path };
	snprintf(path, sizeof path, "%s/%s", p->programs, words[0]);
	/* By its first word it looks for its neighbours: a name alone would be sought in PATH, where Debian does not put it. */
	for (int i = 1; i < WORDS_MAX - 1 && words[i]; i++)
		own[i] = words[i];
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	/* A new process's wish to go with its parent does not outlast a change of user: asked for after it. */
	if (geteuid() == 0 && (setgroups(0, NULL) || setgid(p->gid) || setuid(p->uid)))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (chdir(p->folder))
		_exit(126);
	int null = open("/dev/null", O_RDWR), log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(null, 0);
	dup2(log < 0 ? null : log, 1);
	dup2(log < 0 ? null : log, 2);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	signal(SIGPIPE, SIG_DFL);
	execv(path, (char *const *)(uintptr_t)own);
	_exit(127);
}

/* True when it ends well. */
static bool run(struct postgres_fixture *p, const char *const *words)
{
	int status = -1;
	pid_t pid = launch(p, words);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool ask(struct postgres_fixture *p, const char *sql)
{
	const char *const words[] = { "psql", "-X", "-h", p->folder, "-U", "guichet", "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, NULL };
	return run(p, words);
}

static bool make_folder(struct postgres_fixture *p)
{
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
	/* Its socket's name must stay short. */
	const char *place = getenv("TMPDIR");
	snprintf(p->folder, sizeof p->folder, "%.32s/guichet-pg-XXXXXX", place && strlen(place) <= 32 ? place : "/tmp");
	return mkdtemp(p->folder) && (geteuid() != 0 || chown(p->folder, p->uid, p->gid) == 0);
}

/* What it said, where it did not do what was wanted. */
static bool complain(const struct postgres_fixture *p, const char *what)
{
	char path[96], line[512];
	fprintf(stderr, "PostgreSQL %s in %s\n", what, p->folder);
	snprintf(path, sizeof path, "%s/log", p->folder);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		fprintf(stderr, "  %s", line);
	if (f)
		fclose(f);
	return false;
}

bool postgres_again(struct postgres_fixture *p)
{
	char data[96];
	snprintf(data, sizeof data, "%s/data", p->folder);
	/* Durability is what the tests of faults look at; elsewhere it only costs time. */
	const char *const serve[] = { "postgres", "-D", data, "-k", p->folder, "-c", "listen_addresses=", "-c", p->durable ? "fsync=on" : "fsync=off", "-c",
		"max_connections=60", "-c", "dynamic_shared_memory_type=mmap", "-c", "wal_level=replica", NULL };
	const char *const ready[] = { "pg_isready", "-q", "-h", p->folder, "-t", "1", NULL };
	p->pid = launch(p, serve);
	p->running = p->pid > 0;
	for (int i = 0; i < START_TRIES && p->running; i++) {
		if (run(p, ready))
			return true;
		if (waitpid(p->pid, NULL, WNOHANG) == p->pid)
			p->running = false;
		poll(NULL, 0, PAUSE_MS);
	}
	return complain(p, "does not start");
}

static bool start(struct postgres_fixture *p, bool durable)
{
	char data[96];
	memset(p, 0, sizeof *p);
	p->durable = durable;
	if (!make_folder(p))
		return false;
	snprintf(data, sizeof data, "%s/data", p->folder);
	const char *const make[] = { "initdb", "-D", data, "-U", "guichet", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", NULL };
	return run(p, make) ? postgres_again(p) : complain(p, "can't be made");
}

bool postgres_start(struct postgres_fixture *p)
{
	return start(p, false);
}

bool postgres_start_durable(struct postgres_fixture *p)
{
	return start(p, true);
}

bool postgres_schema(struct postgres_fixture *p, const char *name, char *conninfo, size_t room)
{
	char command[128];
	snprintf(command, sizeof command, "CREATE SCHEMA %s", name);
	snprintf(conninfo, room, "host=%s user=guichet dbname=postgres options=-csearch_path=%s", p->folder, name);
	return ask(p, command);
}

static void remove_all(const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", path, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

void postgres_stop(struct postgres_fixture *p)
{
	if (p->running) {
		kill(p->pid, SIGQUIT);
		waitpid(p->pid, NULL, 0);
	}
	p->running = false;
	if (p->folder[0])
		remove_all(p->folder);
	p->folder[0] = '\0';
}

/* --- killing --- */

/* What the kernel says of a process: its state, ' ' when it is gone, and who its parent is. */
static char look_at(int pid, int *parent)
{
	char path[64], line[512];
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *f = fopen(path, "r");
	const char *after = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	if (f)
		fclose(f);
	bool whole = after && strlen(after) > 4;
	*parent = whole ? (int)strtol(after + 4, NULL, 10) : -1;
	return whole ? after[2] : ' ';
}

void postgres_kill(struct postgres_fixture *p)
{
	int found[CHILDREN_MAX], count = 0;
	if (!p->running)
		return;
	/* Stopped, it makes no new ones while they are looked for. */
	kill(p->pid, SIGSTOP);
	DIR *dir = opendir("/proc");
	for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
		int pid = (int)strtol(e->d_name, NULL, 10), parent = -1;
		if (pid > 1 && count < CHILDREN_MAX)
			look_at(pid, &parent);
		if (parent == p->pid)
			found[count++] = pid;
	}
	if (dir)
		closedir(dir);
	for (int i = 0; i < count; i++)
		kill(found[i], SIGKILL);
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	/* The others are somebody else's to wait for: until none of them holds its memory any more. */
	for (int i = 0; i < count; i++)
		for (int turns = 0, parent; turns < START_TRIES && !strchr(" ZX", look_at(found[i], &parent)); turns++)
			poll(NULL, 0, 5);
	p->running = false;
}

/* --- a standby --- */

bool postgres_follow(struct postgres_fixture *p, struct postgres_fixture *primary)
{
	char data[96];
	if (!p->folder[0]) {
		memset(p, 0, sizeof *p);
		if (!make_folder(p))
			return false;
	}
	p->durable = primary->durable;
	snprintf(data, sizeof data, "%s/data", p->folder);
	remove_all(data);
	const char *const copy[] = { "pg_basebackup", "-h", primary->folder, "-U", "guichet", "-D", data, "-R", "-X", "stream", "-c", "fast", NULL };
	if (!run(p, copy))
		return complain(p, "can't be copied");
	if (!postgres_again(p) || !ask(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'") || !ask(primary, "SELECT pg_reload_conf()"))
		return complain(primary, "does not take a standby");
	for (int i = 0; i < START_TRIES; i++) {
		if (ask(primary, "DO $$ BEGIN IF NOT EXISTS(SELECT 1 FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) THEN RAISE 'not yet'; "
			"END IF; END $$"))
			return true;
		poll(NULL, 0, PAUSE_MS);
	}
	return complain(primary, "has no standby");
}

bool postgres_promote(struct postgres_fixture *p)
{
	return ask(p, "SELECT pg_promote(true, 60)") && ask(p, "ALTER SYSTEM RESET synchronous_standby_names") && ask(p, "SELECT pg_reload_conf()");
}
