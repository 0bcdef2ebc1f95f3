// SPDX-License-Identifier: GPL-3.0-or-later
/* groff as a process of its own: text in, PDF out, through pipes; safer mode, a limit of time, nothing of ours open in it. Knows nothing of letters. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "letter_inside.h"

enum { LIMIT_S = 180, CPU_S = 60, OUTPUT_MAX = 64 * 1024 * 1024, SAID_MAX = 256 * 1024, NOT_FOUND = 127 };

struct pipes { int in[2], out[2], err[2]; };

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		close_one(&p->in[i]);
		close_one(&p->out[i]);
		close_one(&p->err[i]);
	}
}

static bool open_all(struct pipes *p)
{
	*p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
	if (!pipe2(p->in, O_CLOEXEC) && !pipe2(p->out, O_CLOEXEC) && !pipe2(p->err, O_CLOEXEC))
		return true;
	close_all(p);
	return false;
}

/* In the child: a clean environment, so that no variable of the user's changes a byte, and hashes of Perl in one order. */
static _Noreturn void become_groff(const struct pipes *p, const struct groff_run *how, bool pdf)
{
	static char *const to_pdf[] = {"groff", "-S", "-Tpdf", "-mfr", "-dpaper=a4", "-P-pa4", "-", NULL};
	static char *const to_nothing[] = {"groff", "-S", "-Tpdf", "-mfr", "-dpaper=a4", "-z", "-", NULL};
	const char *path = getenv("PATH");
	char path_now[4096], epoch[64];
	char *const environment[] = {path_now, epoch, "LC_ALL=C", "TZ=UTC0", "PERL_HASH_SEED=0", "PERL_PERTURB_KEYS=0", NULL};
	const struct rlimit cpu = {CPU_S, CPU_S}, core = {0, 0};

	snprintf(path_now, sizeof path_now, "PATH=%s", path && *path ? path : "/usr/bin:/bin");
	snprintf(epoch, sizeof epoch, "SOURCE_DATE_EPOCH=%" PRId64, how->epoch_s > 0 ? how->epoch_s : 1);
	if (!how->in_our_group)
		setpgid(0, 0);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &core);
	signal(SIGPIPE, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(p->in[0], 0) >= 0 && dup2(p->out[1], 1) >= 0 && dup2(p->err[1], 2) >= 0) {
		close_range(3, ~0U, 0);
		execvpe("groff", pdf ? to_pdf : to_nothing, environment);
	}
	_exit(NOT_FOUND);
}

/* False at the end, or at an error. */
static bool take(int fd, struct text *to)
{
	char buffer[65536];
	ssize_t n = read(fd, buffer, sizeof buffer);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n > 0)
		text_addn(to, buffer, (size_t)n);
	return n > 0;
}

static bool give(int fd, const struct text *input, size_t *at)
{
	ssize_t n = write(fd, input->data + *at, input->len - *at);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	*at += (size_t)n;
	return *at < input->len;
}

/* Both ways at once, so that neither waits for the other. False: the time is over. */
static bool talk(struct pipes *p, const struct groff_run *how, const struct text *input, struct text *output, struct text *said)
{
	int64_t until = monotonic_ms() + LIMIT_S * 1000;
	size_t at = 0;

	fcntl(p->in[1], F_SETFL, O_NONBLOCK);
	while (p->out[0] >= 0 || p->err[0] >= 0) {
		struct pollfd fds[] = {{p->in[1], POLLOUT, 0}, {p->out[0], POLLIN, 0}, {p->err[0], POLLIN, 0}};
		int64_t left = until - monotonic_ms();
		if (left <= 0 || (poll(fds, 3, (int)left) < 0 && errno != EINTR))
			return false;
		if (fds[0].revents && !give(p->in[1], input, &at))
			close_one(&p->in[1]);
		if (fds[1].revents && !take(p->out[0], output))
			close_one(&p->out[0]);
		size_t heard = said->len;
		if (fds[2].revents && !take(p->err[0], said))
			close_one(&p->err[0]);
		if (how->hear && said->len > heard)
			how->hear(how->context, text_str(said));
	}
	return true;
}

static enum guichet_rc judge(int status, bool in_time, const struct text *output, const struct text *said, bool pdf, struct guichet_err *err)
{
	const char *words = text_str(said);

	if (!in_time)
		return guichet_err_set(err, GUICHET_IO, _("groff n'a pas fini en %d secondes : lettre trop longue ?"), LIMIT_S);
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0, none = WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND;
	/* groff-base has the command and no PDF device. */
	if (!good && (none || strstr(words, "DESC") || strstr(words, "gropdf")))
		return guichet_err_set(err, GUICHET_UNAVAILABLE, _("les lettres demandent groff, qui n'est pas là : installez les paquets groff et perl (apt install groff perl)"));
	if (!good)
		return guichet_err_set(err, GUICHET_IO, _("groff a échoué : %.*s"), (int)strcspn(words, "\n"), words);
	if (output->overflow || said->overflow)
		return guichet_err_set(err, GUICHET_DATA, _("lettres de plus de %d Mio : faites-en moins à la fois"), OUTPUT_MAX / (1024 * 1024));
	if (pdf && (output->len < 8 || memcmp(output->data, "%PDF-1.", 7) != 0))
		return guichet_err_set(err, GUICHET_IO, _("groff n'a pas rendu de PDF"));
	return GUICHET_OK;
}

enum guichet_rc groff_run(const struct groff_run *how, const struct text *input, struct text *output, struct text *said, struct guichet_err *err)
{
	struct pipes p;
	struct text nothing = TEXT_INIT;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int status = 0;
	struct text *to = output ? output : &nothing;

	to->cap = OUTPUT_MAX;
	said->cap = SAID_MAX;
	if (!open_all(&p))
		return guichet_err_set(err, GUICHET_IO, _("groff ne peut pas être lancé (%s)"), strerror(errno));
	pid_t child = fork();
	if (child == 0)
		become_groff(&p, how, output != NULL);
	if (child < 0) {
		close_all(&p);
		return guichet_err_set(err, GUICHET_IO, _("groff ne peut pas être lancé (%s)"), strerror(errno));
	}
	if (!how->in_our_group)
		setpgid(child, child);
	close_one(&p.in[0]);
	close_one(&p.out[1]);
	close_one(&p.err[1]);
	sigaction(SIGPIPE, &ignore, &before);
	bool in_time = talk(&p, how, input, to, said);
	sigaction(SIGPIPE, &before, NULL);
	if (!in_time)
		kill(how->in_our_group ? child : -child, SIGKILL);
	close_all(&p);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	enum guichet_rc rc = judge(status, in_time, to, said, output != NULL, err);
	text_done(&nothing);
	return rc;
}
