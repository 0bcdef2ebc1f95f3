// SPDX-License-Identifier: GPL-3.0-or-later
/* French is the source language of messages; other languages come through gettext (domain "guichet").
 * Mark with _() what is shown, with N_() what a table holds and is shown later through _().
 */
#ifndef GUICHET_BASE_I18N_H
#define GUICHET_BASE_I18N_H

#include <libintl.h>

#define _(message) gettext(message)
#define N_(message) (message)

/* Binds the domain and chooses the language: `lang` ("fr", "en") wins, else LANGUAGE and the locale; works under LC_ALL=C too
 * for "fr". Call once from main, before threads. */
void i18n_start(const char *lang);

/* True when messages are shown in French (dates are then "mardi 24 novembre 2026", else "Tuesday 24 November 2026"). */
int i18n_is_french(void);

/* True when the locale that the environment asks for writes UTF-8, whether it is installed or not. */
int i18n_is_utf8(void);

#endif
