// SPDX-License-Identifier: GPL-3.0-or-later
/* Compressed bodies from outside: the first byte says how. Whatever they say, they unpack to at most what is allowed; and what we packed comes back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/wire/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text plain = TEXT_INIT, packed = TEXT_INIT;
	if (size == 0)
		return 0;
	const enum wire_coding coding = data[0] & 1 ? WIRE_ZSTD : WIRE_GZIP;
	const char *bytes = (const char *)data + 1;
	enum guichet_rc rc = wire_unpack(coding, bytes, size - 1, MAX, &plain, NULL);
	if (plain.len > MAX)
		abort();
	text_done(&plain);
	if (rc == GUICHET_OK || size - 1 > MAX)
		return 0;
	wire_pack(coding, bytes, size - 1, &packed);
	rc = wire_unpack(coding, text_str(&packed), packed.len, MAX, &plain, NULL);
	if (rc || plain.len != size - 1 || memcmp(text_str(&plain), bytes, size - 1) != 0)
		abort();
	text_done(&plain);
	text_done(&packed);
	return 0;
}
