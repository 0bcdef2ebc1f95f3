// SPDX-License-Identifier: GPL-3.0-or-later
/* What people put between the digits of a number that they type, dictate or paste: spaces of any kind, dots, dashes.
 * Private to core; knows no particular kind of number. */
#ifndef GUICHET_SRC_CORE_DIGITS_H
#define GUICHET_SRC_CORE_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool digits_is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F ||
		c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

static inline bool digits_is_dash(uint32_t c)
{
	return c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE63 || c == 0xFF0D;
}

static inline bool digits_is_dot(uint32_t c)
{
	return c == '.' || c == 0xB7 || c == 0x2022 || c == 0x2024;
}

#endif
