// SPDX-License-Identifier: GPL-3.0-or-later
/* A letter's PDF to a printer, by the lp of CUPS: through a pipe, with nothing of what it says in the arguments, which any process may read. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/report/letter.h"

enum { NOT_FOUND = 127 };

static _Noreturn void become_lp(int in, const char *printer)
{
	sigset_t none;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* What it says there would stand on somebody's screen. */
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0) {
		close_range(3, ~0U, 0);
		if (strcmp(printer, "-") != 0)
			execlp("lp", "lp", "-s", "-t", "guichet", "-d", printer, (char *)NULL);
		else
			execlp("lp", "lp", "-s", "-t", "guichet", (char *)NULL);
	}
	_exit(NOT_FOUND);
}

enum guichet_rc letter_pdf_print(const struct letter_pdf *pdf, const char *printer, struct guichet_err *err)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int in[2], status = 0;

	if (*printer == '\0' || (*printer == '-' && printer[1]))
		return guichet_err_set(err, GUICHET_DATA, _("imprimante « %s » : attendu son nom, ou - pour celle par défaut"), printer);
	if (pipe2(in, O_CLOEXEC))
		return guichet_err_set(err, GUICHET_IO, _("impression impossible (%s)"), strerror(errno));
	pid_t child = fork();
	if (child == 0)
		become_lp(in[0], printer);
	close(in[0]);
	if (child < 0) {
		close(in[1]);
		return guichet_err_set(err, GUICHET_IO, _("impression impossible (%s)"), strerror(errno));
	}
	sigaction(SIGPIPE, &ignore, &before);
	enum guichet_rc rc = letter_pdf_write(pdf, in[1]);
	sigaction(SIGPIPE, &before, NULL);
	close(in[1]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return guichet_err_set(err, GUICHET_UNAVAILABLE, _("la commande lp n'est pas là : installez le paquet cups-client, ou choisissez un fichier"));
	if (rc || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return guichet_err_set(err, GUICHET_IO, _("lp a refusé les lettres (imprimante « %s ») : rien n'est noté comme imprimé"), printer);
	return GUICHET_OK;
}
