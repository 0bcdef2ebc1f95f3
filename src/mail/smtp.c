// SPDX-License-Identifier: GPL-3.0-or-later
/* See smtp.h. Which command an answer is to, libcurl only tells to who listens in: by that a recipient's refusal is
 * told from the relay's refusal of us, and a line that broke before the end of the message from one that broke after
 * it. Must not look into a message.
 */
#include "guichet/mail/smtp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "mime_inside.h"
#include "server_inside.h"

enum { MESSAGE_S = 300, SLOW_BYTES = 2048, ADDRESS_MAX = 254, DOMAIN_MAX = 255 };

enum stage { STAGE_HELLO, STAGE_FROM, STAGE_RECIPIENT, STAGE_DATA };

struct smtp {
	const struct mail_server *server;
	CURL *easy;
	char why[CURL_ERROR_SIZE], said[SAID_MAX];
	enum stage stage;
	int code;      /* of the last answer */
	bool quits;    /* libcurl takes its leave: what is answered now is about that */
	bool over;     /* all of the message was handed to libcurl */
	bool answered; /* something was answered since */
	const struct smtp_message *message;
	size_t done;
};

/* --- what is said on the line --- */

static void listen_out(struct smtp *s, const char *line, size_t bytes)
{
	if (bytes >= 5 && !strncmp(line, "MAIL ", 5))
		s->stage = STAGE_FROM;
	else if (bytes >= 5 && !strncmp(line, "RCPT ", 5))
		s->stage = STAGE_RECIPIENT;
	else if (bytes >= 4 && !strncmp(line, "DATA", 4))
		s->stage = STAGE_DATA;
	else if (bytes >= 4 && !strncmp(line, "QUIT", 4))
		s->quits = true;
}

/* Nothing of it is kept, but which command it is: a password may be in it. */
static int listen_in(CURL *easy, curl_infotype type, char *bytes, size_t count, void *context)
{
	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		listen_out(context, bytes, count);
	return 0;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct smtp *s = context;
	size_t n = size * count;
	if (s->quits || n < 4 || bytes[0] < '2' || bytes[0] > '5' || !isdigit((unsigned char)bytes[1]) || !isdigit((unsigned char)bytes[2]))
		return n;
	s->code = (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 + (bytes[2] - '0');
	s->answered = s->over;
	/* In whatever charset the relay speaks: these words go into the journal, which takes UTF-8 alone. */
	char *words = mime_clean(bytes, n, sizeof s->said - 1, false);
	snprintf(s->said, sizeof s->said, "%s", words);
	free(words);
	return n;
}

static size_t give_bytes(char *room, size_t size, size_t count, void *context)
{
	struct smtp *s = context;
	size_t left = s->message->bytes - s->done, n = size * count < left ? size * count : left;
	memcpy(room, s->message->data + s->done, n);
	s->done += n;
	if (s->done == s->message->bytes)
		s->over = true;
	return n;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

/* --- one message --- */

enum guichet_rc smtp_open(const struct mail_server *server, struct smtp **out, struct guichet_err *err)
{
	*out = NULL;
	enum guichet_rc rc = curl_calls_load(err);
	if (rc)
		return rc;
	struct smtp *s = guichet_alloc(sizeof *s);
	s->server = server;
	s->easy = curl_easy_init();
	if (!s->easy)
		guichet_out_of_memory();
	server_prepare(server, s->easy, s->why);
	curl_easy_setopt(s->easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(s->easy, CURLOPT_DEBUGFUNCTION, listen_in);
	curl_easy_setopt(s->easy, CURLOPT_DEBUGDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, take_answer);
	curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(s->easy, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(s->easy, CURLOPT_READDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_UPLOAD, 1L);
	*out = s;
	return GUICHET_OK;
}

void smtp_close(struct smtp **smtp)
{
	if (!*smtp)
		return;
	curl_easy_cleanup((*smtp)->easy);
	free(*smtp);
	*smtp = NULL;
}

/* One address, and nothing that could be a second one or another command. */
static bool is_address(const char *s)
{
	const char *at = strchr(s, '@');
	size_t bytes = strlen(s);
	if (!at || at == s || !at[1] || strchr(at + 1, '@') || bytes > ADDRESS_MAX || !utf8_valid(s, bytes, NULL))
		return false;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>()[],;:\\\"", *p))
			return false;
	return true;
}

static void set_envelope(struct smtp *s, const struct smtp_message *m, struct curl_slist *to)
{
	struct text url = TEXT_INIT, from = TEXT_INIT;
	/* The name by which we say hello: the domain that we write for. */
	server_url(s->server, strrchr(m->from, '@') + 1, &url);
	text_addf(&from, "<%s>", m->from);
	curl_easy_setopt(s->easy, CURLOPT_URL, text_str(&url));
	curl_easy_setopt(s->easy, CURLOPT_MAIL_FROM, text_str(&from));
	curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(s->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->bytes);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT, (long)(MESSAGE_S + m->bytes / SLOW_BYTES));
	text_done(&url);
	text_done(&from);
}

/* Answers that speak of who we are and what we may do here, not of the recipient or the message (RFC 5321, 4.2; RFC
 * 4954, 6). */
static bool is_about_us(const struct smtp *s)
{
	static const int codes[] = {421, 454, 500, 502, 503, 530, 534, 535, 538};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (s->code == codes[i])
			return true;
	return s->stage < STAGE_RECIPIENT;
}

/* What is not GUICHET_OK is the relay's failure. */
static enum guichet_rc judge(struct smtp *s, CURLcode code, struct smtp_answer *out, struct guichet_err *err)
{
	bool spoke = s->stage > STAGE_HELLO && s->code >= 400 && (!s->over || s->answered);
	snprintf(out->words, sizeof out->words, "%s", spoke ? s->said : "");
	out->code = spoke ? s->code : 0;
	if (code == CURLE_OK) {
		out->end = SMTP_SENT;
		return GUICHET_OK;
	}
	if (spoke && !is_about_us(s)) {
		out->end = s->code >= 500 ? SMTP_REFUSED : SMTP_LATER;
		return GUICHET_OK;
	}
	out->end = s->over && !spoke ? SMTP_UNKNOWN : SMTP_LATER;
	if (spoke && s->stage == STAGE_FROM && s->code >= 500)
		return guichet_err_set(err, GUICHET_CONFIG, _("%s n'accepte pas ce que nous envoyons au nom de %s : %s"),
			s->server->host, s->message->from, s->said);
	return server_error(s->server, code, s->why, spoke ? s->said : "", err);
}

enum guichet_rc smtp_send(
	struct smtp *s, const struct smtp_message *m, struct smtp_answer *out, struct guichet_err *err)
{
	struct text address = TEXT_INIT;
	*out = (struct smtp_answer){.end = SMTP_REFUSED};
	if (!is_address(m->from)) {
		out->end = SMTP_LATER;
		return guichet_err_set(err, GUICHET_CONFIG,
			_("« %s » n'est pas une adresse d'expéditeur (from de [mail], ou email du catalogue)"), m->from);
	}
	if (!is_address(m->to)) {
		snprintf(out->words, sizeof out->words, "%s", _("ce n'est pas une adresse"));
		return GUICHET_OK;
	}
	text_addf(&address, "<%s>", m->to);
	struct curl_slist *to = curl_slist_append(NULL, text_str(&address));
	if (!to)
		guichet_out_of_memory();
	s->message = m;
	s->done = 0;
	s->stage = STAGE_HELLO;
	s->code = 0;
	s->quits = s->over = s->answered = false;
	s->said[0] = s->why[0] = '\0';
	set_envelope(s, m, to);
	CURLcode code = curl_easy_perform(s->easy);
	enum guichet_rc rc = judge(s, code, out, err);
	curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	text_done(&address);
	return rc;
}
