// SPDX-License-Identifier: GPL-3.0-or-later
/* A page of HTML as a person would read it, in plain text. One pass, whatever it is given; nothing in it is run, followed or fetched. Knows no mail. */
#include "mime_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mime_entities.h"

enum { QUOTES_MAX = 20, LINKS_MAX = 8, NAME_BYTES = 16, VALUE_BYTES = 2048 };

struct page {
	struct text *out;
	size_t lines_owed;              /* line ends to write before the next word */
	bool blank_owed;                /* a blank, where a word follows on the line */
	bool begun;
	bool line_begun;                /* something stands on the line */
	int quotes, pre;
	char *links[LINKS_MAX]; size_t link_starts[LINKS_MAX]; size_t link_count;
	char skip[NAME_BYTES];          /* inside an element that is not shown; "" none */
	size_t skip_depth;
	bool show_hidden;               /* what the page hides is all it has */
	bool hid;
};

/* --- what comes out --- */

static void open_line(struct page *p)
{
	if (!p->begun)
		p->lines_owed = 0;
	if (p->lines_owed || !p->begun) {
		for (; p->lines_owed; p->lines_owed--) {
			text_addc(p->out, '\n');
			p->line_begun = false;
			if (p->lines_owed > 1)
				for (int i = 0; i < p->quotes; i++)
					text_addc(p->out, '>');
		}
		for (int i = 0; i < p->quotes; i++)
			text_addc(p->out, '>');
		if (p->quotes)
			text_addc(p->out, ' ');
		p->blank_owed = false;
		p->begun = true;
	}
	if (p->blank_owed && p->line_begun)
		text_addc(p->out, ' ');
	p->blank_owed = false;
	p->line_begun = true;
}

static void end_lines(struct page *p, size_t lines)
{
	if (p->lines_owed < lines)
		p->lines_owed = lines;
}

static void add_words(struct page *p, const char *s, size_t n)
{
	if (!n)
		return;
	open_line(p);
	text_addn(p->out, s, n);
}

/* --- words --- */

static void add_char(struct page *p, char c)
{
	if (p->pre && c == '\n') {
		if (p->begun)
			p->lines_owed++;
	} else if (isspace((unsigned char)c) && !p->pre) {
		p->blank_owed = true;
	} else {
		add_words(p, &c, 1);
	}
}

/* Reads an entity at `s`; returns how many bytes it took, 0 when it is none. */
static size_t add_entity(struct page *p, const char *s, size_t left)
{
	char utf8[5];
	size_t took = entity_read(s, left, utf8);
	if (!took)
		return 0;
	/* A space that holds words together, or pads: it matters before ; : ! ? » alone. */
	if (!strcmp(utf8, "\xC2\xA0") && !p->pre) {
		if (took < left && strchr(";:!?%", s[took]))
			add_words(p, utf8, 2);
		else
			p->blank_owed = true;
	} else if (utf8[0] && !utf8[1]) {
		add_char(p, utf8[0]);
	} else {
		add_words(p, utf8, strlen(utf8));
	}
	return took;
}

static void add_run(struct page *p, const char *s, size_t n)
{
	size_t from = 0, i = 0;
	while (i < n) {
		size_t took = 0;
		bool plain = !isspace((unsigned char)s[i]) && s[i] != '&' && !(s[i] == '\xC2' && i + 1 < n && s[i + 1] == '\xA0');
		if (plain) {
			i++;
			continue;
		}
		add_words(p, s + from, i - from);
		if (s[i] == '&') {
			took = add_entity(p, s + i, n - i);
			if (!took)
				add_words(p, "&", 1);
		} else if (s[i] == '\xC2') {
			took = 2;
			if (i + 2 < n && strchr(";:!?%", s[i + 2]))
				add_words(p, s + i, 2);
			else
				p->blank_owed = true;
		} else {
			add_char(p, s[i]);
		}
		i += took ? took : 1;
		from = i;
	}
	add_words(p, s + from, i - from);
}

/* --- tags --- */

struct tag { char name[NAME_BYTES]; bool closing, empty; const char *attributes; size_t attributes_length; };

/* The attribute's value, entities read, blanks trimmed; "" none. */
static void attribute(const struct tag *t, const char *wanted, char out[VALUE_BYTES])
{
	const char *s = t->attributes, *end = s + t->attributes_length;
	size_t n = 0;
	*out = '\0';
	while (s < end) {
		while (s < end && (isspace((unsigned char)*s) || *s == '/'))
			s++;
		const char *name = s;
		while (s < end && !isspace((unsigned char)*s) && *s != '=' && *s != '/')
			s++;
		size_t length = (size_t)(s - name);
		while (s < end && isspace((unsigned char)*s))
			s++;
		const char *value = s, *value_end = s;
		if (s < end && *s == '=') {
			s++;
			while (s < end && isspace((unsigned char)*s))
				s++;
			char quote = s < end && (*s == '"' || *s == '\'') ? *s++ : '\0';
			value = s;
			while (s < end && (quote ? *s != quote : !isspace((unsigned char)*s)))
				s++;
			value_end = s;
			s += quote && s < end;
		} else if (s == name) {
			s++;
		}
		if (length != strlen(wanted) || strncasecmp(name, wanted, length) != 0)
			continue;
		while (value < value_end && isspace((unsigned char)*value))
			value++;
		while (value < value_end && n + 5 < VALUE_BYTES) {
			char utf8[5] = { *value };
			size_t took = *value == '&' ? entity_read(value, (size_t)(value_end - value), utf8) : 1;
			/* "?a=1&copy=2" is no ©. */
			if (*value == '&' && (!took || value[took - 1] != ';')) {
				memcpy(utf8, "&", 2);
				took = 1;
			}
			memcpy(out + n, utf8, strlen(utf8));
			n += strlen(utf8);
			value += took;
		}
		while (n && isspace((unsigned char)out[n - 1]))
			n--;
		out[n] = '\0';
		return;
	}
}

/* Whether two addresses say the same to a reader: https://www.example.org/ and www.example.org. */
static const char *bare_address(const char *s, size_t *n)
{
	static const char *const schemes[] = { "https://", "http://", "mailto:", "tel:" };
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (*n >= strlen(schemes[i]) && !strncasecmp(s, schemes[i], strlen(schemes[i]))) {
			*n -= strlen(schemes[i]);
			s += strlen(schemes[i]);
			break;
		}
	if (*n > 4 && !strncasecmp(s, "www.", 4)) {
		*n -= 4;
		s += 4;
	}
	if (*n && s[*n - 1] == '/')
		--*n;
	return s;
}

static void open_link(struct page *p, const struct tag *t)
{
	char href[VALUE_BYTES];
	attribute(t, "href", href);
	if (p->link_count == LINKS_MAX)
		return;
	bool shown = !strncasecmp(href, "http://", 7) || !strncasecmp(href, "https://", 8) || !strncasecmp(href, "mailto:", 7) || !strncasecmp(href, "tel:", 4)
		|| !strncasecmp(href, "ftp://", 6);
	p->links[p->link_count] = shown ? guichet_strdup(href) : NULL;
	p->link_starts[p->link_count++] = p->out->len;
}

static void close_link(struct page *p)
{
	if (!p->link_count)
		return;
	char *href = p->links[--p->link_count];
	size_t from = p->link_starts[p->link_count];
	if (!href)
		return;
	const char *words = text_str(p->out) + from;
	size_t n = p->out->len - from, m = strlen(href);
	while (n && (isspace((unsigned char)*words) || *words == '>')) {
		words++;
		n--;
	}
	const char *left = bare_address(words, &n), *right = bare_address(href, &m);
	/* A picture alone leads nowhere that words would tell. */
	if (n && (n != m || strncasecmp(left, right, m) != 0)) {
		const char *said = !strncasecmp(href, "mailto:", 7) || !strncasecmp(href, "tel:", 4) ? strchr(href, ':') + 1 : href;
		p->blank_owed = true;
		add_words(p, "<", 1);
		add_words(p, said, strcspn(said, "\r\n"));
		add_words(p, ">", 1);
	}
	free(href);
}

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static bool is_hidden(struct page *p, const struct tag *t)
{
	static const char *const never[] = { "script", "style", "head", "template", "svg", "object", "applet", "title", "noframes", "xml", NULL };
	/* These hold nothing: no end would come. */
	static const char *const empty[] = { "br", "img", "hr", "input", "meta", "link", "col", "area", "base", "wbr", "source", "embed", "param", NULL };
	char style[VALUE_BYTES], bare[64];
	size_t n = 0;
	if (one_of(t->name, never))
		return true;
	if (p->show_hidden || one_of(t->name, empty))
		return false;
	attribute(t, "style", style);
	for (const char *at = style; (at = strcasestr(at, "display")) != NULL; at++) {
		n = 0;
		for (const char *c = at; *c && *c != ';' && n + 1 < sizeof bare; c++)
			if (!isspace((unsigned char)*c))
				bare[n++] = (char)tolower((unsigned char)*c);
		bare[n] = '\0';
		if (!strncmp(bare, "display:none", 12)) {
			p->hid = true;
			return true;
		}
	}
	return false;
}

static void add_picture(struct page *p, const struct tag *t)
{
	char alt[VALUE_BYTES];
	attribute(t, "alt", alt);
	if (!*alt)
		return;
	add_words(p, "[", 1);
	add_run(p, alt, strlen(alt));
	add_words(p, "]", 1);
}

static void take_tag(struct page *p, const struct tag *t)
{
	static const char *const paragraphs[] = { "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "blockquote", "pre", "fieldset", "form", NULL };
	static const char *const blocks[] = { "div", "tr", "li", "br", "hr", "section", "article", "header", "footer", "address", "center", "dt", "dd",
		"tbody", "thead", "nav", "aside", "main", "figure", "figcaption", "option", "legend", "body", "html", "caption", "textarea", NULL };
	if (one_of(t->name, paragraphs))
		end_lines(p, 2);
	else if (!strcmp(t->name, "br"))
		p->lines_owed += p->begun && p->lines_owed < 3;
	else if (one_of(t->name, blocks))
		end_lines(p, 1);
	if (!strcmp(t->name, "blockquote")) {
		p->quotes += t->closing ? -(p->quotes > 0) : (p->quotes < QUOTES_MAX && !t->empty);
	} else if (!strcmp(t->name, "pre") || !strcmp(t->name, "textarea")) {
		p->pre = !t->closing;
	} else if (!strcmp(t->name, "li") && !t->closing) {
		add_words(p, "-", 1);
		p->blank_owed = true;
	} else if (!strcmp(t->name, "td") || !strcmp(t->name, "th")) {
		p->blank_owed = true;
	} else if (!strcmp(t->name, "hr") && p->begun) {
		add_words(p, "--------", 8);
		end_lines(p, 1);
	} else if (!strcmp(t->name, "img")) {
		add_picture(p, t);
	} else if (!strcmp(t->name, "a") && t->closing) {
		close_link(p);
	} else if (!strcmp(t->name, "a")) {
		close_link(p);
		open_link(p, t);
	}
}

/* Reads the tag at `s` (a '<'): its length, 0 when it is none. */
static size_t read_tag(const char *s, size_t left, struct tag *t)
{
	size_t i = 1, n = 0;
	char quote = '\0';
	*t = (struct tag){ 0 };
	t->closing = i < left && s[i] == '/';
	i += t->closing;
	if (i >= left || !isalpha((unsigned char)s[i]))
		return 0;
	for (; i < left && (isalnum((unsigned char)s[i]) || strchr(":-_", s[i])); i++)
		if (n + 1 < NAME_BYTES)
			t->name[n++] = (char)tolower((unsigned char)s[i]);
	t->attributes = s + i;
	bool after_equal = false;
	for (; i < left; i++) {
		if (quote) {
			quote = s[i] == quote ? '\0' : quote;
		} else if (s[i] == '>') {
			t->attributes_length = (size_t)(s + i - t->attributes);
			t->empty = t->attributes_length && s[i - 1] == '/';
			return i + 1;
		} else if (after_equal && (s[i] == '"' || s[i] == '\'')) {
			quote = s[i];
		}
		after_equal = s[i] == '=' || (after_equal && isspace((unsigned char)s[i]));
	}
	/* A quote that nothing closes: the tag ends where the first sign of it does. */
	const char *end = memchr(t->attributes, '>', left - (size_t)(t->attributes - s));
	if (!end)
		return 0;
	t->attributes_length = (size_t)(end - t->attributes);
	return (size_t)(end - s) + 1;
}

static const char *find_ignoring_case(const char *s, size_t left, const char *wanted)
{
	size_t n = strlen(wanted);
	for (const char *end = s + left; (size_t)(end - s) >= n; s++) {
		s = memchr(s, *wanted, (size_t)(end - s));
		if (!s || (size_t)(end - s) < n)
			return NULL;
		if (!strncasecmp(s, wanted, n))
			return s;
	}
	return NULL;
}

/* What the page holds from a "<!" or "<?" on. */
static size_t skip_declaration(const char *s, size_t left, bool *no_comment_end)
{
	const char *end = NULL;
	if (left >= 4 && !memcmp(s, "<!--", 4)) {
		if (!*no_comment_end)
			end = find_ignoring_case(s + 2, left - 2, "-->");
		if (end)
			return (size_t)(end - s) + 3;
		*no_comment_end = true;
	}
	end = memchr(s, '>', left);
	return end ? (size_t)(end - s) + 1 : left;
}

/* Elements whose content is no markup end at their own closing tag alone; one that nothing closes takes the rest. */
static size_t skip_raw(const char *s, size_t left, const char *name)
{
	char closing[NAME_BYTES + 3];
	snprintf(closing, sizeof closing, "</%s", name);
	const char *end = find_ignoring_case(s, left, closing);
	end = end ? memchr(end, '>', left - (size_t)(end - s)) : NULL;
	return end ? (size_t)(end - s) + 1 : left;
}

static bool is_raw(const struct tag *t)
{
	return (!strcmp(t->name, "script") || !strcmp(t->name, "style")) && !t->closing && !t->empty;
}

static void skip_or_take(struct page *p, const struct tag *t)
{
	/* These end where the next one begins. */
	static const char *const unclosed[] = { "p", "li", "td", "th", "tr", "dt", "dd", "option", NULL };
	if (*p->skip) {
		bool same = !strcmp(t->name, p->skip) && !t->empty;
		bool ended = same && !t->closing && one_of(t->name, unclosed);
		if (same)
			p->skip_depth += t->closing ? (size_t)-1 : 1;
		/* A head that nothing closed ends where the body begins. */
		if (!p->skip_depth || ended || (!strcmp(p->skip, "head") && !strcmp(t->name, "body")))
			*p->skip = '\0';
		if (!ended)
			return;
	}
	if (!t->closing && !t->empty && is_hidden(p, t)) {
		memcpy(p->skip, t->name, sizeof p->skip);
		p->skip_depth = 1;
		return;
	}
	take_tag(p, t);
}

static void read_page(struct page *p, const char *s, size_t left)
{
	bool no_comment_end = false, no_tag_end = false;
	while (left) {
		const char *next = memchr(s, '<', left);
		size_t n = next ? (size_t)(next - s) : left;
		if (!*p->skip)
			add_run(p, s, n);
		s += n;
		left -= n;
		if (!left)
			break;
		struct tag t = { 0 };
		size_t took = 0;
		if (left > 1 && (s[1] == '!' || s[1] == '?'))
			took = skip_declaration(s, left, &no_comment_end);
		else if (!no_tag_end && (took = read_tag(s, left, &t)) != 0 && is_raw(&t))
			took += skip_raw(s + took, left - took, t.name);
		else if (took)
			skip_or_take(p, &t);
		else if (left > 1 && (isalpha((unsigned char)s[1]) || s[1] == '/'))
			no_tag_end = !memchr(s, '>', left);
		if (!took && !*p->skip)
			add_words(p, "<", 1);
		took = took ? took : 1;
		s += took;
		left -= took;
	}
	while (p->link_count)
		close_link(p);
}

void mime_html(struct text *out, const char *html, size_t bytes)
{
	struct page p = { .out = out };
	size_t start = out->len;
	read_page(&p, html, bytes);
	/* It hides all it has, or never says where that ends. */
	if (p.hid && (out->len == start || *p.skip)) {
		out->len = start;
		p = (struct page){ .out = out, .show_hidden = true };
		read_page(&p, html, bytes);
	}
}

bool mime_html_charset(const char *html, size_t bytes, char *charset, size_t room)
{
	size_t n = 0, looked = bytes < 2048 ? bytes : 2048;
	const char *at = find_ignoring_case(html, looked, "charset=");
	if (!at)
		return false;
	const char *end = html + looked;
	for (at += 8; at < end && (*at == '"' || *at == '\'' || *at == ' '); at++)
		;
	for (; at < end && n + 1 < room && (isalnum((unsigned char)*at) || strchr("-_:.", *at)); at++)
		charset[n++] = *at;
	charset[n] = '\0';
	return n != 0;
}
