// SPDX-License-Identifier: GPL-3.0-or-later
/* Compression, through zlib and libzstd. */
#include "guichet/wire/pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

#include "guichet/base/i18n.h"

enum { PIECE = 64 * 1024, GZIP_WINDOW = 15 + 16, ZSTD_LEVEL = 3 };

bool wire_coding_parse(const char *header, enum wire_coding *out)
{
	*out = WIRE_PLAIN;
	if (!header || !*header || !strcasecmp(header, "identity"))
		return true;
	*out = !strcasecmp(header, "gzip") ? WIRE_GZIP : WIRE_ZSTD;
	return *out == WIRE_GZIP || !strcasecmp(header, "zstd");
}

/* "gzip;q=0" refuses it; other weights are left alone: there are two to choose from. */
static bool allows(const char *accept, const char *name)
{
	size_t length = strlen(name);
	while (*accept) {
		size_t part = strcspn(accept, ",");
		const char *word = accept + strspn(accept, " \t");
		if (!strncasecmp(word, name, length) && (word[length] == ',' || word[length] == ';' || word[length] == '\0' || word[length] == ' '))
			return !(word[length] == ';' && strstr(word, "q=0") == word + length + 1 && strncmp(word + length + 1, "q=0.", 4) != 0);
		accept += part + (accept[part] == ',');
	}
	return false;
}

enum wire_coding wire_coding_choose(const char *accept)
{
	if (!accept)
		return WIRE_PLAIN;
	return allows(accept, "zstd") ? WIRE_ZSTD : allows(accept, "gzip") ? WIRE_GZIP : WIRE_PLAIN;
}

const char *wire_coding_name(enum wire_coding c)
{
	return c == WIRE_ZSTD ? "zstd" : c == WIRE_GZIP ? "gzip" : NULL;
}

static enum guichet_rc damaged(struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_DATA, _("corps compressé illisible"));
}

static enum guichet_rc too_much(size_t max, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_REFUSED, _("plus de %zu octets une fois décompressé"), max);
}

static enum guichet_rc gunzip(const char *bytes, size_t count, size_t max, struct text *out, struct guichet_err *err)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)count };
	char *piece = guichet_alloc(PIECE);
	enum guichet_rc rc = GUICHET_OK;
	int status = inflateInit2(&z, GZIP_WINDOW);
	while (!rc && status == Z_OK) {
		z.next_out = (Bytef *)piece;
		z.avail_out = PIECE;
		status = inflate(&z, Z_NO_FLUSH);
		size_t got = PIECE - z.avail_out;
		if (out->len + got > max)
			rc = too_much(max, err);
		else
			text_addn(out, piece, got);
		if (status == Z_BUF_ERROR || (status == Z_OK && got == 0 && z.avail_in == 0))
			break;
	}
	inflateEnd(&z);
	free(piece);
	return rc ? rc : status == Z_STREAM_END ? GUICHET_OK : damaged(err);
}

static enum guichet_rc unzstd(const char *bytes, size_t count, size_t max, struct text *out, struct guichet_err *err)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	ZSTD_inBuffer in = { bytes, count, 0 };
	char *piece = guichet_alloc(PIECE);
	enum guichet_rc rc = GUICHET_OK;
	size_t left = 1;
	if (!context)
		guichet_out_of_memory();
	/* A frame may ask for a window of gigabytes. */
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 23);
	while (!rc && left != 0) {
		ZSTD_outBuffer to = { piece, PIECE, 0 };
		left = ZSTD_decompressStream(context, &to, &in);
		if (ZSTD_isError(left) || (left != 0 && in.pos == in.size && to.pos < to.size))
			rc = damaged(err);
		else if (out->len + to.pos > max)
			rc = too_much(max, err);
		else
			text_addn(out, piece, to.pos);
	}
	ZSTD_freeDCtx(context);
	free(piece);
	return rc;
}

enum guichet_rc wire_unpack(enum wire_coding c, const char *bytes, size_t count, size_t max, struct text *out, struct guichet_err *err)
{
	out->cap = max + 1;
	if (c == WIRE_GZIP)
		return gunzip(bytes, count, max, out, err);
	if (c == WIRE_ZSTD)
		return unzstd(bytes, count, max, out, err);
	if (count > max)
		return too_much(max, err);
	text_addn(out, bytes, count);
	return GUICHET_OK;
}

static void pack_gzip(const char *bytes, size_t count, struct text *out)
{
	z_stream z = { 0 };
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		guichet_out_of_memory();
	size_t room = deflateBound(&z, (uLong)count);
	char *packed = guichet_realloc(NULL, room, 1);
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)count;
	z.next_out = (Bytef *)packed;
	z.avail_out = (uInt)room;
	deflate(&z, Z_FINISH);
	text_addn(out, packed, z.total_out);
	deflateEnd(&z);
	free(packed);
}

void wire_pack(enum wire_coding c, const char *bytes, size_t count, struct text *out)
{
	out->cap = count + 1024 * 1024;
	if (c == WIRE_GZIP) {
		pack_gzip(bytes, count, out);
	} else if (c == WIRE_ZSTD) {
		size_t room = ZSTD_compressBound(count);
		char *packed = guichet_realloc(NULL, room, 1);
		size_t length = ZSTD_compress(packed, room, bytes, count, ZSTD_LEVEL);
		if (!ZSTD_isError(length))
			text_addn(out, packed, length);
		free(packed);
	} else {
		text_addn(out, bytes, count);
	}
}
