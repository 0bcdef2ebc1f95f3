// SPDX-License-Identifier: GPL-3.0-or-later
/* The kiosk: figures on a wall, read-only, over a real sshd with the snippet that ships; what a client may ask, send
 * or type there, and what it costs to stand still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desk.h"
#include "guichet/base/clock.h"
#include "ssh.h"

static struct desk template;

static int make_template(void **state)
{
	(void)state;
	return desk_make(&template, 60) ? 0 : -1;
}

static int drop_template(void **state)
{
	(void)state;
	desk_done(&template);
	return 0;
}

static struct ssh_host host;

/* Whatever became of the test. */
static int stop(void **state)
{
	(void)state;
	if (*host.folder)
		ssh_stop(&host);
	*host.folder = '\0';
	return 0;
}

static void start(const char *roles)
{
	const char *missing = ssh_missing();
	if (missing) {
		print_message("skipped: %s\n", missing);
		skip();
	}
	assert_true(ssh_start(&host, template.guichet, template.store, roles));
}

#define SSH_RUN(h, program, ...) ssh_run(h, program, (const char *const[]){__VA_ARGS__, NULL})
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool says(const char *text)
{
	return strstr(text_str(&host.said), text) != NULL;
}

/* Protects: who signs in stands before the figures, on a terminal that is then given back; the bottom line offers
 * nothing that writes. */
static void opens(void **state)
{
	struct pty p;
	(void)state;
	start("kiosk");
	assert_true(ssh_open(&host, &p, "xterm-256color", NULL, NULL));
	assert_true(pty_wait(&p, "Tableau des délais · 30 jours"));
	assert_true(pty_wait(&p, "lecture seule"));
	assert_true(vt_find(&p.vt, "Voirie") >= 0);
	assert_true(vt_find(&p.vt, "Appel") < 0);
	assert_int_equal(ssh_guichets(&host), 1);
	pty_type(&p, "M");
	assert_true(pty_wait(&p, "Commune"));
	pty_type(&p, "H");
	assert_true(pty_wait(&p, "Affluence"));
	pty_type(&p, "\x11");
	assert_true(pty_wait_end(&p));
	assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0);
	assert_false(p.vt.alternate);
	assert_int_equal(ssh_guichets(&host), 0);
	pty_done(&p);
}

/* Protects: the machine behind the kiosk. What a client asks for beside the screens is refused: commands, files,
 * tunnels. */
static void refuses_what_clients_ask(void **state)
{
	char taken[128], remote[128];
	struct stat info;
	struct pty p;
	(void)state;
	start("kiosk");
	int refused = SSH_RUN(&host, "ssh", host.target, "cat", "/etc/passwd");
	if (refused != 77)
		fail_msg("%d: %s", refused, text_str(&host.said));
	assert_true(says("des écrans et rien d'autre"));
	assert_false(says("root:"));
	assert_int_equal(SSH_RUN(&host, "ssh", host.target), 77);
	/* With a terminal the command is not looked at. */
	assert_true(ssh_open(&host, &p, "xterm", NULL, WORDS("cat /etc/passwd; sleep 100")));
	assert_true(pty_wait(&p, "Tableau des délais"));
	assert_true(vt_find(&p.vt, "root:") < 0);
	pty_type(&p, "\x11");
	assert_true(pty_wait_end(&p));
	pty_done(&p);
	snprintf(taken, sizeof taken, "%s/taken", host.folder);
	snprintf(remote, sizeof remote, "%s:/etc/passwd", host.target);
	assert_int_not_equal(SSH_RUN(&host, "scp", remote, taken), 0);
	assert_int_equal(stat(taken, &info), -1);
	assert_int_not_equal(SSH_RUN(&host, "scp", "-O", remote, taken), 0);
	assert_int_equal(stat(taken, &info), -1);
	assert_int_not_equal(SSH_RUN(&host, "scp", "contrib/ssh/guichet-ecran.conf", remote), 0);
	assert_int_not_equal(SSH_RUN(&host, "sftp", host.target), 0);
	assert_int_not_equal(SSH_RUN(&host, "ssh", "-s", host.target, "sftp"), 0);
	/* Tunnels: out of the machine, and into it. */
	assert_int_equal(SSH_RUN(&host, "ssh", "-W", "127.0.0.1:22", host.target), 255);
	assert_true(says("forwarding failed") || says("administratively prohibited"));
	assert_int_equal(
		SSH_RUN(&host, "ssh", "-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", host.target), 255);
	assert_true(says("forwarding failed"));
	assert_int_equal(ssh_guichets(&host), 0);
}

/* Protects: what a client sends as its environment changes neither the clock, nor the store, nor the language; its
 * terminal's name is a name and no command. */
static void ignores_what_clients_send(void **state)
{
	static const char *const sent[] = {"-o",
		"SetEnv=GUICHET_NOW=2001-02-03T04:05 GUICHET_DATADIR=/ LC_ALL=C LANG=en_US LC_MESSAGES=en XDG_DATA_HOME=/ HOME=/",
		NULL};
	char term[400], made[128];
	struct stat info;
	struct pty p;
	(void)state;
	start("kiosk");
	assert_true(ssh_open(&host, &p, "xterm-256color", sent, NULL));
	assert_true(pty_wait(&p, "Tableau des délais"));
	assert_true(vt_find(&p.vt, "03/02") < 0);
	assert_true(vt_find(&p.vt, "Voirie") >= 0);
	pty_type(&p, "\x11");
	assert_true(pty_wait_end(&p));
	pty_done(&p);
	snprintf(made, sizeof made, "%s/home/made", host.folder);
	chmod(host.folder, 0777);
	snprintf(term, sizeof term, "$(touch %s)\"; touch %s; echo \"", made, made);
	assert_true(ssh_open(&host, &p, term, NULL, NULL));
	/* Of a terminal that nobody knows only ASCII is expected. */
	assert_true(pty_wait(&p, "Tableau des delais"));
	pty_type(&p, "\x11");
	assert_true(pty_wait_end(&p));
	assert_int_equal(stat(made, &info), -1);
	pty_done(&p);
}

/* Until the cursor stands (or no longer stands) on the line where one types. */
static void wait_prompt(struct pty *p, bool there)
{
	int64_t until = clock_monotonic_ns() + (int64_t)PTY_PATIENCE_MS * 1000000;
	while ((p->vt.row == p->vt.rows - 3) != there && clock_monotonic_ns() < until)
		pty_settle(p, 20);
	assert_int_equal(p->vt.row == p->vt.rows - 3, there);
}

/* A `:` command; all at once it would be a text that is looked for. */
static void command(struct pty *p, const char *line, const char *answer)
{
	pty_type(p, ":");
	wait_prompt(p, true);
	pty_type(p, line);
	pty_type(p, "\r");
	wait_prompt(p, false);
	if (!pty_wait(p, answer))
		fail_msg("« :%s »: not « %s »", line, answer);
}

/* Protects: no key leads out of the screens: no suspending, no shell, nothing that writes, no file; of a
 * supervisor's account too, who sees requests. */
static void keys_lead_nowhere(void **state)
{
	static const struct {
		const char *line, *answer;
	} unknown[] = {{"!sh", "« !sh » : commande inconnue"}, {"shell", "« shell » : commande inconnue"},
		{"!", "« ! » : commande inconnue"}, {"edit", "« edit » : commande inconnue"},
		{"backup /tmp/x", "« backup » : commande inconnue"}, {"init", "« init » : commande inconnue"}};
	static const char letters[] = "potdrcwfvkiglamzyub",
					  *const windows[] = {
						  "[À risque]", "[D'ici ce soir]", "[D'ici dimanche]", "[Toutes]", "[En retard]"};
	static const char *const written[] = {"appel", "exporter", "log"};
	struct pty p;
	struct stat before, after;
	char store[128];
	(void)state;
	start("kiosk, supervisor");
	snprintf(store, sizeof store, "%s/desk.db", host.folder);
	assert_int_equal(stat(store, &before), 0);
	assert_true(ssh_open(&host, &p, "xterm-256color", NULL, NULL));
	assert_true(pty_wait(&p, "À faire"));
	pty_type(&p, "S");
	assert_true(pty_wait(&p, "Tableau des délais"));
	pty_type(&p, "\x1a!\x1c");
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		command(&p, unknown[i].line, unknown[i].answer);
	for (size_t i = 0; i < sizeof written / sizeof *written; i++)
		command(&p, written[i], "lecture seule");
	/* Two letters at once would be a text: an arrow goes between them. */
	pty_type(&p, "X\033[C");
	assert_true(pty_wait(&p, "lecture seule : rien ne s'enregistre"));
	/* A list's letters: none of them begins to ask. */
	pty_type(&p, "E");
	assert_true(pty_wait(&p, "Échéances"));
	for (int i = 0; letters[i]; i++) {
		pty_send(&p, &letters[i], 1);
		pty_type(&p, "\033[C");
		assert_true(pty_wait(&p, windows[i % 5]));
		assert_true(vt_find(&p.vt, "lecture seule : rien ne s'enregistre") >= 0);
		assert_true(vt_find(&p.vt, "(o/N)") < 0);
	}
	assert_true(pty_wait(&p, "Échéances"));
	assert_int_equal(ssh_guichets(&host), 1);
	assert_int_equal(stat(store, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	pty_type(&p, "\x11");
	assert_true(pty_wait_end(&p));
	pty_done(&p);
}

/* Protects: nothing is left behind when the connection goes: a client killed, a terminal closed. */
static void ends_with_the_connection(void **state)
{
	struct pty p;
	(void)state;
	start("kiosk");
	for (int how = 0; how < 2; how++) {
		assert_true(ssh_open(&host, &p, "xterm-256color", NULL, NULL));
		assert_true(pty_wait(&p, "Tableau des délais"));
		assert_int_equal(ssh_guichets(&host), 1);
		if (how == 0)
			kill(p.pid, SIGKILL);
		else
			pty_hang_up(&p);
		assert_true(ssh_wait_gone(&host));
		pty_done(&p);
	}
}

/* Protects: the line mode of a kiosk, for those who need it: it writes nothing, reads nobody's folders, tells no
 * file's name, and is not suspended. */
static void line_mode(void **state)
{
	struct desk d;
	struct pty p;
	(void)state;
	assert_true(desk_copy(&d, &template));
	d.environment[d.count] = NULL;
	assert_true(pty_start(&p, 24, 80, "xterm", d.environment, (char *[]){d.guichet, "--read-only", "--line", NULL}));
	assert_true(pty_wait(&p, "EXERCICE guichet"));
	pty_type(&p, "export -o /tmp/guichet-kiosk-x\r");
	assert_true(pty_wait(&p, "« export -o » écrit un fichier"));
	pty_type(&p, "backup /tmp/guichet-kiosk-x\r");
	assert_true(pty_wait(&p, "« backup » écrit un fichier"));
	pty_type(&p, "note 12 x\r");
	assert_true(pty_wait(&p, "« note » écrit dans le dépôt"));
	pty_type(&p, "catalogue check /etc\r");
	assert_true(pty_wait(&p, "aucun dossier de ce poste"));
	pty_type(&p, "catalogue check /etc/pass\tZ");
	assert_true(pty_wait(&p, "/etc/passZ"));
	pty_type(&p, "\x15");
	assert_true(pty_wait_gone(&p, "/etc/passZ"));
	pty_type(&p, "\x1a");
	pty_type(&p, "sla\r");
	assert_true(pty_wait(&p, "Voirie"));
	/* Typed ahead: the end of a file would be lost while the answer is still written. */
	pty_type(&p, "quitter\r");
	assert_true(pty_wait_end(&p));
	assert_true(WIFEXITED(p.status));
	assert_int_equal(access("/tmp/guichet-kiosk-x", F_OK), -1);
	pty_done(&p);
	desk_done(&d);
}

/* --- without a network: standing still --- */

/* Protects: slow lines. A table of delays that nobody touches sends at most 400 bytes a second, its clock and what
 * others write meanwhile included; the cursor stays on its line. */
static void stands_still(void **state)
{
	struct desk d;
	struct pty p;
	(void)state;
	assert_true(desk_copy(&d, &template));
	assert_true(desk_open(&d, &p, "xterm-256color", 43, 132, WORDS("--read-only")));
	pty_type(&p, "S\033[B\033[B");
	assert_true(pty_wait(&p, "Tableau des délais"));
	assert_true(moment_settle(&d.moment, &p));
	int row = vt_find(&p.vt, ">");
	char line[40];
	snprintf(line, sizeof line, "%.24s", vt_row(&p.vt, row));
	for (int minute = 0; minute < 3; minute++) {
		int64_t before = p.vt.bytes;
		assert_int_equal(
			DESK_RUN(&d, "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Trou"), 0);
		for (int s = 0; s < 60; s += 10)
			assert_true(moment_pass(&d.moment, &p, 10000));
		if (p.vt.bytes - before > 60 * 400)
			fail_msg("%lld bytes in a minute", (long long)(p.vt.bytes - before));
		assert_true(p.vt.bytes > before);
		assert_true(strncmp(vt_row(&p.vt, vt_find(&p.vt, ">")), line, strlen(line)) == 0);
	}
	pty_type(&p, "\x11");
	assert_true(pty_wait_end(&p));
	pty_done(&p);
	desk_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(opens, stop),
		cmocka_unit_test_teardown(refuses_what_clients_ask, stop),
		cmocka_unit_test_teardown(ignores_what_clients_send, stop),
		cmocka_unit_test_teardown(keys_lead_nowhere, stop),
		cmocka_unit_test_teardown(ends_with_the_connection, stop),
		cmocka_unit_test(line_mode),
		cmocka_unit_test(stands_still),
	};
	return cmocka_run_group_tests(tests, make_template, drop_template);
}
