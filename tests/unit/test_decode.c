// SPDX-License-Identifier: GPL-3.0-or-later
/* From bytes to keys: the sequences of the terminals that agents have, Escape alone, bursts, pastes, and bytes that mean nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "grid_checks.h"
#include "guichet/base/clock.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/ui/decode.h"

/* Adds the names of the keys that wait: "Échap a <collé:xyz>". */
static void drain(struct decoder *d, struct text *out)
{
	struct key k;

	while (decoder_next(d, &k)) {
		if (out->len > 0)
			text_addc(out, ' ');
		if (k.code == KEYCODE_PASTE) {
			text_add(out, "<");
			text_addn(out, k.paste, k.paste_bytes);
			text_add(out, ">");
		} else {
			key_describe(out, &k);
		}
	}
}

static void decodes_with(struct decoder *d, const char *bytes, size_t count, const char *expected)
{
	struct text keys = TEXT_INIT;

	decoder_feed(d, bytes, count, 1000);
	decoder_expire(d, 10000);
	drain(d, &keys);
	assert_string_equal(text_str(&keys), expected);
	assert_int_equal(decoder_wait_ms(d, 10000), -1);
	text_done(&keys);
}

/* The same whether it comes whole or byte by byte. */
static void decodes_on(bool sco, const char *bytes, const char *expected)
{
	struct decoder d;

	decoder_init(&d);
	d.sco = sco;
	decodes_with(&d, bytes, strlen(bytes), expected);
	for (const char *c = bytes; *c && c[1]; c++)
		decoder_feed(&d, c, 1, 1000);
	decodes_with(&d, *bytes ? bytes + strlen(bytes) - 1 : bytes, *bytes ? 1 : 0, expected);
	decoder_done(&d);
}

static void decodes(const char *bytes, const char *expected)
{
	decodes_on(false, bytes, expected);
}

/* Protects: letters in UTF-8, and the control keys. */
static void reads_text(void **state)
{
	(void)state;
	decodes("", "");
	decodes("aé€🎉", "a é € 🎉");
	decodes("\r\n\t\x7F\b", "Entrée Entrée Tab Retour arrière Retour arrière");
	decodes("\x01\x1A\x1C\x1D\x1E\x1F", "Ctrl-A Ctrl-Z Ctrl-\\ Ctrl-] Ctrl-^ Ctrl-_");
}

/* Protects: bytes that are no UTF-8 give one mark and swallow nothing that follows; C1 controls give nothing. */
static void survives_bad_utf8(void **state)
{
	struct decoder d;

	(void)state;
	decodes("a\xC3(b", "a \uFFFD ( b");
	decodes("\xFF\x80z", "\uFFFD \uFFFD z");
	decodes("\xE2\x82", "\uFFFD");
	decodes("\xE2\x82\rz", "\uFFFD Entrée z");
	decodes("\xC3\033[A", "\uFFFD Haut");
	decodes("\xED\xA0\x80z", "\uFFFD z");
	decodes("\xC2\x9Bz", "z");
	decoder_init(&d);
	d.latin1 = true;
	decodes_with(&d, "\xE9t\xE9 \xC3(", 6, "é t é Espace Ã (");
	decodes_with(&d, "\xC3\xA9", 2, "é");
	decoder_done(&d);
}

/* Protects: the keys of xterm, screen and tmux, rxvt, PuTTY, the Linux console and VT220, with Shift and Ctrl where they send them. */
static void reads_keys(void **state)
{
	static const struct { const char *bytes, *names; } keys[] = {
		{ "\033[A\033[B\033[C\033[D\033OA", "Haut Bas Droite Gauche Haut" },
		{ "\033[H\033[F\033OH\033[1~\033[4~\033[7~\033[8~", "Début Fin Début Début Fin Début Fin" },
		{ "\033[2~\033[3~\033[5~\033[6~", "Inser Suppr Pg.préc Pg.suiv" },
		{ "\033OP\033OQ\033OR\033OS", "F1 F2 F3 F4" },
		{ "\033[11~\033[12~\033[13~\033[14~\033[15~\033[17~", "F1 F2 F3 F4 F5 F6" },
		{ "\033[18~\033[19~\033[20~\033[21~\033[23~\033[24~", "F7 F8 F9 F10 F11 F12" },
		{ "\033[[A\033[[B\033[[C\033[[D\033[[E", "F1 F2 F3 F4 F5" },
		{ "\033[1;2P\033[25~\033[34~\033[15;2~", "Maj-F1 Maj-F1 Maj-F8 Maj-F5" },
		{ "\033[1;2A\033[1;5C\033[1;6D\033[1;5H\033[3;5~", "Maj-Haut Ctrl-Droite Ctrl-Maj-Gauche Ctrl-Début Ctrl-Suppr" },
		{ "\033[a\033[d\033[3$\033[7^\033[8@", "Maj-Haut Maj-Gauche Maj-Suppr Ctrl-Début Ctrl-Maj-Fin" },
		{ "\033[Z\033[27;2;9~\033[9;2u", "Maj-Tab Maj-Tab Maj-Tab" },
		{ "\033OM", "Entrée" },
		{ "\033[97;5u\033[27;5;102~\033[233u\033[27u", "Ctrl-A Ctrl-F é Échap" },
	};
	struct decoder d;

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		decodes(keys[i].bytes, keys[i].names);
	decoder_init(&d);
	d.application_arrows_are_ctrl = true;
	decodes_with(&d, "\033OA\033[A", 6, "Ctrl-Haut Haut");
	/* What terminfo says wins, a longer sequence too. */
	decoder_add(&d, "\033[A", key_of("F7"));
	decoder_add(&d, "\033Xyz", key_of("F9"));
	decoder_add(&d, "x", key_of("F9"));
	decodes_with(&d, "\033[A\033Xyzx\033Xyx", 12, "F7 F9 x Échap X y x");
	decoder_done(&d);
}

/* Two pieces with a moment between them, wherever it is cut: what the network or a slow line does to a key. */
static void decodes_cut(bool sco, const char *bytes, const char *expected)
{
	size_t count = strlen(bytes);

	for (size_t cut = 1; cut < count; cut++) {
		struct text keys = TEXT_INIT;
		struct decoder d;

		decoder_init(&d);
		d.sco = sco;
		decoder_feed(&d, bytes, cut, 1000);
		decoder_expire(&d, 1000 + d.escape_ms - 1);
		decoder_feed(&d, bytes + cut, count - cut, 1000 + d.escape_ms - 1);
		decoder_expire(&d, 10000);
		drain(&d, &keys);
		assert_string_equal(text_str(&keys), expected);
		text_done(&keys);
		decoder_done(&d);
	}
}

/* Protects: every key that the screens use, as each terminal that agents have sends it: whole, byte by byte, and cut in two. */
static void reads_each_terminal(void **state)
{
	static const char *const names[] = { "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "Haut", "Bas", "Droite", "Gauche", "Début",
		"Fin", "Inser", "Suppr", "Pg.préc", "Pg.suiv", "Maj-Tab", "Retour arrière" };
	enum { KEYS = sizeof names / sizeof *names };
#define SS3_FUNCTIONS "\033OP", "\033OQ", "\033OR", "\033OS"
#define CONSOLE_FUNCTIONS "\033[[A", "\033[[B", "\033[[C", "\033[[D", "\033[[E"
#define FROM_F6 "\033[17~", "\033[18~", "\033[19~", "\033[20~", "\033[21~", "\033[23~", "\033[24~"
#define ARROWS "\033[A", "\033[B", "\033[C", "\033[D"
#define EDITING "\033[2~", "\033[3~", "\033[5~", "\033[6~"
	static const struct { const char *terminal; const char *sends[KEYS]; } terminals[] = {
		{ "xterm", { SS3_FUNCTIONS, "\033[15~", FROM_F6, ARROWS, "\033[H", "\033[F", EDITING, "\033[Z", "\x7F" } },
		{ "xterm in application mode", { SS3_FUNCTIONS, "\033[15~", FROM_F6, "\033OA", "\033OB", "\033OC", "\033OD", "\033OH", "\033OF", EDITING, "\033[Z", "\b" } },
		{ "screen, tmux", { SS3_FUNCTIONS, "\033[15~", FROM_F6, ARROWS, "\033[1~", "\033[4~", EDITING, "\033[Z", "\x7F" } },
		{ "PuTTY", { "\033[11~", "\033[12~", "\033[13~", "\033[14~", "\033[15~", FROM_F6, ARROWS, "\033[1~", "\033[4~", EDITING, "\033[Z", "\x7F" } },
		{ "PuTTY as the Linux console", { CONSOLE_FUNCTIONS, FROM_F6, ARROWS, "\033[1~", "\033[4~", EDITING, "\033[Z", "\x7F" } },
		{ "PuTTY as xterm", { SS3_FUNCTIONS, "\033[15~", FROM_F6, ARROWS, "\033[H", "\033[F", EDITING, "\033[Z", "\x7F" } },
		{ "PuTTY as VT100+", { SS3_FUNCTIONS, "\033OT", "\033OU", "\033OV", "\033OW", "\033OX", "\033OY", "\033OZ", "\033O[", ARROWS, "\033[1~", "\033[4~", EDITING,
			"\033[Z", "\x7F" } },
		{ "PuTTY as VT400", { "\033[11~", "\033[12~", "\033[13~", "\033[14~", "\033[15~", FROM_F6, ARROWS, "\033[1~", "\033[4~", EDITING, "\033[Z", "\x7F" } },
		/* Its Delete is its Backspace. */
		{ "PuTTY as SCO", { "\033[M", "\033[N", "\033[O", "\033[P", "\033[Q", "\033[R", "\033[S", "\033[T", "\033[U", "\033[V", "\033[W", "\033[X", ARROWS, "\033[H",
			"\033[F", "\033[L", NULL, "\033[I", "\033[G", "\033[Z", "\x7F" } },
		{ "rxvt", { "\033[11~", "\033[12~", "\033[13~", "\033[14~", "\033[15~", FROM_F6, ARROWS, "\033[7~", "\033[8~", EDITING, "\033[Z", "\x7F" } },
		{ "Linux console", { CONSOLE_FUNCTIONS, FROM_F6, ARROWS, "\033[1~", "\033[4~", EDITING, "\033[Z", "\x7F" } },
		/* Its other keys it does not have. */
		{ "vt100", { SS3_FUNCTIONS, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ARROWS, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "\b" } },
		{ "vt220", { SS3_FUNCTIONS, NULL, FROM_F6, ARROWS, "\033[1~", "\033[4~", EDITING, NULL, "\x7F" } },
	};

	(void)state;
	for (size_t t = 0; t < sizeof terminals / sizeof *terminals; t++) {
		struct text all = TEXT_INIT, expected = TEXT_INIT;
		const bool sco = !strcmp(terminals[t].terminal, "PuTTY as SCO");

		for (int k = 0; k < KEYS; k++) {
			const char *sent = terminals[t].sends[k];

			if (!sent)
				continue;
			decodes_on(sco, sent, names[k]);
			decodes_cut(sco, sent, names[k]);
			text_add(&all, sent);
			text_addf(&expected, "%s%s", expected.len ? " " : "", names[k]);
		}
		decodes_on(sco, text_str(&all), text_str(&expected));
		text_done(&all);
		text_done(&expected);
	}
}

/* Protects: Shift and Ctrl with SCO's function keys; numbers before the letter are not theirs. */
static void reads_sco_modifiers(void **state)
{
	(void)state;
	decodes_on(true, "\033[Y\033[a\033[j\033[k\033[v", "Maj-F1 Maj-F3 Maj-F12 Ctrl-F1 Ctrl-F12");
	decodes_on(true, "\033[1;2P\033[5~\033[w\033[[Az", "Maj-F1 Pg.préc F1 z");
}

/* Protects: what terminals answer unasked, and sequences that nobody knows, are no text. */
static void drops_the_unknown(void **state)
{
	char endless[400] = "\033[";

	(void)state;
	decodes("\033[?1;2cz", "z");
	decodes("\033[12;40Rz", "z");
	decodes("\033[Iz\033[O", "z");
	decodes("\033[<0;1;1Mz", "z");
	decodes("\033[99~\033[1;2Xz", "z");
	decodes("\033[12\rz", "Entrée z");
	decodes("\033[1;", "");
	memset(endless + 2, '1', 300);
	memcpy(endless + 302, "mz", 3);
	decodes(endless, "z");
}

/* Protects: Escape alone is Escape after its delay and not before; before a letter it is Escape and the letter; twice it is twice. */
static void tells_escape_apart(void **state)
{
	struct decoder d;
	struct key k;

	(void)state;
	decodes("\033", "Échap");
	decodes("\033n", "Échap n");
	decodes("\033\033[A", "Échap Haut");
	decodes("\033\033", "Échap Échap");
	decodes("\033[", "Échap [");
	decodes("\033é", "Échap é");
	decodes("\033O", "Échap O");
	decodes("\033Oui", "Échap O u i");
	decoder_init(&d);
	d.escape_ms = 25;
	decoder_feed(&d, "\033", 1, 1000);
	assert_int_equal(decoder_wait_ms(&d, 1010), 15);
	decoder_expire(&d, 1024);
	assert_false(decoder_next(&d, &k));
	decoder_expire(&d, 1025);
	assert_true(decoder_next(&d, &k));
	assert_int_equal(k.code, KEYCODE_ESCAPE);
	/* A sequence that the network cut in two. */
	decoder_feed(&d, "\033[1;", 4, 2000);
	decoder_expire(&d, 2100);
	decoder_feed(&d, "5A", 2, 2100);
	assert_true(decoder_next(&d, &k));
	assert_true(k.code == KEYCODE_UP && k.ctrl);
	decoder_done(&d);
}

/* Protects: a paste is one key with its bytes as they were, keys and ends of pastes cut anywhere among them; nothing in it acts. */
static void takes_pastes(void **state)
{
	struct decoder d;

	(void)state;
	decodes("\033[200~ab\033[201~z", "<ab> z");
	decodes("\033[200~\033[201~", "<>");
	decodes("\033[200~a\r\033[A\033OP\x01\033[201\033[201~z", "<a\r\033[A\033OP\x01\033[201> z");
	decodes("\033[200~\033[200~\033[201~\r", "<\033[200~> Entrée");
	decodes("\033[201~z", "z");
	/* The end never comes. */
	decodes("\033[200~ab\033[20", "<ab\033[20>");
	decoder_init(&d);
	decoder_feed(&d, "\033[200~ab", 8, 0);
	assert_true(decoder_wait_ms(&d, 0) > 100);
	decoder_done(&d);
}

/* Protects: a paste over the cap is cut, and says so; what follows is not lost. */
static void caps_pastes(void **state)
{
	enum { PIECE = 65536 };
	char *piece = guichet_alloc(PIECE);
	struct decoder d;
	struct key k;

	(void)state;
	memset(piece, 'x', PIECE);
	decoder_init(&d);
	for (int extra = 0; extra < 2; extra++) {
		decoder_feed(&d, "\033[200~", 6, 0);
		for (int i = 0; i < KEY_PASTE_MAX / PIECE; i++)
			decoder_feed(&d, piece, PIECE, 0);
		decoder_feed(&d, "y\033[201~z", extra ? 8 : 0, 0);
		if (!extra)
			decoder_feed(&d, "\033[201~z", 7, 0);
		assert_true(decoder_next(&d, &k));
		assert_int_equal(k.code, KEYCODE_PASTE);
		assert_int_equal(k.paste_bytes, KEY_PASTE_MAX);
		assert_int_equal(k.paste_cut, extra);
		assert_int_equal(k.paste[KEY_PASTE_MAX - 1], 'x');
		assert_true(decoder_next(&d, &k));
		assert_int_equal(k.ch, 'z');
	}
	decoder_done(&d);
	free(piece);
}

/* Protects: letters that came together are told from letters typed one by one: a question is not answered by what was typed ahead. */
static void marks_bursts(void **state)
{
	struct decoder d;
	struct key k;

	(void)state;
	decoder_init(&d);
	decoder_feed(&d, "o", 1, 0);
	decoder_feed(&d, "u", 1, 100);
	decoder_feed(&d, "oui", 3, 200);
	decoder_feed(&d, "\033[Bo", 4, 300);
	for (int i = 0; i < 7; i++) {
		assert_true(decoder_next(&d, &k));
		assert_int_equal(k.burst, i >= 2 && i <= 4);
	}
	assert_false(decoder_next(&d, &k));
	decoder_done(&d);
}

/* Protects: any bytes in any pieces end with nothing waiting, every character valid and harmless, and memory freed. */
static void survives_noise(void **state)
{
	static const char alphabet[] = "\033\033\033[[O~;0123456789ABCDHFPZuM$^\r\t\x80\xC3\xA9\xE2\xFF" "abc200~201~?<";
	uint64_t seed = 20261122;
	struct guichet_random random = random_seeded(&seed);
	struct decoder d;
	struct key k;

	(void)state;
	decoder_init(&d);
	decoder_add(&d, "\033[0;1;2$", key_of("F1"));
	for (int round = 0; round < 20000; round++) {
		unsigned char noise[32];
		char bytes[32];

		random.fill(random.context, noise, sizeof noise);
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = round % 2 ? alphabet[noise[i] % (sizeof alphabet - 1)] : (char)noise[i];
		decoder_feed(&d, bytes, noise[0] % sizeof bytes, round * 10);
		if (noise[1] % 3 == 0)
			decoder_expire(&d, round * 10 + noise[2]);
		while (decoder_next(&d, &k)) {
			assert_in_range(k.code, KEYCODE_CHAR, KEYCODE_CTRL);
			if (k.code == KEYCODE_CHAR)
				assert_true(k.ch >= ' ' && k.ch <= 0x10FFFF && !(k.ch >= 0x7F && k.ch < 0xA0) && !(k.ch >= 0xD800 && k.ch < 0xE000));
		}
	}
	decoder_expire(&d, 10000000);
	assert_int_equal(decoder_wait_ms(&d, 10000000), -1);
	decoder_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_text), cmocka_unit_test(survives_bad_utf8), cmocka_unit_test(reads_keys), cmocka_unit_test(reads_each_terminal), cmocka_unit_test(reads_sco_modifiers),
		cmocka_unit_test(drops_the_unknown),
		cmocka_unit_test(tells_escape_apart), cmocka_unit_test(takes_pastes), cmocka_unit_test(caps_pastes), cmocka_unit_test(marks_bursts),
		cmocka_unit_test(survives_noise),
	};

	i18n_start("fr");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
