// SPDX-License-Identifier: GPL-3.0-or-later
/* Any text as an address: no crash, no NUL inside what comes out, a number that is one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/core/similar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *address = guichet_strndup((const char *)data, size), number[ADDRESS_NUMBER_MAX];
	struct text street = TEXT_INIT, folded = TEXT_INIT;

	address_fold(&folded, address);
	address_street(&street, address);
	if (address_number(address, number) != (number[0] >= '0' && number[0] <= '9'))
		abort();
	if (strlen(text_str(&street)) != street.len || strlen(text_str(&folded)) != folded.len)
		abort();
	text_done(&street);
	text_done(&folded);
	free(address);
	return 0;
}
