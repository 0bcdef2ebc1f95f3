// SPDX-License-Identifier: GPL-3.0-or-later
/* Names of folders in modified UTF-7: "Traités" is "Trait&AOk-s". Knows nothing of servers. */
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/mail/imap.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

struct base64 {
	struct text *out;
	uint32_t held;
	int bits;
};

static void add_unit(struct base64 *b, uint32_t unit)
{
	b->held = b->held << 16 | unit;
	b->bits += 16;
	while (b->bits >= 6) {
		b->bits -= 6;
		text_addc(b->out, letters[b->held >> b->bits & 63]);
	}
	b->held &= (1u << b->bits) - 1;
}

static void end_base64(struct base64 *b)
{
	if (b->bits > 0)
		text_addc(b->out, letters[b->held << (6 - b->bits) & 63]);
	text_addc(b->out, '-');
}

void imap_folder_encode(const char *name, struct text *out)
{
	struct base64 b = {.out = out};
	bool inside = false;
	size_t left = strlen(name), n;
	for (uint32_t c; left > 0 && (n = utf8_decode(name, left, &c)) > 0; name += n, left -= n) {
		bool is_plain = c >= ' ' && c < 0x7f;
		if (is_plain && inside)
			end_base64(&b);
		if (!is_plain && !inside) {
			b = (struct base64){.out = out};
			text_addc(out, '&');
		}
		inside = !is_plain;
		if (is_plain) {
			text_addc(out, (char)c);
			if (c == '&')
				text_addc(out, '-');
		} else if (c > 0xffff) {
			add_unit(&b, 0xd800 + ((c - 0x10000) >> 10));
			add_unit(&b, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			add_unit(&b, c);
		}
	}
	if (inside)
		end_base64(&b);
}
