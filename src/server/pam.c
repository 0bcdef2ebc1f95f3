// SPDX-License-Identifier: GPL-3.0-or-later
/* Passwords that the system knows (PAM: LDAP, Active Directory...). Modules are other people's code, wait for other machines, and are seldom made for threads: each
 * question is asked by a process of its own, guichetd itself started as `guichetd pam-check SERVICE [FOLDER]`, which reads login and password from its input and ends
 * with 0 when they are right. One that takes too long is ended. Must not know HTTP nor accounts.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon_inside.h"
#include "guichet/base/log.h"
#include "api_inside.h"

extern char **environ;

enum { ANSWER_MS = 20000, INPUT_MAX = OP_ACTOR_MAX + API_PASSWORD_MAX + 2 };

/* --- the helper --- */

struct question { const char *password; };

static void forget_answers(struct pam_response *answers, int count)
{
	for (int i = 0; i < count; i++)
		free(answers[i].resp);
	free(answers);
}

/* The password to whatever is asked without echo; nothing else is known here. */
static int answer(int count, const struct pam_message **asked, struct pam_response **out, void *context)
{
	const struct question *q = context;
	if (count <= 0 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	struct pam_response *answers = calloc((size_t)count, sizeof *answers);
	if (!answers)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		if (asked[i]->msg_style == PAM_PROMPT_ECHO_OFF && !(answers[i].resp = strdup(q->password))) {
			forget_answers(answers, count);
			return PAM_BUF_ERR;
		}
		if (asked[i]->msg_style == PAM_PROMPT_ECHO_ON) {
			forget_answers(answers, count);
			return PAM_CONV_ERR;
		}
	}
	*out = answers;
	return PAM_SUCCESS;
}

/* "LOGIN\0PASSWORD\0" */
static bool read_question(char *input, const char **login, const char **password)
{
	size_t bytes = 0;
	ssize_t n;
	while (bytes < INPUT_MAX && ((n = read(0, input + bytes, INPUT_MAX - bytes)) > 0 || (n < 0 && errno == EINTR)))
		bytes += n > 0 ? (size_t)n : 0;
	const char *end = memchr(input, '\0', bytes);
	if (!end || !memchr(end + 1, '\0', bytes - (size_t)(end + 1 - input)))
		return false;
	*login = input;
	*password = end + 1;
	return **login != '\0';
}

int pam_helper(const char *service, const char *folder)
{
	char input[INPUT_MAX];
	struct question q;
	const char *login;
	pam_handle_t *pam = NULL;
	const struct pam_conv conversation = { answer, &q };
	int rc = PAM_AUTH_ERR;
	if (read_question(input, &login, &q.password)) {
		rc = folder ? pam_start_confdir(service, login, &conversation, folder, &pam) : pam_start(service, login, &conversation, &pam);
		if (rc == PAM_SUCCESS)
			rc = pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
		/* Closed, expired, not at this hour. */
		if (rc == PAM_SUCCESS)
			rc = pam_acct_mgmt(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	}
	if (pam)
		pam_end(pam, rc);
	sodium_memzero(input, sizeof input);
	return rc == PAM_SUCCESS ? 0 : rc == PAM_AUTH_ERR || rc == PAM_USER_UNKNOWN || rc == PAM_ACCT_EXPIRED ? 1 : 2;
}

/* --- asking it --- */

static bool start_helper(const struct api_policy *policy, int input, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	char *arguments[] = { (char *)(uintptr_t)"guichetd", (char *)(uintptr_t)"pam-check", (char *)(uintptr_t)policy->pam_service,
		(char *)(uintptr_t)policy->pam_folder, NULL };
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	posix_spawn_file_actions_adddup2(&files, input, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	/* The server holds its own signals back; databases, sockets and certificates are none of a module's business. */
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	int why = posix_spawn(pid, "/proc/self/exe", &files, &how, arguments, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return why == 0;
}

/* What it ended with; -1 when it had to be ended. */
static int wait_for(pid_t pid)
{
	int status = 0, fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ends = { .fd = fd, .events = POLLIN };
	int ready = fd < 0 ? 0 : poll(&ends, 1, ANSWER_MS);
	if (ready <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (fd >= 0)
		close(fd);
	return ready > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool api_pam_check(const struct api_policy *policy, const char *login, const char *password)
{
	char input[INPUT_MAX];
	int ends[2];
	pid_t pid;
	size_t length = strlen(login) + 1, bytes = length + strlen(password) + 1;
	if (bytes > sizeof input || pipe2(ends, O_CLOEXEC) != 0)
		return false;
	memcpy(input, login, length);
	memcpy(input + length, password, bytes - length);
	/* It fits in the pipe: nobody waits here. */
	bool asked = write(ends[1], input, bytes) == (ssize_t)bytes;
	sodium_memzero(input, sizeof input);
	close(ends[1]);
	asked = asked && start_helper(policy, ends[0], &pid);
	close(ends[0]);
	int ended = asked ? wait_for(pid) : -1;
	if (ended != 0 && ended != 1)
		log_event("pam service=%s failed code=%d", policy->pam_service, ended);
	return ended == 0;
}
