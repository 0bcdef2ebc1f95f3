// SPDX-License-Identifier: GPL-3.0-or-later
/* The scope hash (core/digest.h): one operation after another into it. Must not know where they come from. */
#include "guichet/core/digest.h"

#include <sodium.h>
#include <string.h>

static unsigned char *put(unsigned char *at, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		*at++ = (unsigned char)(number >> (8 * i));
	return at;
}

void digest_add(struct digest *d, int64_t seq, struct op_id id, struct op_id subject, const uint8_t *hash)
{
	unsigned char bytes[DIGEST_BYTES + 5 * 8 + OP_HASH] = { 0 }, *at = bytes + DIGEST_BYTES;
	memcpy(bytes, d->hash, DIGEST_BYTES);
	at = put(at, (uint64_t)seq);
	at = put(at, id.device);
	at = put(at, id.dseq);
	at = put(at, subject.device);
	at = put(at, subject.dseq);
	if (hash)
		memcpy(at, hash, OP_HASH);
	crypto_generichash(d->hash, DIGEST_BYTES, bytes, sizeof bytes, NULL, 0);
	d->operations++;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->operations == b->operations && memcmp(a->hash, b->hash, DIGEST_BYTES) == 0;
}
