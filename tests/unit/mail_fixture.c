// SPDX-License-Identifier: GPL-3.0-or-later
/* See mail_fixture.h. */
#include "mail_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"

enum { TURNS = 1200, PAUSE_MS = 50, WORDS = 16, FILE_MAX = 300 * 1024 * 1024 };

const char *mail_path(const struct mail_fixture *f, const char *name)
{
	static char paths[4][256];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", f->folder, name);
	return path;
}

void mail_folder(struct mail_fixture *f)
{
	const char *place = getenv("TMPDIR");
	snprintf(f->folder, sizeof f->folder, "%.32s/guichet-mail-XXXXXX", place && strlen(place) <= 32 ? place : "/tmp");
	assert_non_null(mkdtemp(f->folder));
	/* Dovecot reads mail as another user where root starts it. */
	assert_int_equal(chmod(f->folder, 0755), 0);
}

static int launch(const struct mail_fixture *f, const char *program, const char *const *words)
{
	char path[128];
	const char *own[WORDS + 3] = {path, f->folder};
	snprintf(path, sizeof path, "tests/mail/%s", program);
	for (int i = 0; i < WORDS && words && words[i]; i++)
		own[i + 2] = words[i];
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	int log = open(mail_path(f, "said"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, 1);
	dup2(log, 2);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	execv(path, (char *const *)(uintptr_t)own);
	_exit(127);
}

bool mail_start(struct mail_fixture *f, const char *program, const char *port, const char *const *words)
{
	if (!f->folder[0])
		mail_folder(f);
	f->pid = launch(f, program, words);
	for (int i = 0; i < TURNS; i++) {
		int status;
		if (!access(mail_path(f, port), R_OK))
			return true;
		if (waitpid(f->pid, &status, WNOHANG) == f->pid) {
			f->pid = 0;
			break;
		}
		poll(NULL, 0, PAUSE_MS);
	}
	size_t bytes;
	char *said = mail_file(f, "said", &bytes);
	fprintf(stderr, "%s: %s", program, said);
	free(said);
	if (f->pid > 0) {
		kill(f->pid, SIGTERM);
		waitpid(f->pid, NULL, 0);
	}
	f->pid = 0;
	return false;
}

void mail_stop(struct mail_fixture *f)
{
	if (f->pid > 0) {
		kill(f->pid, SIGTERM);
		waitpid(f->pid, NULL, 0);
	}
	if (f->folder[0]) {
		pid_t pid = fork();
		if (pid == 0) {
			execlp("rm", "rm", "-rf", f->folder, (char *)NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	*f = (struct mail_fixture){0};
}

static void copy(const char *from, const char *to)
{
	char *data;
	size_t bytes;
	assert_int_equal(file_read(from, FILE_MAX, &data, &bytes, NULL), GUICHET_OK);
	FILE *out = fopen(to, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, bytes, out), bytes);
	fclose(out);
	free(data);
}

void mail_share_certificate(const struct mail_fixture *from, const struct mail_fixture *to)
{
	copy(mail_path(from, "cert.pem"), mail_path(to, "cert.pem"));
	copy(mail_path(from, "key.pem"), mail_path(to, "key.pem"));
}

void mail_server_at(
	const struct mail_fixture *f, const char *scheme, const char *rest, bool trusted, struct mail_server *out)
{
	char name[32], url[256], *port;
	size_t bytes;
	struct guichet_err err = {0};
	snprintf(name, sizeof name, "%s.port", scheme);
	port = mail_file(f, name, &bytes);
	port[strcspn(port, "\n")] = '\0';
	snprintf(url, sizeof url, "%s://agent@127.0.0.1:%s%s", scheme, port, rest);
	free(port);
	if (mail_server_parse(url, scheme[0] == 'i' ? MAIL_IMAP : MAIL_SMTP, out, &err))
		fail_msg("%s: %s", url, err.message);
	out->password = guichet_strdup("secret");
	if (trusted)
		out->ca = guichet_strdup(mail_path(f, "cert.pem"));
}

static void make_folder(const struct mail_fixture *f, const char *name)
{
	const struct passwd *other = geteuid() == 0 ? getpwnam("nobody") : NULL;
	mkdir(mail_path(f, name), 0700);
	if (other)
		assert_int_equal(chown(mail_path(f, name), other->pw_uid, other->pw_gid), 0);
}

void mail_deliver_long(const struct mail_fixture *f, const char *name, const char *beginning, size_t bytes)
{
	char from[96], to[96], line[64];
	const struct passwd *other = geteuid() == 0 ? getpwnam("nobody") : NULL;
	static const char *const folders[] = {"mail/agent", "mail/agent/tmp", "mail/agent/cur", "mail/agent/new"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		make_folder(f, folders[i]);
	snprintf(from, sizeof from, "mail/agent/tmp/%s", name);
	snprintf(to, sizeof to, "mail/agent/new/%s", name);
	memset(line, 'x', sizeof line);
	memcpy(line + sizeof line - 2, "\r\n", 2);
	FILE *out = fopen(mail_path(f, from), "w");
	assert_non_null(out);
	assert_true(fputs(beginning, out) >= 0);
	for (size_t n = strlen(beginning); n < bytes; n += sizeof line)
		assert_int_equal(fwrite(line, sizeof line, 1, out), 1);
	assert_int_equal(fclose(out), 0);
	if (other)
		assert_int_equal(chown(mail_path(f, from), other->pw_uid, other->pw_gid), 0);
	assert_int_equal(rename(mail_path(f, from), mail_path(f, to)), 0);
}

void mail_deliver(const struct mail_fixture *f, const char *name, const char *message)
{
	mail_deliver_long(f, name, message, 0);
}

size_t mail_count(const struct mail_fixture *f, const char *folder)
{
	size_t count = 0;
	DIR *dir = opendir(mail_path(f, folder));
	for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;)
		count += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

char *mail_file(const struct mail_fixture *f, const char *name, size_t *bytes)
{
	char *data = NULL;
	if (file_read(mail_path(f, name), FILE_MAX, &data, bytes, NULL)) {
		*bytes = 0;
		return guichet_strdup("");
	}
	return data;
}
