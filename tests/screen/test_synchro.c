// SPDX-License-Identifier: GPL-3.0-or-later
/* Two desks and a real server: one works on its screens in a pseudo-terminal, the other by commands. What comes while one looks, what waits while the server is away,
 * and a conflict that both find and one settles. Time is the machine's: each wait is for something to be seen.
 */
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

#include "guichet/base/text.h"
#include "pty.h"

enum { WORDS = 8 };

/* `one` is on its screens as s.martin; `two` types commands as p.durand, and supervises as c.lefevre. */
struct place { char home[160], words[WORDS][256]; const char *environment[WORDS + 1]; };
static struct { char folder[64], guichet[4096], guichetd[4096]; pid_t server; int port; struct place one, two; struct text said; } w;

static void beside(char *path, size_t room, const char *name)
{
	ssize_t length = readlink("/proc/self/exe", path, room - 32);
	path[length > 0 ? length : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (slash)
		snprintf(slash + 1, room - (size_t)(slash + 1 - path), "%s", name);
}

static void place_make(struct place *p, const char *name)
{
	char *top = getcwd(NULL, 0);
	snprintf(p->home, sizeof p->home, "%s/%s", w.folder, name);
	snprintf(p->words[0], sizeof p->words[0], "HOME=%s", p->home);
	snprintf(p->words[1], sizeof p->words[1], "XDG_DATA_HOME=%s/data", p->home);
	snprintf(p->words[2], sizeof p->words[2], "XDG_CONFIG_HOME=%s/config", p->home);
	snprintf(p->words[3], sizeof p->words[3], "XDG_STATE_HOME=%s/state", p->home);
	snprintf(p->words[4], sizeof p->words[4], "GUICHET_DATADIR=%s/data", top ? top : ".");
	snprintf(p->words[5], sizeof p->words[5], "LC_ALL=C.UTF-8");
	snprintf(p->words[6], sizeof p->words[6], "TZ=XXX-13");
	snprintf(p->words[7], sizeof p->words[7], "LANGUAGE");
	free(top);
	for (int i = 0; i < WORDS; i++)
		p->environment[i] = p->words[i];
	p->environment[WORDS] = NULL;
}

static void become(const struct place *p, const char *script)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)script, NULL };
	for (int i = 0; p && i < WORDS; i++) {
		if (strchr(p->environment[i], '='))
			putenv((char *)(uintptr_t)p->environment[i]);
		else
			unsetenv(p->environment[i]);
	}
	setenv("G", w.guichet, 1);
	setenv("D", w.guichetd, 1);
	setenv("W", w.folder, 1);
	execv("/bin/sh", argv);
	_exit(127);
}

/* A few commands at a place; fails the test when the last one does not end well. What they say is in w.said. */
static void at(const struct place *p, const char *format, ...)
{
	struct text script = TEXT_INIT;
	char bytes[4096];
	int fds[2], status = -1;
	ssize_t got;
	va_list args;
	va_start(args, format);
	text_addv(&script, format, args);
	va_end(args);
	text_clear(&w.said);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		become(p, text_str(&script));
	}
	close(fds[1]);
	while ((got = read(fds[0], bytes, sizeof bytes)) > 0)
		text_addn(&w.said, bytes, (size_t)got);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s: %s", text_str(&script), text_str(&w.said));
	text_done(&script);
}

static void server_start(void)
{
	char line[256] = "", script[256];
	snprintf(script, sizeof script, "exec \"$D\" --store \"$W/central.db\" --listen 127.0.0.1:%d 2>\"$W/server.err\"", w.port);
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	w.server = fork();
	if (w.server == 0) {
		dup2(fds[1], 1);
		become(NULL, script);
	}
	close(fds[1]);
	FILE *out = fdopen(fds[0], "r");
	const char *found = NULL;
	while (out && !found && fgets(line, sizeof line, out))
		found = strstr(line, "(port ");
	assert_non_null(found);
	w.port = atoi(found + 6);
	fclose(out);
}

static void server_stop(void)
{
	if (w.server > 0) {
		kill(w.server, SIGKILL);
		waitpid(w.server, NULL, 0);
	}
	w.server = 0;
}

static void enrol(struct place *p, const char *name, const char *role)
{
	place_make(p, name);
	at(p, "mkdir \"$HOME\" && \"$G\" init && printf 'may_act = \"*\"\\n[account:s.martin]\\nname = \"S. Martin\"\\nroles = \"agent\"\\n[account:p.durand]\\nroles = \"agent\"\\n"
		"[account:c.lefevre]\\nroles = \"supervisor\"\\n' >>\"$XDG_CONFIG_HOME/guichet/guichet.ini\" && "
		"\"$G\" enrol http://127.0.0.1:%d $(\"$D\" --store \"$W/central.db\" admin enrol-code --name %s --role %s)", w.port, name, role);
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	snprintf(w.folder, sizeof w.folder, "/tmp/guichet-synchro-XXXXXX");
	if (!mkdtemp(w.folder))
		return -1;
	beside(w.guichet, sizeof w.guichet, "../guichet");
	beside(w.guichetd, sizeof w.guichetd, "../guichetd");
	server_start();
	enrol(&w.one, "un", "agent");
	enrol(&w.two, "deux", "supervisor");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	server_stop();
	text_done(&w.said);
	nftw(w.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	return 0;
}

static void sees(struct pty *p, const char *text)
{
	if (!pty_wait(p, text))
		fail_msg("not seen: %s", text);
}

static void types(struct pty *p, const char *keys, const char *then)
{
	pty_type(p, keys);
	sees(p, then);
}

/* The one desk as its user sees it; the reference of a request that both hold. */
static void open_screens(struct pty *p, char reference[16])
{
	char *argv[] = { w.guichet, (char *)(uintptr_t)"--as", (char *)(uintptr_t)"s.martin", NULL }, command[64];
	at(&w.two, "\"$G\" --as p.durand --json log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' >\"$HOME/logged\" && \"$G\" sync >\"$HOME/synced\" && "
		"sed 's/.*\"service_request_id\": *\"\\([0-9]*\\)\".*/\\1/' \"$HOME/logged\"");
	snprintf(reference, 16, "%.10s", text_str(&w.said));
	at(&w.one, "\"$G\" sync");
	assert_true(pty_start(p, 24, 80, "xterm-256color", w.one.environment, argv));
	sees(p, "en ligne");
	pty_type(p, ":");
	pty_settle(p, 50);
	snprintf(command, sizeof command, "ouvrir %s\r", reference);
	types(p, command, "Trou rue des Lilas");
}

/* Protects: what another desk does to the request that one looks at is shown at once, and who did it. */
static void test_shown_while_looking(void **state)
{
	struct pty p;
	char reference[16];
	(void)state;
	open_screens(&p, reference);
	at(&w.two, "\"$G\" --as p.durand edit %s place_detail='devant le 3' && \"$G\" sync", reference);
	sees(&p, "vient de changer : p.durand");
	sees(&p, "devant le 3");
	pty_done(&p);
}

/* Protects: while the server is away work goes on, is shown as unsent, with the reason; back, one key sends it; what was written on both sides at once is found by both,
 * settled by one choice, and both stores say the same. */
static void test_away_and_back(void **state)
{
	struct pty p;
	char reference[16];
	(void)state;
	open_screens(&p, reference);
	server_stop();
	types(&p, "t", "Transmettre à");
	pty_type(&p, "nettoyage");
	sees(&p, "Nettoyage");
	types(&p, "\r", "transmise   1 à envoyer");
	sees(&p, "1 à envoyer");
	sees(&p, "HORS LIGNE");
	types(&p, "Y", "HORS LIGNE, tout est gardé");
	sees(&p, "le serveur ne répond pas");
	sees(&p, "transmise au service · s.martin");
	at(&w.two, "\"$G\" --as p.durand route %s dechets", reference);
	server_start();
	types(&p, "s", "en ligne");
	sees(&p, "0 à envoyer");
	at(&w.two, "\"$G\" sync && \"$G\" conflicts");
	assert_non_null(strstr(text_str(&w.said), "ou       Nettoyage : s.martin"));
	sees(&p, "conflits 1");
	sees(&p, "Gestion des déchets (affichée) · p.durand");
	types(&p, "R", "quelle valeur garder");
	pty_type(&p, "nettoyage");
	pty_settle(&p, 50);
	types(&p, "\r", "garder « Nettoyage »");
	types(&p, "o", "conflit réglé");
	if (!pty_wait_gone(&p, "conflits 1"))
		fail_msg("the conflict stays");
	sees(&p, "0 à envoyer");
	at(&w.two, "\"$G\" sync && \"$G\" conflicts");
	assert_non_null(strstr(text_str(&w.said), "Aucun conflit"));
	/* Whole once both have read the other's: the screens are closed for it. */
	pty_done(&p);
	at(&w.one, "\"$G\" sync >/dev/null; \"$G\" verify --hash >\"$W/a\"");
	at(&w.two, "\"$G\" sync >/dev/null; \"$G\" verify --hash >\"$W/b\"");
	at(&w.two, "cat \"$W/a\" && cmp \"$W/a\" \"$W/b\"");
	print_message("%s", text_str(&w.said));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shown_while_looking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_away_and_back, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
