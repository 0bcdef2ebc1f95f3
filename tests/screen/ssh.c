// SPDX-License-Identifier: GPL-3.0-or-later
/* See ssh.h. */
#include "ssh.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/clock.h"

enum { NOBODY = 65534, WORDS = 48, PATH_BYTES = 256 };

static const char server[] = "/usr/sbin/sshd", group[] = "guichet-ecran", account[] = "ecran",
				  snippet[] = "contrib/ssh/guichet-ecran.conf";
static const char *const wrappers[] = {"/usr/lib/x86_64-linux-gnu/libnss_wrapper.so",
	"/usr/lib/aarch64-linux-gnu/libnss_wrapper.so", "/usr/lib64/libnss_wrapper.so", "/usr/lib/libnss_wrapper.so"};

static const char *wrapper(void)
{
	for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
		if (access(wrappers[i], R_OK) == 0)
			return wrappers[i];
	return NULL;
}

const char *ssh_missing(void)
{
	if (access(server, X_OK) != 0)
		return "no sshd here (openssh-server)";
	if (!wrapper())
		return "no users for tests alone (libnss-wrapper)";
	if (!getpwuid(getuid()))
		return "ssh runs for nobody without an account";
	if (access(snippet, R_OK) != 0)
		return "not run from the top of the tree";
	return NULL;
}

/* Who the server runs as: not root. */
static uid_t server_uid(void)
{
	return getuid() ? getuid() : NOBODY;
}

static gid_t server_gid(void)
{
	return getuid() ? getgid() : NOBODY;
}

/* --- files --- */

static char *read_file(const char *path, size_t *bytes)
{
	FILE *in = fopen(path, "re");
	struct text t = TEXT_INIT;
	char block[65536];
	size_t n;
	if (!in)
		return NULL;
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		text_addn(&t, block, n);
	fclose(in);
	*bytes = t.len;
	return text_take(&t);
}

static bool write_file(const struct ssh_host *h, const char *name, mode_t mode, const char *data, size_t bytes)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof path, "%s/%s", h->folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool done = fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes && fchmod(fd, mode) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

static bool write_text(const struct ssh_host *h, const char *name, mode_t mode, struct text *t)
{
	bool done = write_file(h, name, mode, text_str(t), t->len);
	text_done(t);
	return done;
}

static bool copy_file(const struct ssh_host *h, const char *from, const char *name, mode_t mode)
{
	size_t bytes = 0;
	char *data = read_file(from, &bytes);
	bool done = data && write_file(h, name, mode, data, bytes);
	free(data);
	return done;
}

static bool run_quietly(char *const *argv)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		int nothing = open("/dev/null", O_RDWR);
		dup2(nothing, 0);
		dup2(nothing, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool make_key(const struct ssh_host *h, const char *name)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof path, "%s/%s", h->folder, name);
	return run_quietly((char *[]){"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path, NULL});
}

/* --- the server's own world --- */

/* The snippet as it ships, for the guichet and the keys of this folder. */
static bool write_config(const struct ssh_host *h)
{
	static const char *const places[] = {"/usr/local/bin/guichet ", "/etc/ssh/guichet-ecran/%u"};
	struct text t = TEXT_INIT;
	size_t bytes = 0;
	char *shipped = read_file(snippet, &bytes), *at = shipped;
	/* A careless server: it takes variables that guichet knows. Folders below /tmp can be written to by all, which
	 * StrictModes minds. */
	text_addf(&t,
		"HostKey %s/host_key\nPidFile none\nUsePAM no\nStrictModes no\nLogLevel ERROR\nPermitRootLogin no\n"
		"AcceptEnv LANG LC_* GUICHET_* XDG_* HOME\n"
		"Subsystem sftp internal-sftp\n",
		h->folder);
	/* The last of each: the remarks name them too. */
	for (size_t i = 0; at && i < 2; i++) {
		char *line = strstr(at, "\nMatch "), *place = strstr(i == 0 && line ? line : at, places[i]);
		if (place) {
			text_addn(&t, at, (size_t)(place - at));
			text_addf(&t, i == 0 ? "%s/guichet " : "%s/keys/%%u", h->folder);
			place += strlen(places[i]);
		}
		at = place;
	}
	bool found = at != NULL;
	if (at)
		text_add(&t, at);
	free(shipped);
	return write_text(h, "sshd_config", 0644, &t) && found;
}

static bool write_world(const struct ssh_host *h, const char *roles)
{
	struct text users = TEXT_INIT, groups = TEXT_INIT, known = TEXT_INIT, ini = TEXT_INIT;
	char path[PATH_BYTES];
	size_t bytes = 0;
	const struct passwd *who = getpwuid(server_uid());
	text_addf(&users, "%s:x:%u:%u:Écran:%s/home:/bin/sh\n", account, (unsigned)server_uid(), (unsigned)server_gid(),
		h->folder);
	text_addf(&groups, "%s:x:%u:%s\n", group, (unsigned)server_gid(), account);
	snprintf(path, sizeof path, "%s/host_key.pub", h->folder);
	char *key = read_file(path, &bytes);
	text_addf(&known, "[127.0.0.1]:%d %s", h->port, key ? key : "");
	free(key);
	text_addf(&ini, "[guichet]\nstore = %s/desk.db\n[account:%s]\nname = Écran\nroles = %s\n", h->folder,
		who ? who->pw_name : "inconnu", roles);
	return write_text(h, "passwd", 0644, &users) && write_text(h, "group", 0644, &groups) &&
		write_text(h, "known_hosts", 0644, &known) && write_text(h, "home/.config/guichet/guichet.ini", 0644, &ini);
}

static void become_server(const struct ssh_host *h, int connection)
{
	char config[PATH_BYTES], users[PATH_BYTES], groups[PATH_BYTES];
	int log;
	snprintf(config, sizeof config, "%s/sshd_config", h->folder);
	snprintf(users, sizeof users, "%s/passwd", h->folder);
	snprintf(groups, sizeof groups, "%s/group", h->folder);
	if (getuid() == 0 &&
		(setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
		_exit(126);
	log = open("/dev/null", O_WRONLY);
	dup2(connection, 0);
	dup2(connection, 1);
	dup2(log, 2);
	setenv("LD_PRELOAD", wrapper(), 1);
	setenv("NSS_WRAPPER_PASSWD", users, 1);
	setenv("NSS_WRAPPER_GROUP", groups, 1);
	execl(server, server, "-i", "-f", config, (char *)NULL);
	_exit(127);
}

/* Starts a server for each connection, as inetd does: nothing to wait for, and no port is taken that somebody else
 * could take before. */
static void listen_on(const struct ssh_host *h, int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0)
			_exit(1);
		if (fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			close(listener);
			become_server(h, connection);
		}
		close(connection);
	}
}

static int open_listener(int *port)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof here;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, size) != 0 || listen(fd, 8) != 0 ||
		getsockname(fd, (struct sockaddr *)&here, &size) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(here.sin_port);
	return fd;
}

bool ssh_start(struct ssh_host *h, const char *guichet, const char *store, const char *roles)
{
	static const char *const folders[] = {"keys", "home", "home/.config", "home/.config/guichet"};
	char path[PATH_BYTES], own[PATH_BYTES];
	*h = (struct ssh_host){.folder = "/tmp/guichet-ssh-XXXXXX"};
	int listener = open_listener(&h->port);
	if (listener < 0 || !mkdtemp(h->folder) || chmod(h->folder, 0755) != 0)
		return false;
	snprintf(h->guichet, sizeof h->guichet, "%s/guichet", h->folder);
	snprintf(h->target, sizeof h->target, "%s@127.0.0.1", account);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s", h->folder, folders[i]);
		mkdir(path, 0755);
	}
	snprintf(own, sizeof own, "%s/client_key.pub", h->folder);
	bool ready = make_key(h, "host_key") && make_key(h, "client_key") && copy_file(h, guichet, "guichet", 0755) &&
		copy_file(h, store, "desk.db", 0644) && copy_file(h, own, "keys/ecran", 0644) && write_config(h) &&
		write_world(h, roles);
	snprintf(path, sizeof path, "%s/host_key", h->folder);
	ready = ready && (getuid() != 0 || chown(path, NOBODY, NOBODY) == 0);
	h->listener = ready ? fork() : -1;
	if (h->listener == 0)
		listen_on(h, listener);
	close(listener);
	return h->listener > 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void ssh_stop(struct ssh_host *h)
{
	if (h->listener > 0) {
		kill(h->listener, SIGKILL);
		waitpid(h->listener, NULL, 0);
	}
	text_done(&h->said);
	nftw(h->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* --- clients --- */

/* What leads to this host and to nothing of the user's own; the port by -o, which ssh, sftp and scp all know. */
static size_t common_words(const struct ssh_host *h, char texts[4][PATH_BYTES], char **argv, const char *program)
{
	size_t n = 0;
	snprintf(texts[0], PATH_BYTES, "Port=%d", h->port);
	snprintf(texts[1], PATH_BYTES, "IdentityFile=%s/client_key", h->folder);
	snprintf(texts[2], PATH_BYTES, "UserKnownHostsFile=%s/known_hosts", h->folder);
	argv[n++] = (char *)program;
	argv[n++] = "-F";
	argv[n++] = "none";
	static const char *const always[] = {
		"StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "LogLevel=ERROR"};
	for (size_t i = 0; i < 3 + sizeof always / sizeof *always; i++) {
		argv[n++] = "-o";
		argv[n++] = i < 3 ? texts[i] : (char *)always[i - 3];
	}
	return n;
}

static size_t add_words(char **argv, size_t n, const char *const *words)
{
	for (; words && *words && n < WORDS - 1; words++)
		argv[n++] = (char *)*words;
	return n;
}

bool ssh_open(struct ssh_host *h, struct pty *p, const char *term, const char *const *options, const char *const *asked)
{
	char texts[4][PATH_BYTES], *argv[WORDS];
	size_t n = common_words(h, texts, argv, "ssh");
	argv[n++] = "-tt";
	n = add_words(argv, n, options);
	argv[n++] = h->target;
	n = add_words(argv, n, asked);
	argv[n] = NULL;
	return pty_start(p, 24, 80, term, NULL, argv);
}

int ssh_run(struct ssh_host *h, const char *program, const char *const *words)
{
	char texts[4][PATH_BYTES], *argv[WORDS], bytes[4096];
	int fds[2], status;
	ssize_t got;
	size_t n = common_words(h, texts, argv, program);
	argv[add_words(argv, n, words)] = NULL;
	text_clear(&h->said);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		int nothing = open("/dev/null", O_RDONLY);
		dup2(nothing, 0);
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	int64_t until = clock_monotonic_ns() + (int64_t)PTY_PATIENCE_MS * 1000000;
	struct pollfd poller = {.fd = fds[0], .events = POLLIN};
	while (pid > 0) {
		if (clock_monotonic_ns() > until) {
			kill(pid, SIGKILL);
			break;
		}
		if (poll(&poller, 1, 100) <= 0)
			continue;
		got = read(fds[0], bytes, sizeof bytes);
		if (got <= 0)
			break;
		text_addn(&h->said, bytes, (size_t)got);
	}
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

int ssh_guichets(const struct ssh_host *h)
{
	DIR *processes = opendir("/proc");
	struct dirent *d;
	int count = 0;
	while (processes && (d = readdir(processes))) {
		char path[PATH_BYTES + 32], line[512] = "";
		if (*d->d_name < '0' || *d->d_name > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/cmdline", d->d_name);
		FILE *in = fopen(path, "re");
		size_t n = in ? fread(line, 1, sizeof line - 1, in) : 0;
		if (in)
			fclose(in);
		/* The first word of its command line. */
		count += n > 0 && !strcmp(line, h->guichet);
	}
	if (processes)
		closedir(processes);
	return count;
}

bool ssh_wait_gone(const struct ssh_host *h)
{
	int64_t until = clock_monotonic_ns() + (int64_t)PTY_PATIENCE_MS * 1000000;
	while (ssh_guichets(h) > 0) {
		if (clock_monotonic_ns() > until)
			return false;
		poll(NULL, 0, 20);
	}
	return true;
}
