// SPDX-License-Identifier: GPL-3.0-or-later
/* The papers of a request: looked at in another program, copied out, or one more put in. What is looked at stays in memory and goes with us; only a copy that
 * somebody asked for is written, under a name that is safe. Nothing leaves a store that is read only: that may be a kiosk. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/file_new.h"
#include "guichet/base/i18n.h"
#include "guichet/core/attachment.h"
#include "ui_inside.h"

static const char viewer[] = "xdg-open";

void files_done(struct ui *ui)
{
	free(ui->file.sha256);
	free(ui->file.name);
	free(ui->file.type);
	if (ui->file.shown)
		close(ui->file.fd);
	if (ui->file.viewer > 0)
		waitpid(ui->file.viewer, NULL, WNOHANG);
	memset(&ui->file, 0, sizeof ui->file);
}

/* --- a copy --- */

static enum guichet_rc write_copy(const char *path, const char *data, size_t bytes, struct guichet_err *err)
{
	/* Never over something, never through a link, for its owner alone. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return guichet_err_set(err, GUICHET_CANT_CREATE, "%s", _("ce fichier existe déjà : donnez un autre nom"));
	if (fd < 0)
		return guichet_err_set(err, GUICHET_CANT_CREATE, _("copie impossible là : %s"), strerror(errno));
	bool written = file_write_all(fd, data, bytes) && fsync(fd) == 0;
	int why = errno;
	if (close(fd) == 0 && written)
		return GUICHET_OK;
	unlink(path);
	return guichet_err_set(err, GUICHET_IO, _("copie impossible, rien n'est resté : %s"), strerror(why));
}

static void copy_to(void *context, const char *typed)
{
	struct ui *ui = context;
	struct guichet_err err = { 0 };
	struct text path = TEXT_INIT;
	char *data = NULL;
	size_t bytes = 0;
	attachment_path(&path, typed, getenv("HOME"));
	enum guichet_rc rc = store_get_blob(ui->store, ui->file.sha256, &data, &bytes, &err);
	if (rc == GUICHET_OK)
		rc = write_copy(text_str(&path), data, bytes, &err);
	if (rc)
		ui_complain(ui, &err);
	else
		ui_say(ui, "%s", _("copiée hors du dépôt, pour vous seul : effacez-la quand elle ne sert plus"));
	free(data);
	text_done(&path);
}

static void ask_where(struct ui *ui)
{
	struct text path = TEXT_INIT;
	text_add(&path, "~/");
	attachment_safe_name(&path, ui->file.name, ui->file.type);
	ui_ask(ui, _("Copier dans le fichier"), text_str(&path), copy_to, ui);
	text_done(&path);
}

/* --- looking at it --- */

/* Our own signals are held back here; whoever we start takes them as any program does. */
static int start_viewer(const char *path, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	char *arguments[] = { (char *)(uintptr_t)viewer, (char *)(uintptr_t)path, NULL };
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	/* The terminal is ours alone. */
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	int why = posix_spawnp(pid, viewer, &files, &how, arguments, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return why;
}

static enum guichet_rc show(struct ui *ui, struct guichet_err *err)
{
	char *data = NULL, path[64];
	size_t bytes = 0;
	enum guichet_rc rc = store_get_blob(ui->store, ui->file.sha256, &data, &bytes, err);
	if (rc)
		return rc;
	/* In memory, under a path that is good as long as we run: nothing of a citizen's is left on a disk. */
	int fd = memfd_create("piece", MFD_CLOEXEC), why = 0;
	if (fd < 0 || !file_write_all(fd, data, bytes)) {
		rc = guichet_err_set(err, GUICHET_IO, _("la pièce ne se montre pas : %s"), strerror(errno));
	} else {
		snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), fd);
		if (ui->file.viewer > 0)
			waitpid(ui->file.viewer, NULL, WNOHANG);
		why = start_viewer(path, &ui->file.viewer);
		if (why)
			rc = guichet_err_set(err, GUICHET_NO_INPUT, _("aucun programme pour la montrer (%s : %s) : copiez-la"), viewer, strerror(why));
	}
	free(data);
	if (rc && fd >= 0)
		close(fd);
	if (rc)
		return rc;
	if (ui->file.shown)
		close(ui->file.fd);
	ui->file.shown = true;
	ui->file.fd = fd;
	ui_say(ui, "%s", _("la pièce s'ouvre dans une autre fenêtre"));
	return GUICHET_OK;
}

/* --- choosing --- */

static void what_chosen(void *context, const char *what)
{
	struct ui *ui = context;
	struct guichet_err err = { 0 };
	if (strcmp(what, "show"))
		ask_where(ui);
	else if (show(ui, &err))
		ui_complain(ui, &err);
}

static void attach(void *context, const char *typed)
{
	struct ui *ui = context;
	struct guichet_err err = { 0 };
	struct desk_file file;
	struct loaded l;
	enum guichet_rc rc = desk_file_look(typed, &file, &err);
	if (rc == GUICHET_OK)
		rc = desk_file_is_paper(&file, &err);
	if (rc == GUICHET_OK && (rc = store_load_id(ui->store, ui->file.row_id, &l, &err)) == GUICHET_OK) {
		rc = desk_attach(ui->store, ui_actor(ui), l.request.reference, &file, &err);
		loaded_done(&l);
	}
	desk_file_done(&file);
	if (rc) {
		ui_complain(ui, &err);
		return;
	}
	ui_say(ui, "%s", _("pièce jointe à cette demande"));
	ui_refresh(ui);
}

static void file_chosen(void *context, const char *sha256)
{
	struct ui *ui = context;
	struct loaded l;
	/* Where there is no window there is nothing to open one in: a terminal on another machine. */
	bool windows = getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
	const struct choice_value items[] = { { "show", _("ouvrir"), _("dans une autre fenêtre, sans laisser de copie") },
		{ "copy", _("copier"), _("dans un fichier de ce poste") } };
	if (!*sha256) {
		ui_ask(ui, _("Fichier à joindre (PDF, JPEG, PNG, TIFF)"), "", attach, ui);
		return;
	}
	if (store_load_id(ui->store, ui->file.row_id, &l, NULL))
		return;
	for (size_t i = 0; i < l.request.attachment_count; i++) {
		const struct attachment *a = &l.request.attachments[i];
		if (!a->sha256 || strcmp(a->sha256, sha256))
			continue;
		free(ui->file.sha256);
		free(ui->file.name);
		free(ui->file.type);
		ui->file.sha256 = guichet_strdup(a->sha256);
		ui->file.name = guichet_strdup(a->name ? a->name : "");
		ui->file.type = guichet_strdup(a->type ? a->type : "");
	}
	loaded_done(&l);
	if (!ui->file.sha256)
		return;
	if (!store_has_blob(ui->store, ui->file.sha256) && gate_fetch(ui, ui->file.sha256)) {
		ui_say(ui, "%s", _("la pièce n'est pas sur ce poste : elle est demandée au serveur"));
		return;
	}
	if (windows)
		ui_choose(ui, ui->file.name, items, sizeof items / sizeof *items, "", what_chosen, ui);
	else
		ask_where(ui);
}

void files_choose(struct ui *ui, int64_t row_id, const struct request *r)
{
	struct choice_value *items = NULL;
	struct text *details = NULL;
	size_t n = r->attachment_count;
	if (ui_read_only(ui)) {
		ui_say(ui, "%s", _("lecture seule : aucune pièce ne sort du dépôt"));
		return;
	}
	ui->file.row_id = row_id;
	if (n == 0) {
		file_chosen(ui, "");
		return;
	}
	items = guichet_alloc((n + 1) * sizeof *items);
	details = guichet_alloc((n + 1) * sizeof *details);
	for (size_t i = 0; i < n; i++) {
		const struct attachment *a = &r->attachments[i];
		text_addf(&details[i], _("%s %lld Ko"), attachment_label(a->type), (long long)(a->bytes + 1023) / 1024);
		items[i] = (struct choice_value){ a->sha256 ? a->sha256 : "", a->name && *a->name ? a->name : _("sans nom"), text_str(&details[i]) };
	}
	items[n] = (struct choice_value){ "", _("joindre un autre fichier"), "" };
	ui_choose(ui, _("Pièces de cette demande"), items, n + 1, "", file_chosen, ui);
	for (size_t i = 0; i < n; i++)
		text_done(&details[i]);
	free(details);
	free(items);
}
