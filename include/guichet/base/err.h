// SPDX-License-Identifier: GPL-3.0-or-later
/* Results and errors.
 *
 * Every function that can fail returns an enum guichet_rc; where a person may have to act on the failure its last
 * argument is a struct guichet_err *, which may be NULL. The values are the program's exit codes (sysexits where one
 * fits), so that main() returns them as they are.
 */
#ifndef GUICHET_BASE_ERR_H
#define GUICHET_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum guichet_rc {
	GUICHET_OK = 0,
	GUICHET_NOT_FOUND = 1,    /* well-formed but unknown, or nothing found */
	GUICHET_REFUSED = 2,      /* a business rule says no; the message names it */
	GUICHET_USAGE = 64,       /* the command line is wrong */
	GUICHET_DATA = 65,        /* bad value, wrong check digits, not a store, truncated, newer */
	GUICHET_NO_INPUT = 66,    /* no such file */
	GUICHET_UNAVAILABLE = 69, /* server not reachable */
	GUICHET_INTERNAL = 70,    /* a bug of ours */
	GUICHET_CANT_CREATE = 73,
	GUICHET_IO = 74,          /* I/O error, full disk */
	GUICHET_LOCKED = 75,      /* another guichet holds the store; try again */
	GUICHET_NO_PERM = 77,     /* role, scope, read-only */
	GUICHET_CONFIG = 78,      /* bad configuration or catalogue */
};

enum { GUICHET_ERR_MAX = 1024 };

struct guichet_err {
	enum guichet_rc code;
	bool retryable;                 /* the same call may succeed later, unchanged */
	char message[GUICHET_ERR_MAX];  /* one line in the user's language: what is wrong, with which value, what to do */
};

/* Fills `err` (if not NULL) and returns `code`. The message is cut to fit on a whole UTF-8 character, and control
 * characters in it are shown as marks, so that a value quoted in it can't move the cursor. GUICHET_LOCKED and
 * GUICHET_UNAVAILABLE set `retryable`. */
enum guichet_rc guichet_err_set(struct guichet_err *err, enum guichet_rc code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts a prefix before the message that `err` holds ("motifs.ini:12: "). */
void guichet_err_prefix(struct guichet_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
