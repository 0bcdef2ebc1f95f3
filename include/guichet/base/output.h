// SPDX-License-Identifier: GPL-3.0-or-later
/* Standard output and standard error as the locale can show them. Texts are UTF-8 inside; where the locale is not, a terminal would take their bytes for something
 * else, even for orders: letters lose their accents, and what nothing stands for becomes a question mark. Files and data stay UTF-8.
 */
#ifndef GUICHET_BASE_OUTPUT_H
#define GUICHET_BASE_OUTPUT_H

#include <stdbool.h>

/* From here on `stdout` and `stderr` are such streams. Once, after i18n_start, before anything is printed. Where the locale is UTF-8 they stay what they are. */
void output_start(void);
/* What is printed next on standard output is data, UTF-8 whatever the locale (JSON, CSV), or text again. Returns what it was before. */
bool output_as_is(bool as_is);

#endif
