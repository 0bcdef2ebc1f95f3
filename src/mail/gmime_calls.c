// SPDX-License-Identifier: GPL-3.0-or-later
/* See gmime_calls.h. Must not know what is read. */
#define GUICHET_MAIL_GMIME_LOADING
#include "gmime_calls.h"

#include <stddef.h>

#include "guichet/base/i18n.h"
#include "guichet/base/late.h"

static const char library[] = "libgmime-3.0.so.0";

/* A library is loaded once for the whole process, and stays. */
static struct gmime_calls loaded;
static GMimeParserOptions *options;

const struct gmime_calls *gmime_calls(void)
{
	return &loaded;
}

GMimeParserOptions *gmime_options(void)
{
	return options;
}

enum guichet_rc gmime_calls_load(struct guichet_err *err)
{
	static const struct late_call names[] = {
#define GMIME_NAME(name) {#name, offsetof(struct gmime_calls, call_##name)},
		GMIME_CALLS(GMIME_NAME)
#undef GMIME_NAME
	};
	static const char *fallbacks[] = { "utf-8", "windows-1252", "iso-8859-1", NULL };
	if (options)
		return GUICHET_OK;
	if (!late_load(library, names, sizeof names / sizeof *names, &loaded))
		return guichet_err_set(err, GUICHET_UNAVAILABLE, _("%s manque ou est trop ancienne : installez libgmime-3.0-0 pour lire le courriel"), library);
	loaded.call_g_mime_init();
	options = loaded.call_g_mime_parser_options_new();
	loaded.call_g_mime_parser_options_set_fallback_charsets(options, fallbacks);
	loaded.call_g_mime_parser_options_set_allow_addresses_without_domain(options, TRUE);
	return GUICHET_OK;
}
