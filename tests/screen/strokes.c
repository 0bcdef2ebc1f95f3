// SPDX-License-Identifier: GPL-3.0-or-later
/* See strokes.h. */
#include "strokes.h"

#include <stdio.h>
#include <string.h>

#include "guichet/base/clock.h"

enum { ESCAPE_PASSED_MS = 400, MEGABYTE = 1 << 20 };

void strokes_begin(struct strokes *s, uint64_t seed)
{
	s->state = (seed ^ seed >> 31) * 0xD1342543DE82EF95u + 0xB5;
	/* Neighbours must not be the same stream, some steps later. */
	s->state = strokes_below(s, 0);
}

uint64_t strokes_below(struct strokes *s, uint64_t bound)
{
	struct guichet_random random = random_seeded(&s->state);
	uint64_t drawn;

	random.fill(random.context, &drawn, sizeof drawn);
	return bound ? drawn % bound : drawn;
}

/* --- What is typed ----------------------------------------------------------------------------------------------- */

static void type(struct stroke *out, const char *bytes)
{
	text_add(&out->bytes, bytes);
	out->keys++;
}

static void type_words(struct strokes *s, struct stroke *out)
{
	static const char *const words[] = { "0612345678", "06 12 34 56 78", "+33612345678", "Mme Lefèvre", "martin", "Laurence Dumont", "12 rue des Lilas", "rue",
		"nid de poule", "depot", "recl", "lampadaire", "Verdane", "saint", "Trou dans la chaussée", "Sac poubelle éventré", "19 92", "1992819411",
		"oui", "o", "non", "24/11/2026", "demain", "31/12/2026 09:30", "25/11/2026 14:00", "a@b.fr", "jean.dupont@example.org", "voirie", "phone", "post", "email",
		"1", "3", "urgent", "Le sac est là depuis lundi, des rats viennent la nuit.", "1 23 45 67 890 123 45", "FR76 3000 6000 0112 3456 7890 189", "il est alcoolique",
		"a-qualifier", "zzzzzzzz", "%s%n%d", "'; DROP TABLE request; --", "\\", "\"", "*", "NEAR/2 (", "-", "99/99/9999", "0", "999999999999999999999" };
	const char *word = words[strokes_below(s, sizeof words / sizeof *words)];

	text_add(&out->bytes, word);
	out->keys += (int)strlen(word);
}

static void type_function(struct strokes *s, struct stroke *out)
{
	static const char *const keys[] = { "\033OP", "\033OQ", "\033OQ", "\033OR", "\033OS", "\033OS", "\033[15~", "\033[17~", "\033[18~", "\033[19~", "\033[19~", "\033[20~",
		"\033[20~", "\033[21~", "\033[23~", "\033[24~" };

	type(out, keys[strokes_below(s, sizeof keys / sizeof *keys)]);
}

static void type_control(struct strokes *s, struct stroke *out)
{
	char c[2] = { (char)(1 + strokes_below(s, 31)), '\0' };

	/* Leaving for good is rarer than the rest. */
	if (*c == 0x11 && strokes_below(s, 4))
		*c = 0x0E;
	type(out, c);
	if (*c == 0x1B)
		out->pass_ms = ESCAPE_PASSED_MS;
}

static void type_moving(struct strokes *s, struct stroke *out)
{
	static const char *const keys[] = { "\033[A", "\033[B", "\033[B", "\033[C", "\033[D", "\033[H", "\033[F", "\033[5~", "\033[6~", "\033[1;5A", "\033[1;5B", "\033[1;5C",
		"\033[1;5D", "\033[1;2C", "\033[1;2D", "\033[1;2H", "\033[1;2F", "\033[Z", "\t", "\t", "\t", "\r", "\r", "\x7F", "\x7F", "\033[3~", "\b", " " };

	for (uint64_t n = 1 + strokes_below(s, 4) * strokes_below(s, 3); n > 0; n--)
		type(out, keys[strokes_below(s, sizeof keys / sizeof *keys)]);
}

static void type_letter(struct strokes *s, struct stroke *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzTBDASEHGC?:/0123456789+xo o\r";
	char c[2] = { letters[strokes_below(s, sizeof letters - 1)], '\0' };

	type(out, c);
}

static void type_command(struct strokes *s, struct stroke *out)
{
	static const char *const names[] = {
#define ACTION(id, name, french, ...) name, french,
#include "guichet/ui/actions.def"
#undef ACTION
	};
	const char *name = names[strokes_below(s, sizeof names / sizeof *names)];

	if (!strcmp(name, "quit") || !strcmp(name, "quitter"))
		name = "inconnue";
	text_addf(&out->bytes, ":%s\r", name);
	out->keys += (int)strlen(name) + 2;
}

static void type_unusual(struct strokes *s, struct stroke *out)
{
	static const char *const words[] = { "e\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85", "\xE4\xB8\xAD\xE6\x96\x87\xE5\xAD\x97", "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
		"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xD8\xA7\xD9\x84\xD8\xB3", ("\xE2\x80\xAE" "abc"), "\xE2\x81\xA6x\xE2\x81\xA9", ("\xC2\x9B" "31m"), "\xC2\x85", "\xEF\xBB\xBF", "\xE2\x80\xA8",
		"\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7", "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", "\xE0\xA4\x95\xE0\xA5\x8D\xE0\xA4\xB7\xE0\xA4\xBF", "\xCC\x81", "\xF3\xA0\x80\xA0", "\xEF\xBF\xBF",
		"\xF4\x8F\xBF\xBF", "\xE2\x80\x8B\xE2\x80\x8C\xE2\x80\x8D", "\xEF\xBC\xA1\xEF\xBC\xA2", "\xC5\x93uvre", "I\xCC\x87\xC4\xB0\xC4\xB1", "\xE2\x9D\xA4\xEF\xB8\x8F" };

	for (uint64_t n = 1 + strokes_below(s, 5); n > 0; n--)
		type(out, words[strokes_below(s, sizeof words / sizeof *words)]);
}

static void type_hostile(struct strokes *s, struct stroke *out)
{
	static const char *const pieces[] = { "\xC3", "\xE2\x80", "\xF0\x9F", "\xC0\x80", "\xED\xA0\x80", "\xFF", "\x80", "\x9B", "\x9D", "\033[", "\033]0;titre\a", "\033P", "\033\\",
		"\033[31m", "\033[2J", "\033[?1049l", "\033[c", "\033[6n", "\033[999;999H", "\033[200~", "\033[201~", "\033[?2004l", "\033[<0;10;10M", "\033[M !!", "\033O", "\033\033",
		"\033[1;9999999999A", "\033[27;5;9~", "\033[I", "\033[O", "\033_x\033\\", "\033[0;0R", "\033[;;;;;;;;;;;;;;;;;;;;m" };

	for (uint64_t n = 1 + strokes_below(s, 4); n > 0; n--) {
		if (strokes_below(s, 3) == 0)
			text_addc(&out->bytes, (char)strokes_below(s, 256));
		else
			text_add(&out->bytes, pieces[strokes_below(s, sizeof pieces / sizeof *pieces)]);
		out->keys++;
	}
	/* A paste that nothing ends is given up in the end. */
	out->pass_ms = strokes_below(s, 3) ? ESCAPE_PASSED_MS : 4000;
}

static void paste(struct strokes *s, struct stroke *out)
{
	uint64_t bytes = strokes_below(s, 200) == 0 ? MEGABYTE : strokes_below(s, 20) == 0 ? strokes_below(s, 70000) : strokes_below(s, 200);
	static const char *const pieces[] = { "Bonjour,\r\n", "\t", "\r", "\033[31m", "\xE2\x80\xAE", "o\r", "\033[19~", "café ", "caf\xE9 ", "un mot ", "\x11", "\x03", "\033" };
	size_t before;

	text_add(&out->bytes, "\033[200~");
	before = out->bytes.len;
	while (out->bytes.len - before < bytes) {
		if (bytes > 1000 && strokes_below(s, 4))
			text_add(&out->bytes, "Le trottoir est abîmé devant chez moi depuis la semaine dernière. ");
		else if (strokes_below(s, 12) == 0)
			text_addc(&out->bytes, '\0');
		else
			text_add(&out->bytes, pieces[strokes_below(s, sizeof pieces / sizeof *pieces)]);
	}
	text_add(&out->bytes, "\033[201~");
	out->keys++;
}

/* What really happens at a desk: a call from its first key to its last. */
static void type_call(struct strokes *s, struct stroke *out)
{
	type(out, "\033OQ");
	type(out, strokes_below(s, 2) ? "0612345678\t" : "\t\t");
	type_words(s, out);
	type(out, "\t");
	type_words(s, out);
	type(out, strokes_below(s, 2) ? "\tnid de poule\tverdane\t" : "\t");
	type_words(s, out);
	if (strokes_below(s, 3))
		type(out, strokes_below(s, 4) ? "\033[19~" : "\033[20~");
}

static void resize(struct strokes *s, struct stroke *out)
{
	static const int sizes[][2] = { { 24, 80 }, { 24, 80 }, { 18, 60 }, { 50, 132 }, { 43, 132 }, { 5, 20 }, { 1, 1 }, { 1, 200 }, { 60, 1 }, { 17, 60 }, { 18, 59 }, { 100, 300 },
		{ 2, 2 }, { 600, 600 } };
	size_t i = strokes_below(s, sizeof sizes / sizeof *sizes + 4);

	out->kind = STROKE_RESIZE;
	out->rows = i < sizeof sizes / sizeof *sizes ? sizes[i][0] : 1 + (int)strokes_below(s, 60);
	out->cols = i < sizeof sizes / sizeof *sizes ? sizes[i][1] : 1 + (int)strokes_below(s, 160);
}

static void pass_time(struct strokes *s, struct stroke *out)
{
	static const int64_t waits[] = { 30, 500, 2000, 2000, 8000, 11000, 60000, 1800000, 86400000 };

	out->kind = STROKE_TIME;
	out->pass_ms = waits[strokes_below(s, sizeof waits / sizeof *waits)];
}

static void end(struct strokes *s, struct stroke *out)
{
	out->kind = (enum stroke_kind)(STROKE_TERM + (int)strokes_below(s, 4));
}

static void disturb(struct strokes *s, struct stroke *out)
{
	out->kind = strokes_below(s, 2) ? STROKE_WINCH : STROKE_STOP;
}

static void other(struct strokes *s, struct stroke *out)
{
	(void)s;
	out->kind = STROKE_OTHER;
	out->pass_ms = 11000;
}

/* The store can't be written to for a while. */
static void refuse(struct strokes *s, struct stroke *out)
{
	out->kind = strokes_below(s, 2) ? STROKE_DISK : STROKE_LOCK;
}

void strokes_draw(struct strokes *s, struct stroke *out)
{
	static const struct { int weight; void (*draw)(struct strokes *s, struct stroke *out); } kinds[] = { { 200, type_letter }, { 160, type_moving }, { 120, type_function },
		{ 100, type_words }, { 60, type_control }, { 40, type_command }, { 30, type_unusual }, { 30, type_hostile }, { 25, paste }, { 40, type_call }, { 30, resize },
		{ 30, pass_time }, { 10, disturb }, { 3, other }, { 6, refuse }, { 3, end } };
	int total = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		total += kinds[k].weight;
	text_clear(&out->bytes);
	*out = (struct stroke){ .bytes = out->bytes, .number = strokes_below(s, 0) };
	at = (int)strokes_below(s, (uint64_t)total);
	while (at >= kinds[i].weight)
		at -= kinds[i++].weight;
	kinds[i].draw(s, out);
	/* Slow hands: time for what is due two seconds after a letter. */
	if (out->pass_ms == 0 && strokes_below(s, 6) == 0)
		out->pass_ms = (int64_t)strokes_below(s, 700);
}

void stroke_describe(const struct stroke *s, char *out, size_t room)
{
	static const char *const names[] = { "types", "window", "SIGWINCH", "stops and goes on", "waits", "another guichet writes", "the disk refuses, or no longer",
		"another process locks the store, or no longer", "SIGTERM", "SIGHUP", "SIGKILL", "hang-up" };
	size_t at = (size_t)snprintf(out, room, "%s", names[s->kind]);

	if (s->kind == STROKE_RESIZE)
		at += (size_t)snprintf(out + at, room - at, " %d x %d", s->cols, s->rows);
	if (s->pass_ms)
		at += (size_t)snprintf(out + at, room - at, " %lld ms", (long long)s->pass_ms);
	if (s->bytes.len)
		at += (size_t)snprintf(out + at, room - at, " %zu: ", s->bytes.len);
	for (size_t i = 0; i < s->bytes.len && at + 6 < room; i++) {
		unsigned char c = (unsigned char)s->bytes.data[i];

		if (c >= ' ' && c < 0x7F)
			out[at++] = (char)c;
		else
			at += (size_t)snprintf(out + at, room - at, "\\x%02x", c);
	}
	out[at] = '\0';
}
