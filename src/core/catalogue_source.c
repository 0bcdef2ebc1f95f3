// SPDX-License-Identifier: GPL-3.0-or-later
/* The files of a catalogue as bytes: collected, packed in one text for the store and the server, unpacked, hashed.
 * Does not know what the files say.
 *
 * The packed form is a first line, then for each file in the order of names "<bytes> <name>\n", its bytes, "\n".
 * Sizes come before contents, so that no content can be taken for a header, and the hash of two different sources
 * differs.
 * */
#include "guichet/core/catalogue.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

#define PACK_MAGIC "guichet-catalogue 1\n"
enum { PACK_FILES_MAX = 10000, PACK_NAME_MAX = 255, PACK_SIZE_DIGITS_MAX = 9 };

void catalogue_source_add(struct catalogue_source *s, const char *name, const char *data, size_t bytes)
{
	GUICHET_GROW(s->files, s->count, s->capacity);
	struct catalogue_file *f = &s->files[s->count++];
	f->name = guichet_strdup(name);
	f->data = guichet_alloc(bytes + 1);
	if (bytes > 0)
		memcpy(f->data, data, bytes);
	f->bytes = bytes;
}

void catalogue_source_done(struct catalogue_source *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->files[i].name);
		free(s->files[i].data);
	}
	free(s->files);
	*s = (struct catalogue_source){0};
}

static int compare_files(const void *a, const void *b)
{
	const struct catalogue_file *const *fa = a, *const *fb = b;
	return strcmp((*fa)->name, (*fb)->name);
}

static const struct catalogue_file **sorted_files(const struct catalogue_source *s)
{
	const struct catalogue_file **files = guichet_alloc((s->count + 1) * sizeof(*files));
	for (size_t i = 0; i < s->count; i++)
		files[i] = &s->files[i];
	qsort(files, s->count, sizeof(*files), compare_files);
	return files;
}

/* The one writer of the packed form, for the text and for the hash alike. */
static void pack(
	const struct catalogue_source *s, void (*put)(void *context, const char *bytes, size_t count), void *context)
{
	const struct catalogue_file **files = sorted_files(s);
	struct text header = TEXT_INIT;
	put(context, PACK_MAGIC, strlen(PACK_MAGIC));
	for (size_t i = 0; i < s->count; i++) {
		text_clear(&header);
		text_addf(&header, "%zu %s\n", files[i]->bytes, files[i]->name);
		put(context, header.data, header.len);
		put(context, files[i]->data, files[i]->bytes);
		put(context, "\n", 1);
	}
	text_done(&header);
	free(files);
}

static void put_text(void *context, const char *bytes, size_t count)
{
	text_addn(context, bytes, count);
}

static void put_hash(void *context, const char *bytes, size_t count)
{
	crypto_generichash_update(context, (const unsigned char *)bytes, count);
}

void catalogue_source_pack(const struct catalogue_source *s, struct text *out)
{
	pack(s, put_text, out);
}

void catalogue_source_hash(const struct catalogue_source *s, uint8_t out[32])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, 32);
	pack(s, put_hash, &state);
	crypto_generichash_final(&state, out, 32);
}

/* A path below the catalogue's folder: what a hostile pack must not be able to name when a folder is written from it. */
static bool name_is_safe(const char *name, size_t bytes)
{
	if (bytes == 0 || bytes > PACK_NAME_MAX || name[0] == '/' || name[bytes - 1] == '/' ||
		!utf8_valid(name, bytes, NULL))
		return false;
	for (size_t i = 0, start = 0; i <= bytes; i++) {
		if (i < bytes && ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\'))
			return false;
		if (i == bytes || name[i] == '/') {
			size_t n = i - start;
			if (n == 0 || (n == 1 && name[start] == '.') || (n == 2 && memcmp(name + start, "..", 2) == 0))
				return false;
			start = i + 1;
		}
	}
	return true;
}

/* Reads "<bytes> <name>\n"; false when it is no such line. */
static bool read_header(const char **at, const char *end, size_t *size, const char **name, size_t *name_bytes)
{
	const char *p = *at;
	*size = 0;
	while (p < end && *p >= '0' && *p <= '9' && p - *at < PACK_SIZE_DIGITS_MAX)
		*size = *size * 10 + (size_t)(*p++ - '0');
	if (p == *at || p == end || *p != ' ')
		return false;
	*name = ++p;
	const char *newline = memchr(p, '\n', (size_t)(end - p));
	if (!newline)
		return false;
	*name_bytes = (size_t)(newline - p);
	*at = newline + 1;
	return name_is_safe(*name, *name_bytes);
}

enum guichet_rc catalogue_source_unpack(
	const char *data, size_t bytes, struct catalogue_source *out, struct guichet_err *err)
{
	const char *at = data + strlen(PACK_MAGIC), *end = data + bytes;
	*out = (struct catalogue_source){0};
	if (bytes < strlen(PACK_MAGIC) || memcmp(data, PACK_MAGIC, strlen(PACK_MAGIC)) != 0)
		return guichet_err_set(
			err, GUICHET_DATA, _("ce texte n'est pas un catalogue de guichet, ou d'une version plus récente"));
	while (at < end) {
		const char *name, *start = at;
		size_t size, name_bytes;
		if (!read_header(&at, end, &size, &name, &name_bytes) || (size_t)(end - at) < size + 1 || at[size] != '\n') {
			catalogue_source_done(out);
			return guichet_err_set(
				err, GUICHET_DATA, _("catalogue abîmé ou coupé à l'octet %zu"), (size_t)(start - data));
		}
		char *copy = guichet_strndup(name, name_bytes);
		bool in_order = out->count == 0 || strcmp(out->files[out->count - 1].name, copy) < 0;
		if (in_order && out->count < PACK_FILES_MAX)
			catalogue_source_add(out, copy, at, size);
		free(copy);
		if (!in_order || out->count == PACK_FILES_MAX) {
			catalogue_source_done(out);
			return guichet_err_set(err, GUICHET_DATA,
				_("catalogue abîmé à l'octet %zu : fichiers en double, en désordre ou plus de %d"),
				(size_t)(start - data), PACK_FILES_MAX - 1);
		}
		at += size + 1;
	}
	return GUICHET_OK;
}
