// SPDX-License-Identifier: GPL-3.0-or-later
/* Phone numbers (ARCEP's numbering plan; ITU-T E.164). */
#ifndef GUICHET_CORE_PHONE_H
#define GUICHET_CORE_PHONE_H

#include <stdbool.h>

#include "guichet/base/err.h"

enum { PHONE_MAX = 24 };

enum phone_kind { PHONE_GEOGRAPHIC, PHONE_MOBILE, PHONE_SPECIAL, PHONE_VOIP, PHONE_SHORT, PHONE_OVERSEAS, PHONE_FOREIGN };

struct phone {
	char e164[PHONE_MAX];      /* "+33612345678"; a short number as dialled: "3945" */
	char reversed[PHONE_MAX];  /* its national digits from the last to the first: a search by the last digits is a prefix */
	enum phone_kind kind;
};

/* Reads any writing: "06 12 34 56 78", "06.12/34-56 78", "+33 (0)6 12...", "0033 6...", "00 32 2 ...", "3945", "+590 590 ...".
 * Overseas numbers written nationally (0590 12 34 56, 0262..., 0639... Mayotte mobiles) get their own country code.
 * GUICHET_DATA names the number and says what is wrong (too short, letters, an unassigned beginning...). */
enum guichet_rc phone_parse(const char *s, struct phone *out, struct guichet_err *err);

/* "06 12 34 56 78", "39 45" -> "3945", "+590 590 12 34 56", "+32 2 123 45 67" (groups only where known). */
void phone_show(const char *e164, char out[PHONE_MAX + 16]);

/* Digits only, for a search by a fragment: "06 12 3" -> "0612 3" without spaces; "+33 6 1" -> "061". False if `s` holds anything that a
 * phone number can't hold, or fewer than 4 digits. */
bool phone_fragment(const char *s, char out[PHONE_MAX]);

#endif
