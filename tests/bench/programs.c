// SPDX-License-Identifier: GPL-3.0-or-later
/* See programs.h. Must not know what is measured. */
#include "programs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(70);
}

static char *plain(const char *text)
{
	return (char *)(uintptr_t)text;
}

static const char *find_guichetd(void)
{
	static char path[4096];
	const char *guichet = getenv("GUICHET"), *slash = guichet ? strrchr(guichet, '/') : NULL;
	if (!slash)
		die("GUICHET names no program");
	snprintf(path, sizeof path, "%.*s/guichetd", (int)(slash - guichet), guichet);
	return path;
}

struct server programs_start_server(const char *sqlite, const char *postgres, const char *config, int port)
{
	struct server s = { 0 };
	char line[256];
	int out[2];
	if (pipe(out))
		die("no pipe");
	s.pid = fork();
	if (s.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		int null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		const char *path = find_guichetd();
		char address[32];
		snprintf(address, sizeof address, "127.0.0.1:%d", port);
		char *const words[] = { plain(path), plain(sqlite ? "--store" : "--postgres"), plain(sqlite ? sqlite : postgres), plain("--listen"), address,
			config ? plain("--config") : NULL, plain(config), NULL };
		execv(path, words);
		_exit(127);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	const char *at = f && fgets(line, sizeof line, f) ? strstr(line, "(port ") : NULL;
	s.port = at ? (int)strtol(at + 6, NULL, 10) : 0;
	if (f)
		fclose(f);
	if (!s.port)
		die("guichetd does not start");
	return s;
}

void programs_stop_server(struct server *s)
{
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static int run_words(const char *home, const char *input, char *const *words)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		static const char *const names[] = { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME" };
		int in = open(input, O_RDONLY), null = open("/dev/null", O_WRONLY);
		dup2(in, 0);
		dup2(null, 1);
		dup2(null, 2);
		for (int i = 0; i < 4; i++)
			setenv(names[i], home, 1);
		execv(words[0], words);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int programs_run(const char *home, const char *input, const char *command)
{
	char *const words[] = { plain(getenv("GUICHET")), plain(command), NULL };
	return run_words(home, input, words);
}

static void get_code(const char *central, char *code, size_t room)
{
	int out[2];
	const char *path = find_guichetd();
	if (pipe(out))
		die("no pipe");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		execl(path, path, "--store", central, "admin", "enrol-code", "--role", "agent", "--name", "poste", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	ssize_t got = read(out[0], code, room - 1);
	code[got > 0 ? got : 0] = '\0';
	code[strcspn(code, "\n")] = '\0';
	close(out[0]);
	waitpid(pid, NULL, 0);
}

void programs_make_desk(const char *central, int port, const char *home)
{
	char url[64], code[128];
	snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
	get_code(central, code, sizeof code);
	char *const enrol[] = { plain(getenv("GUICHET")), plain("enrol"), url, code, NULL };
	if (programs_run(home, "/dev/null", "init") || run_words(home, "/dev/null", enrol))
		die("the desk can't be made");
}

void programs_write_calls(const char *path, int first, int count)
{
	FILE *f = fopen(path, "w");
	if (!f)
		die("no file");
	for (int i = first; i < first + count; i++)
		fprintf(f, "log --channel phone --category nid-de-poule --subject 'Trou n° %d rue des Lilas' --name 'Garnier %d' --phone 06%08d\n", i, i, i * 17);
	fclose(f);
}
