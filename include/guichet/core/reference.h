// SPDX-License-Identifier: GPL-3.0-or-later
/* Reference numbers: an 8-digit serial and two check digits, ISO 7064 MOD 97-10, digits only since they are dictated by phone. */
#ifndef GUICHET_CORE_REFERENCE_H
#define GUICHET_CORE_REFERENCE_H

#include <stdint.h>

#include "guichet/base/err.h"
#include "guichet/base/text.h"

enum { REFERENCE_SHOWN = 15 };

/* 98 - (serial x 100 mod 97), appended. `serial` is 10000000..99999999. */
int64_t reference_make(uint32_t serial);
/* Reads "31 40 03 21 06", "3140032106", "31.40-03 21 06" (spaces of any kind, dots, dashes). GUICHET_DATA for another length, a first digit
 * 0, other characters, or a wrong check: then the message names every swap of two digits (adjacent or not) that would fit, or says that
 * none does. */
enum guichet_rc reference_parse(const char *s, int64_t *out, struct guichet_err *err);
void reference_show(int64_t reference, char out[REFERENCE_SHOWN]); /* "31 40 03 21 06" */

#endif
