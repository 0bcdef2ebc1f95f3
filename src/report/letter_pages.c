// SPDX-License-Identifier: GPL-3.0-or-later
/* Pages taken out of PDFs that gropdf wrote, or that were written here, and put together in another: so that one run of groff makes many letters, and a batch holds
 * each letter as it was. No general reader: plain objects under a cross-reference table (ISO 32000-1, 7.5), checked before they are used. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "letter_inside.h"

enum { OBJECTS_MAX = 200000, PAGES_MAX = 20000, OUT_MAX = 256 * 1024 * 1024 };
enum { CATALOG = 1, PAGE_TREE = 2, FIRST_FREE = 3 };

/* An object as it lies in its file: what it says, and its stream. */
struct object { const char *text; size_t text_bytes; const char *stream; size_t stream_bytes; uint32_t now; };
struct source { struct object *objects; size_t count; const char *info; size_t info_bytes; };

struct pages_writer {
	struct text out;
	size_t *offsets;      /* by new number */
	size_t count, capacity; /* objects used: the next number */
	uint32_t *pages;
	size_t page_count, page_capacity;
	struct text info;     /* of the first source: the date */
};

struct pages_writer *pages_new(void)
{
	struct pages_writer *w = guichet_alloc(sizeof *w);

	w->out.cap = OUT_MAX;
	text_add(&w->out, "%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
	for (w->count = 0; w->count < FIRST_FREE; w->count++) {
		GUICHET_GROW(w->offsets, w->count, w->capacity);
		w->offsets[w->count] = 0;
	}
	return w;
}

void pages_free(struct pages_writer **writer)
{
	struct pages_writer *w = *writer;

	if (!w)
		return;
	text_done(&w->out);
	text_done(&w->info);
	free(w->offsets);
	free(w->pages);
	free(w);
	*writer = NULL;
}

/* --- Reading --- */

static const char *find(const char *s, size_t bytes, const char *word)
{
	return memmem(s, bytes, word, strlen(word));
}

static bool read_number(const char **at, const char *end, size_t *out)
{
	const char *s = *at;
	size_t n = 0;

	while (s < end && (*s == ' ' || *s == '\n' || *s == '\r'))
		s++;
	const char *digits = s;
	for (; s < end && *s >= '0' && *s <= '9' && s - digits < 12; s++)
		n = n * 10 + (size_t)(*s - '0');
	*out = n;
	*at = s;
	return s > digits;
}

static bool read_length(const struct object *o, size_t *out)
{
	const char *at = find(o->text, o->text_bytes, "/Length ");

	if (!at)
		return false;
	at += strlen("/Length ");
	return read_number(&at, o->text + o->text_bytes, out);
}

/* "12 0 obj << ... >>" [stream] "endobj" */
static bool read_object(const char *pdf, size_t bytes, size_t offset, size_t number, struct object *o)
{
	const char *at = pdf + offset, *end = pdf + bytes, *stop;
	size_t said, generation, length;

	if (offset >= bytes || !read_number(&at, end, &said) || said != number || !read_number(&at, end, &generation) || generation != 0 || end - at < 4 ||
		memcmp(at, " obj", 4) != 0)
		return false;
	at += 4;
	stop = find(at, (size_t)(end - at), "endobj");
	if (!stop)
		return false;
	o->text = at;
	const char *stream = find(at, (size_t)(stop - at), "stream\n");
	o->text_bytes = (size_t)((stream ? stream : stop) - at);
	if (!stream)
		return true;
	o->stream = stream + strlen("stream\n");
	if (!read_length(o, &length) || length > (size_t)(end - o->stream))
		return false;
	o->stream_bytes = length;
	return true;
}

static const char *last_of(const char *pdf, size_t bytes, const char *word)
{
	const char *found = NULL;
	size_t n = strlen(word);

	for (size_t i = bytes >= n ? bytes - n + 1 : 0; i-- > 0 && !found;)
		if (memcmp(pdf + i, word, n) == 0)
			found = pdf + i;
	return found;
}

/* The cross-reference table, one section from 0 on. */
static bool read_source(const char *pdf, size_t bytes, struct source *s)
{
	const char *at = last_of(pdf, bytes, "startxref"), *end = pdf + bytes, *trailer = last_of(pdf, bytes, "trailer");
	size_t offset, first, info;

	if (!at || !trailer)
		return false;
	at += strlen("startxref");
	if (!read_number(&at, end, &offset) || offset + 5 >= bytes || memcmp(pdf + offset, "xref\n", 5) != 0)
		return false;
	at = pdf + offset + 5;
	if (!read_number(&at, end, &first) || first != 0 || !read_number(&at, end, &s->count) || s->count < FIRST_FREE || s->count > OBJECTS_MAX)
		return false;
	s->objects = guichet_alloc((s->count + 1) * sizeof *s->objects);
	for (size_t i = 0; i < s->count; i++) {
		size_t place, generation;
		if (!read_number(&at, end, &place) || !read_number(&at, end, &generation) || end - at < 3)
			return false;
		if (at[1] == 'n' && !read_object(pdf, bytes, place, i, &s->objects[i]))
			return false;
		at += 2;
	}
	at = find(trailer, (size_t)(end - trailer), "/Info ");
	if (at && (at += strlen("/Info "), read_number(&at, end, &info)) && info < s->count && s->objects[info].text) {
		s->info = s->objects[info].text;
		s->info_bytes = s->objects[info].text_bytes;
	}
	return true;
}

/* --- Writing --- */

/* A reference "12 0 R" at `s`: its number, and its length; 0 when it is none. */
static size_t reference_at(const char *s, const char *end, size_t *number)
{
	const char *at = s;

	if (!read_number(&at, end, number) || at == s || *s < '0' || *s > '9' || end - at < 4 || memcmp(at, " 0 R", 4) != 0)
		return 0;
	return (size_t)(at - s) + 4;
}

static uint32_t take_number(struct pages_writer *w)
{
	GUICHET_GROW(w->offsets, w->count, w->capacity);
	w->offsets[w->count] = 0;
	return (uint32_t)w->count++;
}

static bool copy_object(struct pages_writer *w, struct source *s, size_t number, uint32_t now, int depth);

/* Its text with references numbered anew; what it refers to comes along. The page tree is ours, so that a page's parent is. */
static bool copy_text(struct pages_writer *w, struct source *s, const char *text, size_t bytes, struct text *out, int depth)
{
	const char *end = text + bytes;

	for (const char *at = text; at < end;) {
		size_t number, n = (at == text || strchr(" [\n/", at[-1])) ? reference_at(at, end, &number) : 0;
		if (n == 0) {
			text_addc(out, *at++);
			continue;
		}
		if (number >= s->count || !s->objects[number].text)
			return false;
		if (number != PAGE_TREE && s->objects[number].now == 0) {
			s->objects[number].now = take_number(w);
			if (!copy_object(w, s, number, s->objects[number].now, depth + 1))
				return false;
		}
		text_addf(out, "%" PRIu32 " 0 R", number == PAGE_TREE ? (uint32_t)PAGE_TREE : s->objects[number].now);
		at += n;
	}
	return true;
}

static void put_object(struct pages_writer *w, uint32_t now, const struct text *text, const struct object *o)
{
	w->offsets[now] = w->out.len;
	text_addf(&w->out, "%" PRIu32 " 0 obj", now);
	text_addn(&w->out, text_str(text), text->len);
	if (o && o->stream) {
		text_add(&w->out, "stream\n");
		text_addn(&w->out, o->stream, o->stream_bytes);
		text_add(&w->out, "\nendstream\n");
	}
	text_add(&w->out, "endobj\n");
}

static bool copy_object(struct pages_writer *w, struct source *s, size_t number, uint32_t now, int depth)
{
	enum { DEPTH_MAX = 20 };
	const struct object *o = &s->objects[number];
	struct text text = TEXT_INIT;
	bool good = depth < DEPTH_MAX && copy_text(w, s, o->text, o->text_bytes, &text, depth);

	if (good)
		put_object(w, now, &text, o);
	text_done(&text);
	return good;
}

/* What the page tree gives all pages (gropdf keeps fonts there), for a page of ours to have itself. */
static bool copy_inherited(struct pages_writer *w, struct source *s, struct text *out)
{
	static const char *const keys[] = {"/Resources ", "/MediaBox "};
	const struct object *tree = &s->objects[PAGE_TREE];

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *at = find(tree->text, tree->text_bytes, keys[i]), *end = tree->text + tree->text_bytes;
		if (!at)
			continue;
		const char *value = at + strlen(keys[i]), *stop = value;
		int open = 0;
		do {
			if (*stop == '[' || *stop == '<')
				open++;
			else if (*stop == ']' || *stop == '>')
				open--;
			stop++;
		} while (stop < end && (open > 0 || (*stop != '/' && *stop != '\n' && *stop != '>')));
		text_add(out, keys[i]);
		if (!copy_text(w, s, value, (size_t)(stop - value), out, 0))
			return false;
		text_addc(out, '\n');
	}
	return true;
}

static bool copy_page(struct pages_writer *w, struct source *s, size_t number)
{
	const struct object *o = &s->objects[number];
	const char *open = o->text ? find(o->text, o->text_bytes, "<<") : NULL;
	struct text text = TEXT_INIT;
	uint32_t now = take_number(w);
	bool good = open != NULL;

	if (good) {
		bool own = find(o->text, o->text_bytes, "/Resources ") != NULL;
		open += 2;
		text_add(&text, " <<");
		good = (own || copy_inherited(w, s, &text)) && copy_text(w, s, open, (size_t)(o->text + o->text_bytes - open), &text, 0);
	}
	if (good) {
		put_object(w, now, &text, NULL);
		GUICHET_GROW(w->pages, w->page_count, w->page_capacity);
		w->pages[w->page_count++] = now;
	}
	text_done(&text);
	return good;
}

static bool copy_pages(struct pages_writer *w, struct source *s, size_t first, size_t wanted, size_t *added)
{
	const struct object *tree = &s->objects[PAGE_TREE];
	const char *at = tree->text ? find(tree->text, tree->text_bytes, "/Kids [") : NULL;
	size_t index = 0;

	*added = 0;
	if (!at)
		return false;
	const char *end = tree->text + tree->text_bytes;
	for (at += strlen("/Kids ["); at < end && *at != ']' && index < PAGES_MAX;) {
		size_t number, n = reference_at(at, end, &number);
		if (n == 0) {
			at++;
			continue;
		}
		if (number >= s->count)
			return false;
		if (index >= first && (wanted == 0 || *added < wanted)) {
			if (!copy_page(w, s, number))
				return false;
			++*added;
		}
		index++;
		at += n;
	}
	return wanted == 0 ? *added > 0 : *added == wanted;
}

enum guichet_rc pages_add(struct pages_writer *w, const char *pdf, size_t bytes, size_t first, size_t count, size_t *added, struct guichet_err *err)
{
	struct source s = {0};
	size_t copied = 0;
	bool good = pdf && read_source(pdf, bytes, &s) && copy_pages(w, &s, first, count, &copied);

	if (good && w->info.len == 0 && s.info)
		text_addn(&w->info, s.info, s.info_bytes);
	free(s.objects);
	if (added)
		*added = copied;
	if (!good || w->out.overflow)
		return guichet_err_set(err, GUICHET_INTERNAL, _("PDF que guichet ne sait pas découper : ce n'est pas celui d'une de ses lettres, ou il est abîmé"));
	return GUICHET_OK;
}

void pages_finish(struct pages_writer **writer, struct letter_pdf *out)
{
	struct pages_writer *w = *writer;
	struct text t = TEXT_INIT;
	uint32_t info = take_number(w);

	text_addf(&t, " << /Pages %d 0 R\n/Type /Catalog\n/Lang (fr-FR)\n>>\n", PAGE_TREE);
	put_object(w, CATALOG, &t, NULL);
	text_clear(&t);
	text_addf(&t, " << /Count %zu\n/Kids [", w->page_count);
	for (size_t i = 0; i < w->page_count; i++)
		text_addf(&t, "%" PRIu32 " 0 R ", w->pages[i]);
	text_add(&t, "]\n/Type /Pages\n>>\n");
	put_object(w, PAGE_TREE, &t, NULL);
	put_object(w, info, &w->info, NULL);
	size_t table = w->out.len;
	text_addf(&w->out, "xref\n0 %zu\n0000000000 65535 f \n", w->count);
	for (size_t i = 1; i < w->count; i++)
		text_addf(&w->out, "%010zu 00000 n \n", w->offsets[i]);
	text_addf(&w->out, "trailer\n<<\n/Info %" PRIu32 " 0 R\n/Root %d 0 R\n/Size %zu\n>>\nstartxref\n%zu\n%%%%EOF\n", info, CATALOG, w->count, table);
	out->pages = w->page_count;
	out->bytes = w->out.len;
	out->data = text_take(&w->out);
	text_done(&t);
	pages_free(writer);
}
