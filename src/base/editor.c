// SPDX-License-Identifier: GPL-3.0-or-later
/* A text in somebody's editor. Three processes: ours, the keeper, which outlives ours if it must, and the editor. Knows nothing of what is written. */
#include "guichet/base/editor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

enum { WORDS_MAX = 12, NOT_FOUND = 127, YOUNG_S = 60, FDS_MAX = 1024, READ_MAX = 4 * EDITOR_TEXT_MAX };
static const char PREFIX[] = "guichet-texte-", FILE_NAME[] = "texte.txt";

struct editor {
	char folder[PATH_MAX];
	int lock;                          /* the folder, held: it is in use */
	int ended, gone;                   /* the keeper says how the editor ended; hears that we have read */
	pid_t keeper;
	struct sigaction interrupt_before, quit_before;
};

/* --- the folder --- */

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	remove(path);
	return 0;
}

static void remove_folder(const char *folder)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static bool is_in_memory(const char *folder)
{
	struct statfs fs;
	return folder && *folder == '/' && statfs(folder, &fs) == 0 && fs.f_type == TMPFS_MAGIC && access(folder, W_OK | X_OK) == 0;
}

/* Nobody holds it any more: those who did were killed. A young one may be about to be held. */
static bool is_left(const char *folder)
{
	struct stat st;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool left = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && time(NULL) - st.st_ctime > YOUNG_S && flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (fd >= 0)
		close(fd);
	return left;
}

static void sweep(const char *base)
{
	DIR *d = opendir(base);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		char folder[PATH_MAX];
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0 && snprintf(folder, sizeof folder, "%s/%s", base, e->d_name) < (int)sizeof folder && is_left(folder))
			remove_folder(folder);
	}
	if (d)
		closedir(d);
}

static enum guichet_rc make_folder(struct editor *e, struct guichet_err *err)
{
	const char *const bases[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm"};
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		if (!is_in_memory(bases[i]))
			continue;
		sweep(bases[i]);
		if (snprintf(e->folder, sizeof e->folder, "%s/%sXXXXXX", bases[i], PREFIX) >= (int)sizeof e->folder || !mkdtemp(e->folder))
			continue;
		e->lock = open(e->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (e->lock >= 0 && flock(e->lock, LOCK_EX | LOCK_NB) == 0)
			return GUICHET_OK;
		remove_folder(e->folder);
	}
	return guichet_err_set(err, GUICHET_CANT_CREATE, _("pas d'éditeur : ni XDG_RUNTIME_DIR ni /dev/shm ne donne de dossier en mémoire, et rien ne s'écrit sur le disque"));
}

static enum guichet_rc put_text(const struct editor *e, const char *text, struct guichet_err *err)
{
	size_t bytes = strlen(text);
	bool ended = bytes == 0 || text[bytes - 1] == '\n';
	int fd = openat(e->lock, FILE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, text, bytes) == (ssize_t)bytes && (ended || write(fd, "\n", 1) == 1);
	if (fd >= 0)
		close(fd);
	return good ? GUICHET_OK : guichet_err_set(err, GUICHET_CANT_CREATE, _("pas d'éditeur : %s (%s)"), e->folder, strerror(errno));
}

/* --- the editor --- */

/* vim would keep a copy of what was written among its own things. */
static bool is_vim(const char *program)
{
	const char *path = getenv("PATH");
	char found[PATH_MAX] = "", real[PATH_MAX];
	for (const char *at = path ? path : ""; *at && !strchr(program, '/'); at += strcspn(at, ":") + (at[strcspn(at, ":")] == ':')) {
		if (snprintf(found, sizeof found, "%.*s/%s", (int)strcspn(at, ":"), at, program) < (int)sizeof found && access(found, X_OK) == 0)
			break;
		*found = '\0';
	}
	if (!realpath(*found ? found : program, real))
		return false;
	const char *name = strrchr(real, '/') ? strrchr(real, '/') + 1 : real;
	return strncmp(name, "vim", 3) == 0 || strncmp(name, "nvim", 4) == 0;
}

static _Noreturn void become_editor(char *command)
{
	char *words[WORDS_MAX + 6];
	size_t n = 0;
	sigset_t none;
	/* "emacs -nw": words, and no shell that would read more into them. */
	for (char *w = command + strspn(command, " \t"); *w && n < WORDS_MAX; w += strspn(w, " \t")) {
		words[n++] = w;
		w += strcspn(w, " \t");
		if (*w)
			*w++ = '\0';
	}
	if (n == 0)
		_exit(NOT_FOUND);
	if (is_vim(words[0])) {
		static char no_swap[] = "-n", info[] = "-i", nowhere[] = "NONE";
		words[n++] = no_swap;
		words[n++] = info;
		words[n++] = nowhere;
	}
	words[n++] = (char *)(uintptr_t)FILE_NAME;
	words[n] = NULL;
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_range(3, ~0U, 0);
	execvp(words[0], words);
	_exit(NOT_FOUND);
}

static char *command_of(void)
{
	const char *visual = getenv("VISUAL"), *other = getenv("EDITOR");
	return guichet_strdup(visual && *visual ? visual : other && *other ? other : "editor");
}

/* --- the keeper --- */

static _Noreturn void keep(struct editor *e, int ended, int gone)
{
	char *command = command_of(), c;
	int status = 0, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Neither a key nor the end of the terminal may keep the file. */
	for (int s = 1; s < NSIG; s++)
		if (s != SIGCHLD)
			signal(s, SIG_IGN);
	/* The store and all else is the other process's. */
	for (int fd = 3; fd < FDS_MAX; fd++)
		if (fd != e->lock && fd != ended && fd != gone && fd != null)
			close(fd);
	setenv("TMPDIR", e->folder, 1);
	if (fchdir(e->lock))
		_exit(NOT_FOUND);
	pid_t child = fork();
	if (child == 0)
		become_editor(command);
	for (int i = 0; i <= 2; i++)
		dup2(null, i);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child < 0)
		status = -1;
	if (write(ended, &status, sizeof status) == (ssize_t)sizeof status)
		while (read(gone, &c, 1) < 0 && errno == EINTR)
			;
	if (chdir("/") == 0)
		remove_folder(e->folder);
	_exit(0);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static enum guichet_rc start_keeper(struct editor *e, struct guichet_err *err)
{
	int ended[2] = {-1, -1}, gone[2] = {-1, -1};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	enum guichet_rc rc = GUICHET_OK;
	if (pipe2(ended, O_CLOEXEC) || pipe2(gone, O_CLOEXEC) || (e->keeper = fork()) < 0)
		rc = guichet_err_set(err, GUICHET_IO, _("l'éditeur ne peut pas être lancé (%s)"), strerror(errno));
	if (rc == GUICHET_OK && e->keeper == 0) {
		close_fd(&ended[0]);
		close_fd(&gone[1]);
		keep(e, ended[1], gone[0]);
	}
	close_fd(&ended[1]);
	close_fd(&gone[0]);
	e->ended = ended[0];
	e->gone = gone[1];
	/* What the keys of the terminal ask is asked of the editor. */
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, &e->interrupt_before);
	sigaction(SIGQUIT, &ignore, &e->quit_before);
	return rc;
}

static void drop(struct editor **editor)
{
	struct editor *e = *editor;
	sigaction(SIGINT, &e->interrupt_before, NULL);
	sigaction(SIGQUIT, &e->quit_before, NULL);
	close_fd(&e->ended);
	close_fd(&e->gone);
	while (e->keeper > 0 && waitpid(e->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	if (e->keeper <= 0 && e->lock >= 0)
		remove_folder(e->folder);
	close_fd(&e->lock);
	free(e);
	*editor = NULL;
}

/* --- ours --- */

enum guichet_rc editor_start(const char *text, struct editor **out, struct guichet_err *err)
{
	struct editor *e = guichet_alloc(sizeof *e);
	*e = (struct editor){.lock = -1, .ended = -1, .gone = -1, .keeper = -1};
	sigaction(SIGINT, NULL, &e->interrupt_before);
	sigaction(SIGQUIT, NULL, &e->quit_before);
	enum guichet_rc rc = make_folder(e, err);
	if (!rc)
		rc = put_text(e, text, err);
	if (!rc)
		rc = start_keeper(e, err);
	if (rc)
		drop(&e);
	*out = e;
	return rc;
}

int editor_fd(const struct editor *e)
{
	return e->ended;
}

static enum guichet_rc judge(int status, bool told, struct guichet_err *err)
{
	char *command = command_of();
	enum guichet_rc rc = GUICHET_OK;
	if (!told)
		rc = guichet_err_set(err, GUICHET_IO, _("l'éditeur a disparu : rien n'est repris"));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		rc = guichet_err_set(err, GUICHET_UNAVAILABLE, _("éditeur « %s » introuvable : mettez le vôtre dans EDITOR (EDITOR=nano)"), command);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("l'éditeur s'est terminé en erreur : abandonné, rien n'est repris"));
	free(command);
	return rc;
}

static enum guichet_rc take_text(const struct editor *e, char **text, struct guichet_err *err)
{
	struct text all = TEXT_INIT;
	char buffer[4096];
	ssize_t n = 0;
	enum guichet_rc rc = GUICHET_OK;
	/* By its name: many an editor writes another file and gives it this one's. */
	int fd = openat(e->lock, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (fd >= 0 && all.len < READ_MAX && (n = read(fd, buffer, sizeof buffer)) > 0)
		text_addn(&all, buffer, (size_t)n);
	if (fd >= 0)
		close(fd);
	while (all.len > 0 && strchr(" \t\r\n", all.data[all.len - 1]))
		all.data[--all.len] = '\0';
	if (fd < 0 || n < 0 || all.len == 0)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("texte vide : abandonné, rien n'est repris"));
	else
		rc = utf8_accept(_("texte"), all.data, all.len, EDITOR_TEXT_MAX, text, err);
	text_done(&all);
	return rc;
}

enum guichet_rc editor_end(struct editor **editor, char **text, struct guichet_err *err)
{
	struct editor *e = *editor;
	int status = 0;
	ssize_t n;
	*text = NULL;
	while ((n = read(e->ended, &status, sizeof status)) < 0 && errno == EINTR)
		;
	enum guichet_rc rc = judge(status, n == (ssize_t)sizeof status, err);
	if (!rc)
		rc = take_text(e, text, err);
	drop(editor);
	return rc;
}

enum guichet_rc editor_edit(const char *initial, char **text, struct guichet_err *err)
{
	struct editor *e;
	enum guichet_rc rc = editor_start(initial, &e, err);
	*text = NULL;
	return rc ? rc : editor_end(&e, text, err);
}
