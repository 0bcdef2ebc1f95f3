// SPDX-License-Identifier: GPL-3.0-or-later
/* Long work as a person at a terminal has it: a first synchronisation over a line that stops in the middle, and what a terminal that knows no UTF-8 gets. The line is
 * a proxy of ours that passes as many bytes of the server's as it is told, so that "the middle" is the same on every machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "office.h"

enum { REQUESTS = 3000, LINES = 16, CHUNK = 4096 };

static struct office w;
static struct shared { _Atomic int64_t passed, limit; _Atomic bool stopped; } *wire;
static pid_t proxy;

/* --- the line --- */

struct joint { int client, server; };

static void drop(struct joint *l)
{
	close(l->client);
	close(l->server);
	*l = (struct joint){ -1, -1 };
}

/* False: that end is closed. */
static bool pass(int from, int to, bool counts)
{
	char bytes[CHUNK];
	ssize_t n = read(from, bytes, sizeof bytes);
	for (ssize_t at = 0, more; at < n; at += more)
		if ((more = write(to, bytes + at, (size_t)(n - at))) <= 0)
			return false;
	if (n > 0 && counts)
		atomic_fetch_add(&wire->passed, n);
	return n > 0;
}

static int reach_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)w.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	close(fd);
	return -1;
}

static void take(struct joint lines[LINES], int listener)
{
	int client = accept(listener, NULL, NULL), server = reach_server();
	for (int i = 0; i < LINES && client >= 0 && server >= 0; i++)
		if (lines[i].client < 0) {
			lines[i] = (struct joint){ client, server };
			return;
		}
	close(client);
	close(server);
}

static _Noreturn void serve(int listener)
{
	struct joint lines[LINES];
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < LINES; i++)
		lines[i] = (struct joint){ -1, -1 };
	for (;;) {
		struct pollfd fds[1 + 2 * LINES] = { { .fd = listener, .events = POLLIN } };
		bool stopped = atomic_load(&wire->passed) >= atomic_load(&wire->limit);
		atomic_store(&wire->stopped, stopped);
		for (int i = 0; i < LINES; i++) {
			fds[1 + 2 * i] = (struct pollfd){ .fd = lines[i].client, .events = POLLIN };
			fds[2 + 2 * i] = (struct pollfd){ .fd = stopped ? -1 : lines[i].server, .events = POLLIN };
		}
		poll(fds, 1 + 2 * LINES, stopped ? 20 : 500);
		for (int i = 0; i < LINES; i++)
			if ((fds[1 + 2 * i].revents && !pass(lines[i].client, lines[i].server, false)) || (fds[2 + 2 * i].revents && !pass(lines[i].server, lines[i].client, true)))
				drop(&lines[i]);
		if (fds[0].revents)
			take(lines, listener);
	}
}

static void line_start(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof a;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	wire = mmap(NULL, sizeof *wire, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(wire != MAP_FAILED);
	atomic_store(&wire->limit, INT64_MAX);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(listener, LINES), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &length), 0);
	w.enrol_port = ntohs(a.sin_port);
	proxy = fork();
	if (proxy == 0)
		serve(listener);
	close(listener);
}

/* --- desks --- */

/* Through the line, once that was started. */
static void enrol(struct place *p, const char *name)
{
	office_enrol(&w, p, name, "supervisor", "");
}

static int setup(void **state)
{
	(void)state;
	wire = NULL;
	proxy = 0;
	office_open(&w, "");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (proxy > 0) {
		kill(proxy, SIGKILL);
		waitpid(proxy, NULL, 0);
	}
	if (wire)
		munmap(wire, sizeof *wire);
	office_close(&w);
	return 0;
}

/* --- a first synchronisation --- */

static void sync_on(struct pty *p, const struct place *desk)
{
	char *argv[] = { w.guichet, (char *)(uintptr_t)"sync", NULL };
	assert_true(pty_start(p, 24, 100, "xterm-256color", desk->environment, argv));
}

static void holds(const struct place *desk, int wanted)
{
	office_at(&w, desk, "\"$G\" verify >\"$HOME/verify\" && \"$G\" export --format jsonl | wc -l");
	if (atoi(text_str(&w.said)) != wanted)
		fail_msg("%s", text_str(&w.said));
}

/* Reads what comes until the line has stopped. */
static void wait_stopped(struct pty *p)
{
	for (int i = 0; i < PTY_PATIENCE_MS / 20 && !atomic_load(&wire->stopped) && !p->ended; i++)
		pty_take_in(p, 20);
	assert_true(atomic_load(&wire->stopped));
}

/* Protects somebody who puts a new desk into service over a slow line: how much there is, is said; Ctrl-C in the middle leaves a sound
 * desk; the next try goes on where it was, and does not fetch all of it again. */
static void test_first_sync(void **state)
{
	struct pty p;
	struct place one, two, three;
	int64_t whole, before;
	(void)state;
	enrol(&one, "un");
	office_at(&w, &one, "printf '[map]\nname = essai\nseparator = comma\ndates = iso\n[fields]\nsource_id = {id}\nsubject = {subject}\ndescription = {text}\ncategory = {category}\n"
		"channel = {channel}\naddress_string = {place}\nreceived = {at}\n' >\"$HOME/map.ini\"; awk -v NOW=\"$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)\" 'BEGIN { print \"id,subject,text,category,channel,place,at\"; for (i = 0; i < %d; i++) "
		"printf \"e%%d,Trou numero %%d,De la chaussee %%d %%d,nid-de-poule,phone,%%d rue des Lilas,%%s\\n\", i, i, i * 7919, i * 104729, i, NOW }' "
		">\"$HOME/in.csv\"; \"$G\" import --map \"$HOME/map.ini\" \"$HOME/in.csv\" && \"$G\" sync", REQUESTS);
	/* A desk that nothing stops, to know how much there is. */
	line_start();
	enrol(&two, "deux");
	before = atomic_load(&wire->passed);
	sync_on(&p, &two);
	assert_true(pty_wait(&p, "reçues"));
	assert_true(pty_wait_end(&p));
	assert_int_equal(p.status, 0);
	pty_done(&p);
	whole = atomic_load(&wire->passed) - before;
	holds(&two, REQUESTS);

	enrol(&three, "trois");
	before = atomic_load(&wire->passed);
	atomic_store(&wire->limit, before + whole / 2);
	sync_on(&p, &three);
	wait_stopped(&p);
	assert_true(pty_wait(&p, "/3000"));
	assert_true(pty_wait(&p, "première synchronisation █"));
	pty_type(&p, "\003");
	assert_true(pty_wait(&p, "interrompu : relancez la commande pour continuer"));
	assert_true(pty_wait_end(&p));
	assert_int_not_equal(p.status, 0);
	assert_int_equal(vt_find(&p.vt, "/3000"), -1); /* the bar is wiped */
	pty_done(&p);
	office_at(&w, &three, "\"$G\" verify");

	atomic_store(&wire->limit, INT64_MAX);
	before = atomic_load(&wire->passed);
	sync_on(&p, &three);
	assert_true(pty_wait(&p, "reçues"));
	assert_true(pty_wait_end(&p));
	assert_int_equal(p.status, 0);
	pty_done(&p);
	if (atomic_load(&wire->passed) - before >= whole * 17 / 20)
		fail_msg("%lld bytes of %lld were fetched again", (long long)(atomic_load(&wire->passed) - before), (long long)whole);
	holds(&three, REQUESTS);
}

/* --- a purge --- */

static void purge_on(struct pty *p, const struct place *desk, char *const *argv)
{
	assert_true(pty_start(p, 50, 100, "xterm-256color", desk->environment, argv));
	assert_true(pty_wait(p, "Tapez « purger »"));
}

/* Until the program has Ctrl-C told to itself instead of dying of it. */
static void wait_catching(struct pty *p)
{
	char path[64], line[256];
	unsigned long long caught = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)p->pid);
	for (int i = 0; i < PTY_PATIENCE_MS / 10 && !(caught & 1u << (SIGINT - 1)); i++) {
		FILE *in = fopen(path, "r");
		while (in && fgets(line, sizeof line, in))
			sscanf(line, "SigCgt: %llx", &caught);
		if (in)
			fclose(in);
		pty_take_in(p, 10);
	}
	assert_true(caught & 1u << (SIGINT - 1));
}

static void ends_with(struct pty *p, const char *text, bool well)
{
	assert_true(pty_wait(p, text));
	assert_true(pty_wait_end(p));
	assert_true((p->status == 0) == well);
	pty_done(p);
}

/* Protects citizens' data and the archives' rights: a purge shows what it will do and asks; stopped by Ctrl-C the store is sound; asked again it says what is left, goes on,
 * tells how far it is, and ends. */
static void test_purge(void **state)
{
	char slip[160], store[160], *begin[] = { w.guichet, (char *)(uintptr_t)"--as", (char *)(uintptr_t)"dpo", (char *)(uintptr_t)"privacy", (char *)(uintptr_t)"purge",
		(char *)(uintptr_t)"-o", slip, (char *)(uintptr_t)"--visa", (char *)(uintptr_t)"AD 7", NULL };
	struct place desk;
	struct pty p;
	sqlite3 *other;
	(void)state;
	snprintf(slip, sizeof slip, "%s/bordereau", w.folder);
	snprintf(store, sizeof store, "%s/un/data/guichet/desk.db", w.folder);
	office_place(&w, &desk, "un");
	office_at(&w, &desk, "mkdir \"$HOME\" && \"$G\" init --demo --requests 300");
	snprintf(desk.words[8], sizeof desk.words[8], "GUICHET_NOW=2039-03-01T10:00");
	purge_on(&p, &desk, begin);
	assert_true(vt_find(&p.vt, "En tout") >= 0);
	pty_type(&p, "oui\r");
	ends_with(&p, "purge abandonnée", false);
	assert_int_equal(access(slip, F_OK), -1);

	/* Another one writes just now, so that Ctrl-C comes before the first batch is done. */
	purge_on(&p, &desk, begin);
	assert_int_equal(sqlite3_open(store, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	pty_type(&p, "purger\r");
	wait_catching(&p);
	pty_type(&p, "\003");
	assert_true(pty_wait(&p, "^C"));
	sqlite3_close(other);
	ends_with(&p, "interrompu : relancez la commande", false);
	assert_int_equal(access(slip, F_OK), 0);
	office_at(&w, &desk, "\"$G\" verify");

	snprintf(desk.words[9], sizeof desk.words[9], "ACCESSIBLE=1");
	begin[5] = NULL;
	purge_on(&p, &desk, begin);
	assert_true(pty_wait(&p, "avait commencé : il en reste"));
	pty_type(&p, "purger\r");
	assert_true(pty_wait(&p, "purge : 100 %"));
	ends_with(&p, "demandes anonymisées", true);
	office_at(&w, &desk, "\"$G\" verify");
}

/* --- a terminal without UTF-8 --- */

/* Protects terminals of old: in the C locale neither a progress bar nor the line mode sends a byte that is no ASCII, whatever is typed and shown. */
static void test_c_locale(void **state)
{
	struct place desk;
	struct pty p;
	char *verify[] = { w.guichet, (char *)(uintptr_t)"verify", NULL }, *shell[] = { w.guichet, (char *)(uintptr_t)"shell", NULL };
	(void)state;
	office_place(&w, &desk, "un");
	office_at(&w, &desk, "mkdir \"$HOME\" && \"$G\" init --demo --requests 200");
	snprintf(desk.words[5], sizeof desk.words[5], "LC_ALL=C");
	assert_true(pty_start(&p, 24, 80, "vt100", desk.environment, verify));
	assert_true(pty_wait(&p, "verification #")); /* the bar, in letters */
	assert_true(pty_wait(&p, "disent exactement"));
	assert_true(pty_wait_end(&p));
	assert_int_equal(p.vt.high_bytes, 0);
	pty_done(&p);

	assert_true(pty_start(&p, 24, 80, "vt100", desk.environment, shell));
	assert_true(pty_wait(&p, "guichet>"));
	pty_type(&p, "help privacy check\r");
	assert_true(pty_wait(&p, "Usage"));
	assert_true(pty_wait_raw(&p, true)); /* else it is the system that echoes what is typed ahead, as it came */
	pty_type(&p, "search no\303\251mie \360\237\232\262\r");
	pty_type(&p, "list --limit 3\r");
	assert_true(pty_wait(&p, "--after"));
	pty_type(&p, "list --status \t\t");
	assert_true(pty_wait(&p, "closed"));
	pty_type(&p, "\025list --category nid-d\t");
	assert_true(pty_wait(&p, "nid-de-poule"));
	pty_type(&p, "\025quit\r");
	assert_true(pty_wait_end(&p));
	assert_int_equal(p.vt.high_bytes, 0);
	pty_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_sync, setup, teardown),
		cmocka_unit_test_setup_teardown(test_purge, setup, teardown),
		cmocka_unit_test_setup_teardown(test_c_locale, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
