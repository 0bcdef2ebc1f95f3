// SPDX-License-Identifier: GPL-3.0-or-later
/* See curl_calls.h. Must not know what is exchanged. */
#include "guichet/base/curl_calls.h"

#include <stddef.h>

#include "guichet/base/i18n.h"
#include "guichet/base/late.h"

static const char library[] = "libcurl.so.4";

/* A library is loaded once for the whole process, and stays. */
static struct curl_calls loaded;
static bool is_loaded;

const struct curl_calls *curl_calls(void)
{
	return &loaded;
}

enum guichet_rc curl_calls_load(struct guichet_err *err)
{
	static const struct late_call names[] = {
#define CURL_NAME(name) {"curl_" #name, offsetof(struct curl_calls, name)},
		CURL_CALLS(CURL_NAME)
#undef CURL_NAME
	};
	if (!is_loaded && !late_load(library, names, sizeof names / sizeof *names, &loaded))
		return guichet_err_set(err, GUICHET_UNAVAILABLE, _("%s manque ou est trop ancienne : installez libcurl4 pour joindre le serveur"), library);
	is_loaded = true;
	return GUICHET_OK;
}
