// SPDX-License-Identifier: GPL-3.0-or-later
/* The PDFs of the letters of the day: while the caller waits, or in a process of its own, which says how far it is and can be ended at any moment. That process has no
 * store and records nothing: it is handed what was composed, and gives back PDFs through a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/file_new.h"
#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/report/mailroom.h"

/* --- Who can go, as letters to be made and as letters of a batch --- */

struct going {
	struct mailroom_letter **list;
	struct letter *letters;
	struct letter_in_batch *batch;
	struct letter_pdf *pdfs;
	char (*references)[REFERENCE_SHOWN];
	size_t count;
};

static struct going going_of(const struct mailroom *m)
{
	struct going g = {guichet_alloc((m->count + 1) * sizeof *g.list), guichet_alloc((m->count + 1) * sizeof *g.letters),
		guichet_alloc((m->count + 1) * sizeof *g.batch), guichet_alloc((m->count + 1) * sizeof *g.pdfs), guichet_alloc((m->count + 1) * sizeof *g.references), 0};

	for (size_t i = 0; i < m->count; i++) {
		struct mailroom_letter *l = &m->list[i];
		char *reference = g.references[g.count];
		if (l->problem)
			continue;
		reference_show(l->reference, reference);
		g.list[g.count] = l;
		g.letters[g.count] = (struct letter){.to = l->to, .subject = l->subject, .text = l->text, .reference = reference, .their_reference = l->their_reference,
			.service = l->service, .agent = l->agent, .day = l->day};
		/* In French, as the slip is. */
		g.batch[g.count++] = (struct letter_in_batch){&l->pdf, reference, l->to.lines[0], purpose_french(l->purpose)};
	}
	return g;
}

static void going_done(struct going *g)
{
	free(g->list);
	free(g->letters);
	free(g->batch);
	free(g->pdfs);
	free(g->references);
}

static enum guichet_rc make(const struct letter_paper *paper, struct going *g, struct guichet_err *err)
{
	enum guichet_rc rc = letters_make(paper, g->letters, g->count, g->pdfs, err);

	for (size_t i = 0; i < g->count && !rc; i++)
		g->list[i]->pdf = g->pdfs[i];
	return rc;
}

static struct letter_paper paper_of(struct store *s)
{
	return (struct letter_paper){.catalogue = store_catalogue(s), .exercise = store_is_exercise(s)};
}

enum guichet_rc mailroom_make(struct store *s, struct mailroom *m, struct guichet_err *err)
{
	struct letter_paper paper = paper_of(s);
	struct going g = going_of(m);
	enum guichet_rc rc = make(&paper, &g, err);

	going_done(&g);
	return rc;
}

enum guichet_rc mailroom_batch(struct store *s, const struct mailroom *m, struct letter_pdf *out, struct guichet_err *err)
{
	struct letter_paper paper = paper_of(s);
	struct going g = going_of(m);
	enum guichet_rc rc = letters_join(&paper, m->day, g.batch, g.count, out, err);

	going_done(&g);
	return rc;
}

/* --- What goes through the pipe --- */

enum { TELL_PROGRESS = 1, TELL_LETTER, TELL_BATCH, TELL_ERROR, TELL_EVERY_MS = 100, READ_BYTES = 65536 };
enum { HELD_MAX = 160 * 1024 * 1024 };
/* `number`: steps done, the letter, the error's code; `extra`: steps in all, pages. `bytes` of it follow. */
struct tell { uint32_t what, retryable; uint64_t number, extra, bytes; };

static bool say(int fd, const struct tell *t, const void *data)
{
	return file_write_all(fd, t, sizeof *t) && file_write_all(fd, data, t->bytes);
}

/* --- In the process of its own --- */

struct worker { int fd; int64_t told_ms; };

static void say_progress(void *context, size_t done, size_t of)
{
	struct worker *w = context;
	int64_t now = clock_monotonic_ns() / 1000000;

	if (now - w->told_ms < TELL_EVERY_MS && done < of)
		return;
	w->told_ms = now;
	say(w->fd, &(struct tell){.what = TELL_PROGRESS, .number = done, .extra = of}, NULL);
}

static enum guichet_rc hand_back(int fd, const struct going *g, const struct letter_pdf *batch)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct letter_pdf *pdf = &g->list[i]->pdf;
		if (!say(fd, &(struct tell){.what = TELL_LETTER, .number = i, .extra = pdf->pages, .bytes = pdf->bytes}, pdf->data))
			return GUICHET_IO;
	}
	return say(fd, &(struct tell){.what = TELL_BATCH, .extra = batch->pages, .bytes = batch->bytes}, batch->data) ? GUICHET_OK : GUICHET_IO;
}

/* The terminal, the store and our own signals are the other process's. */
static void leave_all(int *fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	for (int i = 0; i <= 2; i++)
		dup2(null, i);
	*fd = dup2(*fd, 3);
	fcntl(*fd, F_SETFD, FD_CLOEXEC);
	close_range(4, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static _Noreturn void work(int fd, struct letter_paper paper, struct going *g, int32_t day, const char *printer)
{
	struct worker w = {.fd = fd};
	struct letter_progress progress = {say_progress, &w, true};
	struct letter_pdf batch = {0};
	struct guichet_err err = {0};

	leave_all(&w.fd);
	paper.progress = &progress;
	enum guichet_rc rc = make(&paper, g, &err);
	if (!rc)
		rc = letters_join(&paper, day, g->batch, g->count, &batch, &err);
	if (!rc && printer)
		rc = letter_pdf_print(&batch, printer, &err);
	if (!rc)
		rc = hand_back(w.fd, g, &batch);
	if (rc)
		say(w.fd, &(struct tell){.what = TELL_ERROR, .retryable = err.retryable, .number = (uint64_t)rc, .bytes = strlen(err.message)}, err.message);
	_exit(rc ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* --- In ours --- */

struct mailroom_job {
	struct mailroom *m;
	struct going going;
	pid_t pid;
	int fd;
	struct text held;                  /* what came, and is not whole yet */
	size_t done, of;
	struct letter_pdf batch;
	enum mailroom_turn turn;
	struct guichet_err err;
};

struct mailroom_job *mailroom_job_start(struct store *s, struct mailroom *m, const char *printer, struct guichet_err *err)
{
	struct letter_paper paper = paper_of(s);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC)) {
		guichet_err_set(err, GUICHET_IO, _("l'impression ne peut pas être lancée (%s)"), strerror(errno));
		return NULL;
	}
	struct mailroom_job *j = guichet_alloc(sizeof *j);
	*j = (struct mailroom_job){.m = m, .going = going_of(m), .fd = ends[0], .turn = MAILROOM_BUSY};
	j->held.cap = HELD_MAX;
	j->pid = fork();
	if (j->pid == 0)
		work(ends[1], paper, &j->going, m->day, printer);
	close(ends[1]);
	if (j->pid < 0) {
		guichet_err_set(err, GUICHET_IO, _("l'impression ne peut pas être lancée (%s)"), strerror(errno));
		mailroom_job_free(&j);
		return NULL;
	}
	setpgid(j->pid, j->pid);
	fcntl(j->fd, F_SETFL, O_NONBLOCK);
	return j;
}

int mailroom_job_fd(const struct mailroom_job *j)
{
	return j->turn == MAILROOM_BUSY ? j->fd : -1;
}

size_t mailroom_job_done(const struct mailroom_job *j, size_t *of)
{
	*of = j->of;
	return j->done;
}

static struct letter_pdf copy_pdf(const struct tell *t, const char *data)
{
	struct letter_pdf pdf = {.data = guichet_alloc(t->bytes + 1), .bytes = t->bytes, .pages = t->extra};

	memcpy(pdf.data, data, t->bytes);
	return pdf;
}

static void hear(struct mailroom_job *j, const struct tell *t, const char *data)
{
	if (t->what == TELL_PROGRESS) {
		j->done = t->number;
		j->of = t->extra;
	} else if (t->what == TELL_LETTER && t->number < j->going.count && !j->going.list[t->number]->pdf.data) {
		j->going.list[t->number]->pdf = copy_pdf(t, data);
	} else if (t->what == TELL_BATCH && !j->batch.data) {
		j->batch = copy_pdf(t, data);
		j->turn = MAILROOM_MADE;
	} else if (t->what == TELL_ERROR) {
		guichet_err_set(&j->err, (enum guichet_rc)t->number, "%.*s", (int)t->bytes, data);
		j->turn = MAILROOM_FAILED;
	}
}

static void hear_all(struct mailroom_job *j)
{
	size_t at = 0;
	struct tell t;

	while (j->held.len - at >= sizeof t) {
		memcpy(&t, j->held.data + at, sizeof t);
		if (t.bytes > j->held.len - at - sizeof t)
			break;
		hear(j, &t, j->held.data + at + sizeof t);
		at += sizeof t + t.bytes;
	}
	if (at == 0)
		return;
	memmove(j->held.data, j->held.data + at, j->held.len - at);
	j->held.len -= at;
}

enum mailroom_turn mailroom_job_turn(struct mailroom_job *j, struct letter_pdf *batch, struct guichet_err *err)
{
	char buffer[READ_BYTES];
	ssize_t n = 1;

	while (j->turn == MAILROOM_BUSY && (n = read(j->fd, buffer, sizeof buffer)) > 0) {
		text_addn(&j->held, buffer, (size_t)n);
		hear_all(j);
	}
	if (j->turn == MAILROOM_BUSY && (n == 0 || j->held.overflow || (errno != EAGAIN && errno != EINTR))) {
		guichet_err_set(&j->err, GUICHET_IO, _("l'impression s'est arrêtée sans rien rendre : rien n'est noté comme imprimé"));
		j->turn = MAILROOM_FAILED;
	}
	if (j->turn == MAILROOM_MADE) {
		*batch = j->batch;
		j->batch = (struct letter_pdf){0};
	} else if (j->turn == MAILROOM_FAILED) {
		*err = j->err;
	}
	return j->turn;
}

void mailroom_job_free(struct mailroom_job **job)
{
	struct mailroom_job *j = *job;

	if (!j)
		return;
	if (j->pid > 0) {
		/* Whatever it started is of its group. */
		if (j->turn != MAILROOM_MADE)
			kill(-j->pid, SIGKILL);
		while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(j->fd);
	text_done(&j->held);
	letter_pdf_done(&j->batch);
	going_done(&j->going);
	free(j);
	*job = NULL;
}
