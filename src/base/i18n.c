// SPDX-License-Identifier: GPL-3.0-or-later
/* The language of messages. French is the source: it needs no catalogue, and other languages are looked up by gettext.
 *
 * What glibc really does, and what this file is for: gettext never translates while the locale of messages is "C",
 * whatever LANGUAGE says, and setlocale(…, "") fails for a locale that is not installed. Debian always has C.UTF-8, which is
 * not "C" for gettext: so messages are put there, and LANGUAGE alone chooses the catalogue.
 */
#include "guichet/base/i18n.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#ifndef GUICHET_LOCALEDIR
#define GUICHET_LOCALEDIR "/usr/local/share/locale"
#endif

static const char domain[] = "guichet";
static bool in_french = true, in_utf8 = true;

/* Whether a name such as "en", "en_GB.UTF-8" or "en@euro", up to `end`, is of this language. */
static bool is_language(const char *name, size_t bytes, const char *language)
{
	size_t len = strlen(language);

	return bytes >= len && strncmp(name, language, len) == 0
		&& (bytes == len || strchr("_.@", name[len]) != NULL);
}

/* +1 French, -1 English, 0 another language or none. */
static int known_language(const char *name, size_t bytes)
{
	if (is_language(name, bytes, "fr"))
		return 1;
	return is_language(name, bytes, "en") ? -1 : 0;
}

/* The first of LANGUAGE's names that we speak, then the locale's; French when neither says anything we know. */
static bool wants_french(const char *lang)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *names = lang && *lang ? lang : getenv("LANGUAGE");
	int found = 0;

	while (names && *names && !found) {
		size_t bytes = strcspn(names, ":");

		found = known_language(names, bytes);
		names += bytes + (names[bytes] == ':');
	}
	for (size_t i = 0; !found && i < sizeof variables / sizeof *variables; i++) {
		const char *value = getenv(variables[i]);

		if (!value || !*value)
			continue;
		found = known_language(value, strlen(value));
		break;
	}
	return found >= 0;
}

/* Where the catalogues are: where the environment says, beside the program that was built and not installed, or installed. */
static void bind_catalogues(void)
{
	static const char beside[] = "/locale";
	const char *dir = secure_getenv("GUICHET_LOCALEDIR");
	char self[4096];

	if (!dir || !*dir) {
		ssize_t n = readlink("/proc/self/exe", self, sizeof self - sizeof beside);

		dir = GUICHET_LOCALEDIR;
		self[n > 0 ? n : 0] = '\0';
		char *slash = strrchr(self, '/');
		if (slash) {
			memcpy(slash, beside, sizeof beside);
			if (access(self, R_OK | X_OK) == 0)
				dir = self;
		}
	}
	bindtextdomain(domain, dir);
	bind_textdomain_codeset(domain, "UTF-8");
	textdomain(domain);
}

/* By its name where it is not installed: the terminal that it was set for is there all the same. */
static bool names_utf8(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = getenv(variables[i]), *codeset;

		if (!value || !*value)
			continue;
		codeset = strchr(value, '.');
		return codeset && (strncasecmp(codeset + 1, "utf-8", 5) == 0 || strncasecmp(codeset + 1, "utf8", 4) == 0);
	}
	return false;
}

void i18n_start(const char *lang)
{
	in_french = wants_french(lang);
	in_utf8 = setlocale(LC_CTYPE, "") ? strcmp(nl_langinfo(CODESET), "UTF-8") == 0 : names_utf8();
	/* Texts are UTF-8 inside, whatever is written (output.h). Numbers stay as C writes them. */
	if (!in_utf8 || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
	setenv("LANGUAGE", in_french ? "fr" : "en", 1);
	setlocale(LC_MESSAGES, "C.UTF-8");
	bind_catalogues();
}

int i18n_is_french(void)
{
	return in_french;
}

int i18n_is_utf8(void)
{
	return in_utf8;
}
