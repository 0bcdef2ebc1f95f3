// SPDX-License-Identifier: GPL-3.0-or-later
/* See office.h. */
#include "office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void beside(char *path, size_t room, const char *name)
{
	ssize_t length = readlink("/proc/self/exe", path, room - 32);
	path[length > 0 ? length : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (slash)
		snprintf(slash + 1, room - (size_t)(slash + 1 - path), "%s", name);
}

void office_place(const struct office *o, struct place *p, const char *name)
{
	char *top = getcwd(NULL, 0);
	snprintf(p->home, sizeof p->home, "%s/%s", o->folder, name);
	snprintf(p->words[0], sizeof p->words[0], "HOME=%s", p->home);
	snprintf(p->words[1], sizeof p->words[1], "XDG_DATA_HOME=%s/data", p->home);
	snprintf(p->words[2], sizeof p->words[2], "XDG_CONFIG_HOME=%s/config", p->home);
	snprintf(p->words[3], sizeof p->words[3], "XDG_STATE_HOME=%s/state", p->home);
	snprintf(p->words[4], sizeof p->words[4], "GUICHET_DATADIR=%s/data", top ? top : ".");
	snprintf(p->words[5], sizeof p->words[5], "LC_ALL=C.UTF-8");
	snprintf(p->words[6], sizeof p->words[6], "TZ=XXX-13");
	snprintf(p->words[7], sizeof p->words[7], "LANGUAGE");
	snprintf(p->words[8], sizeof p->words[8], "GUICHET_NOW");
	snprintf(p->words[9], sizeof p->words[9], "ACCESSIBLE");
	free(top);
	for (int i = 0; i < PLACE_WORDS; i++)
		p->environment[i] = p->words[i];
	p->environment[PLACE_WORDS] = NULL;
}

static void become(const struct office *o, const struct place *p, const char *script)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)script, NULL };
	for (int i = 0; p && i < PLACE_WORDS; i++) {
		if (strchr(p->environment[i], '='))
			putenv((char *)(uintptr_t)p->environment[i]);
		else
			unsetenv(p->environment[i]);
	}
	setenv("G", o->guichet, 1);
	setenv("D", o->guichetd, 1);
	setenv("W", o->folder, 1);
	execv("/bin/sh", argv);
	_exit(127);
}

void office_at(struct office *o, const struct place *p, const char *format, ...)
{
	struct text script = TEXT_INIT;
	char bytes[4096];
	int fds[2], status = -1;
	ssize_t got;
	va_list args;
	va_start(args, format);
	text_addv(&script, format, args);
	va_end(args);
	text_clear(&o->said);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		become(o, p, text_str(&script));
	}
	close(fds[1]);
	while ((got = read(fds[0], bytes, sizeof bytes)) > 0)
		text_addn(&o->said, bytes, (size_t)got);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s: %s", text_str(&script), text_str(&o->said));
	text_done(&script);
}

void office_start_server(struct office *o)
{
	char line[256] = "", script[256];
	snprintf(script, sizeof script, "exec \"$D\" --config \"$W/guichetd.ini\" --store \"$W/central.db\" --listen 127.0.0.1:%d 2>\"$W/server.err\"", o->port);
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	o->server = fork();
	if (o->server == 0) {
		dup2(fds[1], 1);
		become(o, NULL, script);
	}
	close(fds[1]);
	FILE *out = fdopen(fds[0], "r");
	const char *found = NULL;
	while (out && !found && fgets(line, sizeof line, out))
		found = strstr(line, "(port ");
	assert_non_null(found);
	o->port = atoi(found + 6);
	fclose(out);
}

void office_stop_server(struct office *o)
{
	if (o->server > 0) {
		kill(o->server, SIGKILL);
		waitpid(o->server, NULL, 0);
	}
	o->server = 0;
}

void office_open(struct office *o, const char *policy)
{
	memset(o, 0, sizeof *o);
	snprintf(o->folder, sizeof o->folder, "/tmp/guichet-office-XXXXXX");
	assert_non_null(mkdtemp(o->folder));
	beside(o->guichet, sizeof o->guichet, "../guichet");
	beside(o->guichetd, sizeof o->guichetd, "../guichetd");
	beside(o->moment, sizeof o->moment, "moment.so");
	office_at(o, NULL, "printf '[policy]\\n%s\\n' >\"$W/guichetd.ini\"", policy);
	office_start_server(o);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

void office_close(struct office *o)
{
	office_stop_server(o);
	text_done(&o->said);
	nftw(o->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void office_enrol(struct office *o, struct place *p, const char *name, const char *role, const char *ini)
{
	office_place(o, p, name);
	office_at(o, p, "mkdir \"$HOME\" && \"$G\" init && printf '%%s\\n' '%s' >>\"$XDG_CONFIG_HOME/guichet/guichet.ini\" && "
		"\"$G\" enrol http://127.0.0.1:%d $(\"$D\" --config \"$W/guichetd.ini\" --store \"$W/central.db\" admin enrol-code --name %s --role %s)", ini,
		o->enrol_port ? o->enrol_port : o->port, name, role);
}

void office_sees(struct pty *p, const char *text)
{
	if (!pty_wait(p, text))
		fail_msg("not seen: %s", text);
}

void office_types(struct pty *p, const char *keys, const char *then)
{
	pty_type(p, keys);
	office_sees(p, then);
}
