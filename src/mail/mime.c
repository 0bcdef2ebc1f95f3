// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads a mail: the guard looks at its bytes, GMime parses them, and what is handed out is made clean here. Knows no store and no request. */
#include "guichet/mail/mime.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/calendar.h"
#include "gmime_calls.h"
#include "mime_inside.h"

enum { HASH_BYTES = 16 };

static void empty_address(struct mail_address *a)
{
	a->address = guichet_strdup("");
	a->name = guichet_strdup("");
}

static void init(struct mail *m, int64_t bytes)
{
	*m = (struct mail){ .bytes = bytes, .date_ms = NO_INSTANT, .received_ms = NO_INSTANT };
	char **const texts[] = { &m->message_id, &m->in_reply_to, &m->return_path, &m->subject, &m->text, &m->folded, &m->type, &m->report_type };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = guichet_strdup("");
	empty_address(&m->from);
	empty_address(&m->reply_to);
	empty_address(&m->sender);
	m->inside = guichet_alloc(sizeof *m->inside);
}

static void done_address(struct mail_address *a)
{
	free(a->address);
	free(a->name);
}

void mail_done(struct mail *m)
{
	for (size_t i = 0; i < m->reference_count; i++)
		free(m->references[i]);
	for (size_t i = 0; i < m->to_count; i++)
		done_address(&m->to[i]);
	for (size_t i = 0; i < m->part_count; i++) {
		free(m->parts[i].name);
		free(m->parts[i].type);
		free(m->parts[i].content_id);
	}
	for (size_t i = 0; i < m->header_count; i++) {
		free(m->headers[i].name);
		free(m->headers[i].value);
	}
	done_address(&m->from);
	done_address(&m->reply_to);
	done_address(&m->sender);
	char *const texts[] = { m->message_id, m->in_reply_to, m->return_path, m->subject, m->text, m->folded, m->type, m->report_type };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	free(m->references);
	free(m->to);
	free(m->parts);
	free(m->headers);
	if (m->inside) {
		if (m->inside->decoded)
			G(g_object_unref)(m->inside->decoded);
		if (m->inside->message)
			G(g_object_unref)(m->inside->message);
		text_done(&m->inside->plain);
		free(m->inside->bytes);
		free(m->inside->owned);
		free(m->inside);
	}
	*m = (struct mail){ 0 };
}

static void parse(struct mail *m, const char *data, size_t bytes)
{
	/* GMime reads a memory stream through these two members, and copies what it is not lent. */
	GByteArray *array = m->inside->bytes = guichet_alloc(sizeof *array);
	array->data = (guint8 *)(uintptr_t)data;
	array->len = (guint)bytes;
	GMimeStream *stream = G(g_mime_stream_mem_new)();
	G(g_mime_stream_mem_set_byte_array)((GMimeStreamMem *)stream, array);
	G(g_mime_stream_mem_set_owner)((GMimeStreamMem *)stream, FALSE);
	GMimeParser *parser = G(g_mime_parser_new_with_stream)(stream);
	G(g_mime_parser_set_persist_stream)(parser, TRUE);
	m->inside->message = G(g_mime_parser_construct_message)(parser, gmime_options());
	G(g_object_unref)(parser);
	G(g_object_unref)(stream);
}

/* --- what is new, and how much of it --- */

/* How many bytes of `s` fit in `room` bytes of JSON. */
static size_t fitting(const char *s, size_t room)
{
	size_t n = 0, cost = 0;
	for (; s[n]; n++) {
		cost += s[n] == '\n' || s[n] == '"' || s[n] == '\\' ? 2 : 1;
		if (cost > room)
			return mime_whole(s, n);
	}
	return n;
}

static size_t json_cost(const char *s)
{
	size_t cost = 0;
	for (; *s; s++)
		cost += *s == '\n' || *s == '"' || *s == '\\' ? 2 : 1;
	return cost;
}

static void limit(struct mail *m, char *s, size_t *room)
{
	size_t n = fitting(s, *room);
	m->cut = m->cut || s[n];
	s[n] = '\0';
	*room -= json_cost(s);
}

static void take_texts(struct mail *m)
{
	struct text *plain = &m->inside->plain;
	size_t room = MAIL_TEXT_MAX;
	mime_tidy(plain);
	char *clean = mime_clean(text_str(plain), plain->len, MIME_HTML_BYTES, true);
	free(m->text);
	free(m->folded);
	mime_fold(clean, &m->text, &m->folded);
	limit(m, m->text, &room);
	limit(m, m->folded, &room);
	free(clean);
	text_done(plain);
}

static void hash_text(crypto_generichash_state *state, const char *s)
{
	/* Its NUL too: "ab" "c" is not "a" "bc". */
	crypto_generichash_update(state, (const unsigned char *)s, strlen(s) + 1);
}

static void hash(struct mail *m, bool content)
{
	crypto_generichash_state state;
	unsigned char out[HASH_BYTES];
	crypto_generichash_init(&state, NULL, 0, sizeof out);
	hash_text(&state, m->message_id);
	if (content) {
		hash_text(&state, m->from.address);
		hash_text(&state, m->subject);
		hash_text(&state, m->text);
		crypto_generichash_update(&state, (const unsigned char *)&m->date_ms, sizeof m->date_ms);
		/* What could not be read tells itself apart by its size. */
		crypto_generichash_update(&state, (const unsigned char *)&m->bytes, sizeof m->bytes);
	}
	crypto_generichash_final(&state, out, sizeof out);
	sodium_bin2hex(m->hash, sizeof m->hash, out, sizeof out);
}

void mail_hash_content(struct mail *m)
{
	hash(m, true);
}

static enum guichet_rc read_bytes(struct mail *m, const char *data, size_t bytes, bool head, struct guichet_err *err)
{
	struct mime_guard g;
	enum guichet_rc rc = gmime_calls_load(err);
	if (rc)
		return rc;
	mime_guard(data, bytes, &g);
	if (g.mend) {
		m->inside->owned = mime_mend(data, bytes, &g);
		data = m->inside->owned;
		bytes -= g.skip;
		mime_guard(data, bytes, &g);
	}
	if (g.harmful)
		m->trouble = MAIL_UNREADABLE;
	if (head)
		m->trouble = MAIL_TOO_LARGE;
	size_t end = g.harmful || head ? g.headers_end : bytes;
	parse(m, data + g.skip, end - g.skip);
	if (!m->inside->message) {
		m->trouble = head ? MAIL_TOO_LARGE : MAIL_UNREADABLE;
		hash(m, !*m->message_id);
		return GUICHET_OK;
	}
	mime_find_charset(m);
	mime_headers(m);
	if (m->trouble == MAIL_SOUND)
		mime_walk(m);
	take_texts(m);
	/* Not one header that a mail has. */
	if (!*m->from.address && !*m->subject && !*m->message_id && m->date_ms == NO_INSTANT && m->trouble == MAIL_SOUND)
		m->trouble = MAIL_UNREADABLE;
	hash(m, !*m->message_id);
	return GUICHET_OK;
}

enum guichet_rc mail_read(struct mail *out, const void *data, size_t bytes, struct guichet_err *err)
{
	init(out, (int64_t)bytes);
	if (bytes > MAIL_BYTES_MAX)
		return guichet_err_set(err, GUICHET_DATA, _("courriel de %zu octets : au plus %d Mio se lisent d'un coup"), bytes, MAIL_BYTES_MAX / (1024 * 1024));
	return read_bytes(out, data, bytes, false, err);
}

enum guichet_rc mail_read_head(struct mail *out, const void *data, size_t bytes, int64_t whole, struct guichet_err *err)
{
	init(out, whole);
	return read_bytes(out, data, bytes < MAIL_HEADERS_BYTES ? bytes : MAIL_HEADERS_BYTES, true, err);
}

const char *mail_header(const struct mail *m, const char *name)
{
	for (size_t i = 0; i < m->header_count; i++)
		if (!strcmp(m->headers[i].name, name))
			return m->headers[i].value;
	return NULL;
}
