// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever is typed as a phone number or a reference: no crash, and what was read reads back as itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_phone(const char *typed)
{
	char shown[PHONE_MAX + 16], digits[PHONE_MAX];
	struct phone first, again;

	phone_fragment(typed, digits);
	phone_show(typed, shown);
	if (phone_parse(typed, &first, NULL) != GUICHET_OK)
		return;
	phone_show(first.e164, shown);
	if (phone_parse(shown, &again, NULL) != GUICHET_OK || strcmp(first.e164, again.e164) != 0 ||
		strcmp(first.reversed, again.reversed) != 0 || first.kind != again.kind)
		abort();
}

static void check_reference(const char *typed)
{
	struct guichet_err err = {0};
	char shown[REFERENCE_SHOWN];
	int64_t first, again;

	if (reference_parse(typed, &first, &err) != GUICHET_OK)
		return;
	reference_show(first, shown);
	if (reference_parse(shown, &again, NULL) != GUICHET_OK || first != again)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *typed = guichet_strndup((const char *)data, size);

	check_phone(typed);
	check_reference(typed);
	free(typed);
	return 0;
}
