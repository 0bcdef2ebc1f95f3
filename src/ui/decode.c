// SPDX-License-Identifier: GPL-3.0-or-later
/* From bytes to keys. Must not know any terminal by name, nor what a key does. */
#include "guichet/ui/decode.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

/* A sequence cut in two by the network is awaited longer than what may follow a lone Escape; a paste that stalls, longer still. */
enum { SEQUENCE_MS = 300, PASTE_MS = 3000 };

static const char paste_end[] = "\033[201~";

void decoder_init(struct decoder *d)
{
	*d = (struct decoder){ .escape_ms = 25, .paste = { .cap = KEY_PASTE_MAX } };
}

void decoder_done(struct decoder *d)
{
	struct key k;

	while (decoder_next(d, &k))
		continue;
	free(d->lent);
	free(d->keys);
	free(d->sequences);
	text_done(&d->paste);
	*d = (struct decoder){ 0 };
}

void decoder_add(struct decoder *d, const char *bytes, struct key key)
{
	size_t length = strlen(bytes);
	struct decoder_sequence *s;

	if (length < 2 || length >= sizeof s->bytes || bytes[0] != '\033')
		return;
	GUICHET_GROW(d->sequences, d->sequence_count, d->sequence_capacity);
	s = &d->sequences[d->sequence_count++];
	*s = (struct decoder_sequence){ .length = (uint8_t)length, .key = key };
	memcpy(s->bytes, bytes, length);
}

static void queue(struct decoder *d, struct key k)
{
	if (d->key_first > 0 && d->key_first == d->key_count)
		d->key_first = d->key_count = 0;
	if (k.code == KEYCODE_CHAR) {
		/* Both it and the one before. */
		if (d->burst && d->key_count > d->key_first)
			d->keys[d->key_count - 1].burst = true;
		k.burst = d->burst;
	}
	d->burst = k.code == KEYCODE_CHAR;
	GUICHET_GROW(d->keys, d->key_count, d->key_capacity);
	d->keys[d->key_count++] = k;
}

static void queue_code(struct decoder *d, enum key_code code)
{
	queue(d, (struct key){ .code = code });
}

bool decoder_next(struct decoder *d, struct key *out)
{
	free(d->lent);
	d->lent = NULL;
	if (d->key_first == d->key_count)
		return false;
	*out = d->keys[d->key_first++];
	if (out->code == KEYCODE_PASTE)
		d->lent = (char *)out->paste;
	return true;
}

/* --- Plain bytes ------------------------------------------------------------------------------------------------- */

static void control(struct decoder *d, unsigned char c)
{
	switch (c) {
	case '\r': case '\n':
		queue_code(d, KEYCODE_ENTER);
		break;
	case '\t':
		queue_code(d, KEYCODE_TAB);
		break;
	case '\b': case 0x7F:
		queue_code(d, KEYCODE_BACKSPACE);
		break;
	default:
		queue(d, (struct key){ .code = KEYCODE_CTRL, .ch = (uint32_t)(c >= 1 && c <= 26 ? c + 'a' - 1 : c + '@') });
	}
}

static void character(struct decoder *d, uint32_t cp)
{
	/* C1 controls are no one's key. */
	if (cp >= 0xA0 || (cp >= ' ' && cp < 0x7F))
		queue(d, (struct key){ .code = KEYCODE_CHAR, .ch = cp });
}

/* --- Key sequences ----------------------------------------------------------------------------------------------- */

static enum key_code code_of_final(char final)
{
	switch (final) {
	case 'A': return KEYCODE_UP;
	case 'B': return KEYCODE_DOWN;
	case 'C': return KEYCODE_RIGHT;
	case 'D': return KEYCODE_LEFT;
	case 'F': return KEYCODE_END;
	case 'H': return KEYCODE_HOME;
	case 'P': return KEYCODE_F1;
	case 'Q': return KEYCODE_F2;
	case 'R': return KEYCODE_F3;
	case 'S': return KEYCODE_F4;
	case 'Z': return KEYCODE_BACKTAB;
	default: return KEYCODE_NONE;
	}
}

/* ESC [ number ~ : the VT220's keys, and what grew from them. Above 24 the numbers are the first function keys with Shift. */
static struct key key_of_number(unsigned number)
{
	static const uint8_t codes[] = { 0, KEYCODE_HOME, KEYCODE_INSERT, KEYCODE_DELETE, KEYCODE_END, KEYCODE_PAGE_UP, KEYCODE_PAGE_DOWN,
		KEYCODE_HOME, KEYCODE_END, 0, 0, KEYCODE_F1, KEYCODE_F2, KEYCODE_F3, KEYCODE_F4, KEYCODE_F5, 0, KEYCODE_F6, KEYCODE_F7, KEYCODE_F8,
		KEYCODE_F9, KEYCODE_F10, 0, KEYCODE_F11, KEYCODE_F12, KEYCODE_F1, KEYCODE_F2, 0, KEYCODE_F3, KEYCODE_F4, 0, KEYCODE_F5, KEYCODE_F6,
		KEYCODE_F7, KEYCODE_F8 };

	if (number >= sizeof codes)
		return (struct key){ 0 };
	return (struct key){ .code = (enum key_code)codes[number], .shift = number >= 25 };
}

/* xterm adds 1 for itself, 1 for Shift, 2 for Alt, 4 for Ctrl. */
static void modify(struct key *k, unsigned modifier)
{
	if (modifier < 2 || modifier > 16)
		return;
	k->shift = k->shift || ((modifier - 1) & 1);
	k->ctrl = k->ctrl || ((modifier - 1) & 4);
}

/* Keys sent by their code point, as xterm (modifyOtherKeys) and kitty do. */
static void queue_code_point(struct decoder *d, unsigned cp, unsigned modifier)
{
	struct key k = { .code = KEYCODE_CHAR, .ch = cp };

	modify(&k, modifier);
	if (cp == 27) {
		queue_code(d, KEYCODE_ESCAPE);
	} else if (cp == '\t' && k.shift) {
		queue_code(d, KEYCODE_BACKTAB);
	} else if (cp < ' ' || cp == 0x7F) {
		control(d, (unsigned char)cp);
	} else if (k.ctrl && cp < 0x80) {
		control(d, (unsigned char)((cp >= 'a' ? cp - 32 : cp) & 0x1F));
	} else {
		character(d, cp > 0x10FFFF ? 0xFFFD : cp);
	}
}

struct csi { unsigned numbers[4]; int count; char private, final; };

static void read_csi(const char *bytes, size_t count, struct csi *out)
{
	*out = (struct csi){ .count = 1, .final = bytes[count - 1] };
	for (size_t i = 2; i + 1 < count; i++) {
		char c = bytes[i];

		if (c >= '0' && c <= '9' && out->numbers[out->count - 1] < 10000000)
			out->numbers[out->count - 1] = out->numbers[out->count - 1] * 10 + (unsigned)(c - '0');
		else if (c == ';' && out->count < 4)
			out->count++;
		else if (c == '<' || c == '=' || c == '>' || c == '?')
			out->private = c;
	}
}

/* ESC [ letter: F1 to F12, the same with Shift, with Ctrl; and the keys above the arrows. ESC [ Z, Shift-F2 too, stays Shift-Tab. */
static bool take_sco(struct decoder *d, char letter)
{
	static const char functions[] = "MNOPQRSTUVWXYZabcdefghijklmnopqrstuv", others[] = "LIG";
	static const enum key_code others_are[] = { KEYCODE_INSERT, KEYCODE_PAGE_UP, KEYCODE_PAGE_DOWN };
	enum { ROW = 12 };
	const char *function = strchr(functions, letter), *other = strchr(others, letter);

	if (other) {
		queue_code(d, others_are[other - others]);
		return true;
	}
	if (!function || letter == 'Z')
		return false;
	ptrdiff_t n = function - functions;
	queue(d, (struct key){ .code = (enum key_code)(KEYCODE_F1 + n % ROW), .shift = n / ROW == 1, .ctrl = n / ROW == 2 });
	return true;
}

/* A whole sequence ESC [ ... Unknown ones are dropped: answers of terminals, mice, focus. */
static void take_csi(struct decoder *d, const char *bytes, size_t count)
{
	struct csi s;
	struct key k = { 0 };

	read_csi(bytes, count, &s);
	if (s.private || (d->sco && count == 3 && take_sco(d, s.final)))
		return;
	switch (s.final) {
	case '~':
		if (s.numbers[0] == 200) {
			d->pasting = true;
			return;
		}
		if (s.numbers[0] == 27 && s.count == 3) {
			queue_code_point(d, s.numbers[2], s.numbers[1]);
			return;
		}
		k = key_of_number(s.numbers[0]);
		break;
	case '$': case '^': case '@':
		/* rxvt: Shift, Ctrl, both. */
		k = key_of_number(s.numbers[0]);
		k.shift = k.shift || s.final != '^';
		k.ctrl = s.final != '$';
		break;
	case 'a': case 'b': case 'c': case 'd':
		k = (struct key){ .code = code_of_final((char)(s.final - 32)), .shift = true };
		break;
	case 'u':
		queue_code_point(d, s.numbers[0], s.numbers[1]);
		return;
	default:
		/* What has another first number is an answer, such as the cursor's place. */
		if (s.numbers[0] <= 1)
			k.code = code_of_final(s.final);
	}
	if (s.count > 1)
		modify(&k, s.numbers[1]);
	if (k.code != KEYCODE_NONE)
		queue(d, k);
}

/* ESC O x: function keys and arrows. False when it is none of these: an Escape and a word that begins with O, typed ahead. (The numeric pad sends such
 * sequences only when asked to, which we never do.) */
static bool take_ss3(struct decoder *d, char final)
{
	struct key k = { .code = final == 'M' ? KEYCODE_ENTER : code_of_final(final) };

	/* PuTTY's VT100+ goes on where the VT100 ended. */
	if (final >= 'T' && final <= '[')
		k.code = (enum key_code)(KEYCODE_F5 + final - 'T');
	if (k.code == KEYCODE_NONE || k.code == KEYCODE_BACKTAB)
		return false;
	k.ctrl = d->application_arrows_are_ctrl && final <= 'D';
	queue(d, k);
	return true;
}

/* How `pending` stands to what terminfo gave: 2 it is one, 1 it may become one. */
static int match(struct decoder *d, struct key *out)
{
	int best = 0;

	for (size_t i = 0; i < d->sequence_count; i++) {
		const struct decoder_sequence *s = &d->sequences[i];

		if (d->pending_bytes == s->length && memcmp(s->bytes, d->pending, s->length) == 0) {
			*out = s->key;
			return 2;
		}
		if (d->pending_bytes < s->length && memcmp(s->bytes, d->pending, d->pending_bytes) == 0)
			best = 1;
	}
	return best;
}

static void feed_byte(struct decoder *d, char c);

/* Escape, then its other bytes as if they came alone. */
static void give_up(struct decoder *d)
{
	char rest[sizeof d->pending];
	size_t count = d->pending_bytes - 1;

	memcpy(rest, d->pending + 1, count);
	d->pending_bytes = 0;
	queue_code(d, KEYCODE_ESCAPE);
	for (size_t i = 0; i < count; i++)
		feed_byte(d, rest[i]);
}

/* `pending` begins with Escape and has grown by a byte. */
static void try_sequence(struct decoder *d)
{
	struct key k;
	int matched = match(d, &k);
	char second = d->pending[1], last = d->pending[d->pending_bytes - 1];

	if (matched == 2) {
		d->pending_bytes = 0;
		queue(d, k);
		return;
	}
	if (d->pending_bytes == 2 && second == '\033') {
		queue_code(d, KEYCODE_ESCAPE);
		d->pending_bytes = 1;
		return;
	}
	if (second == '[') {
		/* The Linux console's ESC [ [ A to E are F1 to F5. */
		bool console = d->pending_bytes > 2 && d->pending[2] == '[';
		size_t first = console ? 4 : 3;

		if (d->pending_bytes < first)
			return;
		if (console) {
			d->pending_bytes = 0;
			if (last >= 'A' && last <= 'E')
				queue_code(d, (enum key_code)(KEYCODE_F1 + last - 'A'));
		} else if ((last >= '@' && last <= '~') || (last == '$' && d->pending[2] >= '0' && d->pending[2] <= '9')) {
			size_t count = d->pending_bytes;

			d->pending_bytes = 0;
			take_csi(d, d->pending, count);
		} else if ((unsigned char)last < ' ' || (unsigned char)last >= 0x7F) {
			/* Broken off. */
			d->pending_bytes = 0;
			feed_byte(d, last);
		} else if (d->pending_bytes == sizeof d->pending) {
			d->pending_bytes = 0;
			d->skipping = true;
		}
		return;
	}
	if (second == 'O') {
		if (d->pending_bytes == 2)
			return;
		if (d->pending_bytes == 3 && take_ss3(d, last)) {
			d->pending_bytes = 0;
			return;
		}
	}
	if (matched == 0)
		give_up(d);
}

/* `pending` holds the beginning of a UTF-8 character, which `c` may continue. */
static void try_character(struct decoder *d, char c)
{
	unsigned char lead = (unsigned char)d->pending[0];
	size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2, count;
	char bytes[4];
	uint32_t cp;

	if (((unsigned char)c & 0xC0) == 0x80) {
		d->pending[d->pending_bytes++] = c;
		if (d->pending_bytes < wanted)
			return;
		if (utf8_decode(d->pending, wanted, &cp) == wanted) {
			d->pending_bytes = 0;
			character(d, cp);
			return;
		}
		c = '\0';
	}
	count = d->pending_bytes;
	memcpy(bytes, d->pending, count);
	d->pending_bytes = 0;
	if (!d->latin1)
		character(d, 0xFFFD);
	for (size_t i = 0; i < count && d->latin1; i++)
		character(d, (unsigned char)bytes[i]);
	if (c)
		feed_byte(d, c);
}

/* The end of a paste is looked for byte by byte, for it may come in pieces. */
static void paste_byte(struct decoder *d, char c)
{
	d->paste_tail[d->paste_tail_bytes++] = c;
	while (d->paste_tail_bytes > 0 && memcmp(d->paste_tail, paste_end, d->paste_tail_bytes) != 0) {
		if (d->paste.len < KEY_PASTE_MAX)
			text_addc(&d->paste, d->paste_tail[0]);
		else
			d->paste_dropped++;
		memmove(d->paste_tail, d->paste_tail + 1, --d->paste_tail_bytes);
	}
	if (d->paste_tail_bytes == sizeof paste_end - 1)
		d->pasting = false;
}

static void end_paste(struct decoder *d)
{
	struct key k = { .code = KEYCODE_PASTE, .paste_cut = d->paste_dropped > 0, .paste_bytes = d->paste.len };

	d->pasting = false;
	d->paste_tail_bytes = 0;
	d->paste_dropped = 0;
	k.paste = d->paste.data ? text_take(&d->paste) : guichet_strdup("");
	d->paste = (struct text){ .cap = KEY_PASTE_MAX };
	queue(d, k);
}

static void feed_byte(struct decoder *d, char c)
{
	unsigned char u = (unsigned char)c;

	if (d->pasting) {
		paste_byte(d, c);
		if (!d->pasting)
			end_paste(d);
		return;
	}
	if (d->skipping) {
		d->skipping = !(u >= '@' && u <= '~') && u != '\033';
		if (u != '\033')
			return;
	}
	if (d->pending_bytes > 0 && d->pending[0] == '\033') {
		d->pending[d->pending_bytes++] = c;
		try_sequence(d);
	} else if (d->pending_bytes > 0) {
		try_character(d, c);
	} else if (u == '\033' || (u >= 0xC2 && u <= 0xF4)) {
		d->pending[d->pending_bytes++] = c;
	} else if (u < ' ' || u == 0x7F) {
		control(d, u);
	} else if (u >= 0x80) {
		character(d, d->latin1 ? u : 0xFFFD);
	} else {
		character(d, u);
	}
}

void decoder_feed(struct decoder *d, const char *bytes, size_t count, int64_t now_ms)
{
	d->burst = false;
	for (size_t i = 0; i < count; i++)
		feed_byte(d, bytes[i]);
	d->pending_since_ms = now_ms;
}

int decoder_wait_ms(const struct decoder *d, int64_t now_ms)
{
	int64_t left;

	if (d->pasting)
		left = PASTE_MS;
	else if (d->pending_bytes == 1 && d->pending[0] == '\033')
		left = d->escape_ms;
	else if (d->pending_bytes > 0)
		left = SEQUENCE_MS;
	else
		return -1;
	left += d->pending_since_ms - now_ms;
	return left < 0 ? 0 : (int)left;
}

void decoder_expire(struct decoder *d, int64_t now_ms)
{
	if (decoder_wait_ms(d, now_ms) != 0)
		return;
	d->burst = false;
	if (d->pasting) {
		/* What looked like the beginning of the end was text. */
		text_addn(&d->paste, d->paste_tail, d->paste_tail_bytes);
		end_paste(d);
	} else if (d->pending[0] != '\033') {
		try_character(d, '\0');
	} else if (d->pending_bytes <= 2) {
		give_up(d);
		/* ESC [ alone: a person typed both. */
		d->pending_bytes = 0;
	} else {
		d->pending_bytes = 0;
	}
}
