// SPDX-License-Identifier: GPL-3.0-or-later
/* The parts of a mail: which are its text, which are files, which are pictures that the text shows. Nothing is run and nothing fetched; a name that a stranger
 * gave is made safe before it goes out. */
#include "mime_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/utf8.h"
#include "gmime_calls.h"

enum { NAME_KEPT = 100, ENDING_KEPT = 12, TYPE_MAX = 100, ALTERNATIVES_MAX = 50 };

struct walk { struct mail *m; int depth; bool no_text, inside; };

static void walk_object(struct walk w, GMimeObject *o);

static bool is_a(const void *object, GType type)
{
	return object && G(g_type_check_instance_is_a)((GTypeInstance *)(uintptr_t)object, type);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static bool has_type(GMimeObject *o, const char *media, const char *sub)
{
	GMimeContentType *t = G(g_mime_object_get_content_type)(o);
	return t && !strcasecmp(or_empty(G(g_mime_content_type_get_media_type)(t)), media)
		&& (!strcmp(sub, "*") || !strcasecmp(or_empty(G(g_mime_content_type_get_media_subtype)(t)), sub));
}

static const char *parameter(GMimeObject *o, const char *name)
{
	GMimeContentType *t = G(g_mime_object_get_content_type)(o);
	return or_empty(t ? G(g_mime_content_type_get_parameter)(t, name) : NULL);
}

static char *type_of(GMimeObject *o)
{
	GMimeContentType *t = G(g_mime_object_get_content_type)(o);
	struct text type = TEXT_INIT;
	text_addf(&type, "%s/%s", or_empty(t ? G(g_mime_content_type_get_media_type)(t) : NULL), or_empty(t ? G(g_mime_content_type_get_media_subtype)(t) : NULL));
	char *clean = mime_clean(text_str(&type), type.len, TYPE_MAX, false);
	bool whole = *clean && *clean != '/' && clean[strlen(clean) - 1] != '/';
	for (char *p = clean; *p; p++) {
		*p = (char)tolower((unsigned char)*p);
		whole = whole && (isalnum((unsigned char)*p) || strchr("/.+-_", *p));
	}
	if (!whole) {
		free(clean);
		clean = guichet_strdup("application/octet-stream");
	}
	text_done(&type);
	return clean;
}

/* --- names --- */

static const char *ending_of(const char *type)
{
	static const char *const known[][2] = { { "text/plain", ".txt" }, { "text/html", ".html" }, { "message/rfc822", ".eml" }, { "application/pdf", ".pdf" },
		{ "image/jpeg", ".jpg" }, { "image/png", ".png" }, { "image/gif", ".gif" }, { "text/calendar", ".ics" }, { "message/delivery-status", ".txt" },
		{ "text/rfc822-headers", ".txt" }, { "image/tiff", ".tif" } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(type, known[i][0]))
			return known[i][1];
	return ".bin";
}

/* No folder, nothing that a shell or a terminal takes for something else, never hidden, never an option; its ending stays when it is cut. */
static char *safe_name(const char *said, const char *type, size_t number)
{
	struct text out = TEXT_INIT;
	char *clean = mime_clean(said, strlen(said), MAIL_SUBJECT_MAX, false);
	const char *last = clean;
	for (const char *p = clean; *p; p++)
		if (*p == '/' || *p == '\\')
			last = p + 1;
	last += strspn(last, ".- ~");
	for (; *last; last++)
		text_addc(&out, strchr(":*?\"<>|`$", *last) ? '_' : *last);
	while (out.len && strchr(" .", out.data[out.len - 1]))
		out.data[--out.len] = '\0';
	free(clean);
	if (!out.len) {
		text_addf(&out, "piece-%zu%s", number, ending_of(type));
	} else if (out.len > NAME_KEPT) {
		const char *dot = strrchr(out.data, '.');
		char ending[ENDING_KEPT + 1] = "";
		if (dot && strlen(dot) <= ENDING_KEPT)
			snprintf(ending, sizeof ending, "%s", dot);
		out.len = mime_whole(out.data, NAME_KEPT - strlen(ending));
		out.data[out.len] = '\0';
		text_add(&out, ending);
	}
	return text_take(&out);
}

static char *content_id_of(GMimeObject *o)
{
	const char *id = or_empty(G(g_mime_object_get_content_id)(o));
	return mime_clean(id, strlen(id), MAIL_ID_MAX, false);
}

static char *message_name(GMimeObject *o)
{
	GMimeMessage *inner = G(g_mime_message_part_get_message)((GMimeMessagePart *)o);
	GMimeHeaderList *list = inner ? G(g_mime_object_get_header_list)((GMimeObject *)inner) : NULL;
	int count = list ? G(g_mime_header_list_get_count)(list) : 0;
	struct text name = TEXT_INIT;
	for (int i = 0; i < count && !name.len; i++) {
		GMimeHeader *h = G(g_mime_header_list_get_header_at)(list, i);
		if (strcasecmp(or_empty(G(g_mime_header_get_name)(h)), "subject") != 0)
			continue;
		char *value = G(g_mime_utils_header_decode_text)(gmime_options(), or_empty(G(g_mime_header_get_raw_value)(h)));
		char *clean = mime_clean(or_empty(value), strlen(or_empty(value)), NAME_KEPT - 8, false);
		/* A slash in a subject is no folder. */
		for (char *p = clean; *p; p++)
			*p = *p == '/' || *p == '\\' ? '_' : *p;
		if (*clean)
			text_addf(&name, "%s.eml", clean);
		free(clean);
		G(g_free)(value);
	}
	char *out = text_take(&name);
	return out ? out : guichet_strdup("");
}

/* A name in several words of base64 (mime_words.c): GMime has undone it, all but its end, before anybody could help. NULL: it is none of these. */
static char *padded_name(GMimeObject *o)
{
	GMimeHeaderList *list = G(g_mime_object_get_header_list)(o);
	int count = list ? G(g_mime_header_list_get_count)(list) : 0;
	char *out = NULL;
	for (int i = 0; i < count && !out; i++) {
		GMimeHeader *h = G(g_mime_header_list_get_header_at)(list, i);
		const char *header = or_empty(G(g_mime_header_get_name)(h)), *raw = or_empty(G(g_mime_header_get_raw_value)(h));
		const char *from = strcasestr(raw, "name=\"=?"), *to = from ? strchr(from + 6, '"') : NULL;
		if (!to || !memmem(from, (size_t)(to - from), "=?=", 3) || strncasecmp(header, "content-", 8) != 0)
			continue;
		char *words = mime_words(guichet_strndup(from + 6, (size_t)(to - from) - 6)), *value = G(g_mime_utils_header_decode_text)(gmime_options(), words);
		out = value ? guichet_strdup(value) : NULL;
		G(g_free)(value);
		free(words);
	}
	return out;
}

static char *file_name(GMimeObject *o)
{
	if (!is_a(o, G(g_mime_part_get_type)()))
		return guichet_strdup("");
	char *padded = padded_name(o);
	if (padded)
		return padded;
	const char *name = G(g_mime_part_get_filename)((GMimePart *)o), *about = G(g_mime_part_get_content_description)((GMimePart *)o);
	if ((name && *name) || !about || !*about)
		return guichet_strdup(or_empty(name));
	/* "Delivery report": what it is, without an ending. */
	char *type = type_of(o);
	struct text made = TEXT_INIT;
	text_addf(&made, "%s%s", about, strrchr(about, '.') ? "" : ending_of(type));
	for (char *p = made.data; *p; p++)
		*p = *p == '/' || *p == '\\' ? '_' : *p;
	free(type);
	return text_take(&made);
}

static void keep_part(struct walk *w, GMimeObject *o)
{
	struct mail *m = w->m;
	if (m->part_count >= MAIL_PARTS_MAX) {
		m->trouble = MAIL_TOO_MANY;
		return;
	}
	bool message = is_a(o, G(g_mime_message_part_get_type)());
	char *said = message ? NULL : file_name(o);
	/* A forwarded mail may have a name of its own too. */
	if (message) {
		const char *name = G(g_mime_object_get_content_disposition_parameter)(o, "filename");
		said = name && *name ? guichet_strdup(name) : message_name(o);
	}
	GUICHET_GROW(m->parts, m->part_count, m->inside->part_capacity);
	struct mail_part *part = &m->parts[m->part_count++];
	*part = (struct mail_part){ .type = type_of(o), .content_id = content_id_of(o), .object = o };
	part->name = safe_name(said, part->type, m->part_count);
	part->inside = w->inside && !strncmp(part->type, "image/", 6);
	free(said);
}

/* --- texts --- */

static const char *decode(struct mail *m, GMimeObject *o, size_t *bytes)
{
	GMimeDataWrapper *content = G(g_mime_part_get_content)((GMimePart *)o);
	GMimeStream *stream;
	*bytes = 0;
	if (m->inside->decoded)
		G(g_object_unref)(m->inside->decoded);
	m->inside->decoded = stream = G(g_mime_stream_mem_new)();
	if (content)
		G(g_mime_data_wrapper_write_to_stream)(content, stream);
	GByteArray *array = G(g_mime_stream_mem_get_byte_array)((GMimeStreamMem *)stream);
	*bytes = array ? array->len : 0;
	return array && array->data ? (const char *)array->data : "";
}

static bool is_blank(const char *s)
{
	return !s[strspn(s, " \t\r\n")];
}

/* The text of one part, in UTF-8 and plain; what is over the limits is left out, and m->cut says so. */
static void text_of(struct mail *m, GMimeObject *o, struct text *out)
{
	struct text raw = TEXT_INIT;
	size_t bytes;
	const char *data = decode(m, o, &bytes), *charset = parameter(o, "charset");
	bool html = has_type(o, "text", "html");
	char own[64];
	size_t max = html ? MIME_HTML_BYTES : MIME_TEXT_BYTES;
	if (bytes > max) {
		m->cut = true;
		bytes = max;
	}
	if (html && !*charset && mime_html_charset(data, bytes, own, sizeof own) && strncasecmp(own, "utf-16", 6) != 0)
		charset = own;
	mime_to_utf8(&raw, data, bytes, charset);
	if (html)
		mime_html(out, text_str(&raw), raw.len);
	else if (!strcasecmp(parameter(o, "format"), "flowed"))
		mime_unflow(out, text_str(&raw), !strcasecmp(parameter(o, "delsp"), "yes"));
	else
		text_addn(out, text_str(&raw), raw.len);
	text_done(&raw);
}

static void take_text(struct mail *m, GMimeObject *o)
{
	struct text one = TEXT_INIT, *all = &m->inside->plain;
	if (all->len > MIME_TEXT_BYTES) {
		m->cut = true;
		return;
	}
	text_of(m, o, &one);
	if (!is_blank(text_str(&one))) {
		if (has_type(o, "text", "html"))
			m->inside->some_html = true;
		else
			m->inside->some_plain = true;
		if (all->len)
			text_add(all, "\n\n");
		text_addn(all, text_str(&one), one.len);
	}
	text_done(&one);
}

static bool is_text(GMimeObject *o)
{
	return is_a(o, G(g_mime_part_get_type)()) && (has_type(o, "text", "plain") || has_type(o, "text", "html") || has_type(o, "text", "enriched")
		|| has_type(o, "text", "richtext"));
}

static bool is_attached(GMimeObject *o)
{
	const char *disposition = or_empty(G(g_mime_object_get_disposition)(o));
	return !strcasecmp(disposition, "attachment") || *or_empty(G(g_mime_part_get_filename)((GMimePart *)o));
}

/* --- the tree --- */

static bool says_something(struct mail *m, GMimeObject *o)
{
	struct text t = TEXT_INIT;
	text_of(m, o, &t);
	bool something = !is_blank(text_str(&t));
	text_done(&t);
	return something;
}

/* The best of several forms of the same: plain words, else the last one that can be read. */
static int best_of(struct mail *m, GMimeMultipart *multipart, int count)
{
	int best = -1;
	for (int i = 0; i < count; i++) {
		GMimeObject *child = G(g_mime_multipart_get_part)(multipart, i);
		if (is_a(child, G(g_mime_part_get_type)()) && has_type(child, "text", "plain") && !is_attached(child) && says_something(m, child))
			return i;
		if (is_a(child, G(g_mime_multipart_get_type)()) || is_text(child))
			best = i;
	}
	return best;
}

static void walk_multipart(struct walk w, GMimeObject *o)
{
	GMimeMultipart *multipart = (GMimeMultipart *)o;
	int count = G(g_mime_multipart_get_count)(multipart);
	bool alternative = has_type(o, "multipart", "alternative"), related = has_type(o, "multipart", "related"), no_text = w.no_text, inside = w.inside;
	int best = alternative && !w.no_text ? best_of(w.m, multipart, count < ALTERNATIVES_MAX ? count : ALTERNATIVES_MAX) : 0;
	w.depth++;
	for (int i = 0; i < count && w.m->trouble == MAIL_SOUND; i++) {
		GMimeObject *child = G(g_mime_multipart_get_part)(multipart, i);
		w.no_text = no_text || (alternative && i != best) || (related && i > 0);
		w.inside = inside || (related && i > 0);
		walk_object(w, child);
	}
}

static void walk_object(struct walk w, GMimeObject *o)
{
	if (!o)
		return;
	if (w.depth > MAIL_DEPTH_MAX) {
		w.m->trouble = MAIL_TOO_MANY;
	} else if (is_a(o, G(g_mime_multipart_get_type)())) {
		walk_multipart(w, o);
	} else if (is_text(o) && (!is_attached(o) || (!w.depth && strcasecmp(or_empty(G(g_mime_object_get_disposition)(o)), "attachment") != 0))) {
		/* Another form of what was taken already. */
		if (!w.no_text)
			take_text(w.m, o);
	} else {
		const char *disposition = or_empty(G(g_mime_object_get_disposition)(o));
		w.inside = strcasecmp(disposition, "attachment") != 0 && (w.inside || !strcasecmp(disposition, "inline"))
			&& *or_empty(G(g_mime_object_get_content_id)(o));
		keep_part(&w, o);
	}
}

void mime_find_charset(struct mail *m)
{
	enum { DEEP = 5 };
	GMimeObject *o = G(g_mime_message_get_mime_part)(m->inside->message);
	for (int i = 0; i < DEEP && is_a(o, G(g_mime_multipart_get_type)()); i++)
		o = G(g_mime_multipart_get_count)((GMimeMultipart *)o) ? G(g_mime_multipart_get_part)((GMimeMultipart *)o, 0) : NULL;
	if (o && has_type(o, "text", "*"))
		snprintf(m->inside->charset, sizeof m->inside->charset, "%s", parameter(o, "charset"));
}

void mime_walk(struct mail *m)
{
	GMimeObject *root = G(g_mime_message_get_mime_part)(m->inside->message);
	if (!root)
		return;
	free(m->type);
	m->type = type_of(root);
	const char *report = parameter(root, "report-type");
	free(m->report_type);
	m->report_type = mime_clean(report, strlen(report), 100, false);
	for (char *p = m->report_type; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	walk_object((struct walk){ .m = m }, root);
	m->from_html = m->inside->some_html && !m->inside->some_plain;
}

enum guichet_rc mail_part_data(struct mail *m, size_t part, const char **data, size_t *bytes, struct guichet_err *err)
{
	*data = "";
	*bytes = 0;
	if (part >= m->part_count)
		return guichet_err_set(err, GUICHET_INTERNAL, "part %zu of %zu", part, m->part_count);
	GMimeObject *o = m->parts[part].object;
	if (!is_a(o, G(g_mime_message_part_get_type)())) {
		/* A multipart that nothing divides is what is left. */
		if (is_a(o, G(g_mime_part_get_type)()))
			*data = decode(m, o, bytes);
		return GUICHET_OK;
	}
	GMimeMessage *inner = G(g_mime_message_part_get_message)((GMimeMessagePart *)o);
	if (m->inside->decoded)
		G(g_object_unref)(m->inside->decoded);
	GMimeStream *stream = m->inside->decoded = G(g_mime_stream_mem_new)();
	if (inner)
		G(g_mime_object_write_to_stream)((GMimeObject *)inner, NULL, stream);
	GByteArray *array = G(g_mime_stream_mem_get_byte_array)((GMimeStreamMem *)stream);
	if (array && array->data) {
		*data = (const char *)array->data;
		*bytes = array->len;
	}
	return GUICHET_OK;
}
