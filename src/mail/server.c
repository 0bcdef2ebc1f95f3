// SPDX-License-Identifier: GPL-3.0-or-later
/* See server.h. Must not know what is read or sent. */
#include "server_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

enum { CONNECT_S = 15, PATIENCE_S = 60, PASSWORD_MAX = 1024, PORT_MAX = 65535 };

static const struct {
	const char *scheme;
	enum mail_protocol protocol;
	bool tls;
	int port;
} schemes[] = {
	{"imaps://", MAIL_IMAP, true, 993},
	{"imap://", MAIL_IMAP, false, 143},
	{"smtps://", MAIL_SMTP, true, 465},
	{"smtp://", MAIL_SMTP, false, 587},
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

/* --- reading the address --- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX undone; NULL when what comes out is no text, or could start another line of the protocol. */
static char *decode(const char *s, size_t bytes)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < bytes; i++) {
		int high = i + 2 < bytes && s[i] == '%' ? hex_digit(s[i + 1]) : -1, low = high >= 0 ? hex_digit(s[i + 2]) : -1;
		unsigned char c = low >= 0 ? (unsigned char)(high * 16 + low) : (unsigned char)s[i];
		if (c < ' ' || c == 0x7f) {
			text_done(&t);
			return NULL;
		}
		text_addc(&t, (char)c);
		if (low >= 0)
			i += 2;
	}
	if (!utf8_valid(text_str(&t), t.len, NULL)) {
		text_done(&t);
		return NULL;
	}
	return t.data ? text_take(&t) : guichet_strdup("");
}

static bool is_local(const char *host)
{
	return !strcmp(host, "127.0.0.1") || !strcmp(host, "localhost") || !strcmp(host, "[::1]");
}

/* "host", "host:port", "[::1]:port"; false when it is none. */
static bool read_host(const char *s, size_t bytes, struct mail_server *out)
{
	const char *end = s + bytes, *colon = NULL;
	if (bytes > 0 && *s == '[') {
		const char *closing = memchr(s, ']', bytes);
		if (!closing || (closing + 1 < end && closing[1] != ':'))
			return false;
		colon = closing + 1 < end ? closing + 1 : NULL;
	} else {
		colon = memchr(s, ':', bytes);
	}
	size_t length = (size_t)((colon ? colon : end) - s);
	if (!length || strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_[]:") < length)
		return false;
	out->host = guichet_strndup(s, length);
	out->local = is_local(out->host);
	if (!colon)
		return true;
	out->port = 0;
	for (const char *p = colon + 1; p < end; p++) {
		if (*p < '0' || *p > '9' || out->port > PORT_MAX)
			return false;
		out->port = out->port * 10 + (*p - '0');
	}
	return out->port > 0 && out->port <= PORT_MAX;
}

static enum guichet_rc refuse(const char *url, enum mail_protocol protocol, struct guichet_err *err)
{
	/* Somebody may have put a password into it. */
	if (strchr(url, '@'))
		url = "…";
	return guichet_err_set(err, GUICHET_CONFIG,
		protocol == MAIL_IMAP
			? _("« %s » : attendu imaps://utilisateur@serveur[:port]/DOSSIER (imap:// avec STARTTLS), sans mot de passe")
			: _("« %s » : attendu smtps://utilisateur@serveur[:port] (smtp:// avec STARTTLS), sans mot de passe"),
		url);
}

enum guichet_rc mail_server_parse(
	const char *url, enum mail_protocol protocol, struct mail_server *out, struct guichet_err *err)
{
	const char *rest = NULL;
	*out = (struct mail_server){.protocol = protocol};
	for (size_t i = 0; i < SCHEMES && !rest; i++) {
		if (schemes[i].protocol != protocol || strncmp(url, schemes[i].scheme, strlen(schemes[i].scheme)) != 0)
			continue;
		rest = url + strlen(schemes[i].scheme);
		out->tls = schemes[i].tls;
		out->port = schemes[i].port;
	}
	if (!rest)
		return refuse(url, protocol, err);
	size_t authority = strcspn(rest, "/");
	const char *host = rest, *path = rest + authority + (rest[authority] == '/');
	for (const char *p = rest; p < rest + authority; p++)
		if (*p == '@')
			host = p + 1;
	if (host > rest) {
		out->user = decode(rest, (size_t)(host - 1 - rest));
		if (!out->user || !*out->user || memchr(rest, ':', (size_t)(host - 1 - rest)))
			return refuse(url, protocol, err);
	}
	out->folder = decode(path, strlen(path));
	if (!read_host(host, (size_t)(rest + authority - host), out) || !out->folder)
		return refuse(url, protocol, err);
	if (protocol == MAIL_IMAP && !out->user)
		return refuse(url, protocol, err);
	if (protocol == MAIL_SMTP && *out->folder)
		return refuse(url, protocol, err);
	if (protocol == MAIL_IMAP && !*out->folder) {
		free(out->folder);
		out->folder = guichet_strdup("INBOX");
	}
	return GUICHET_OK;
}

void mail_server_done(struct mail_server *s)
{
	if (s->password)
		sodium_memzero(s->password, strlen(s->password));
	free(s->password);
	free(s->host);
	free(s->user);
	free(s->folder);
	free(s->ca);
	*s = (struct mail_server){0};
}

static const char *scheme_of(const struct mail_server *s)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].protocol == s->protocol && schemes[i].tls == s->tls)
			return schemes[i].scheme;
	return "";
}

char *mail_server_name(const struct mail_server *s)
{
	struct text t = TEXT_INIT;
	text_addf(&t, "%s%s%s%s:%d", scheme_of(s), s->user ? s->user : "", s->user ? "@" : "", s->host, s->port);
	if (s->protocol == MAIL_IMAP)
		text_addf(&t, "/%s", s->folder);
	return text_take(&t);
}

/* --- the password --- */

enum guichet_rc mail_server_password(struct mail_server *s, const char *path, struct guichet_err *err)
{
	char line[PASSWORD_MAX + 2];
	struct stat st;
	if (!s->user)
		return GUICHET_OK;
	if (!path)
		return guichet_err_set(err, GUICHET_CONFIG,
			_("password_file manque dans [mail] : le fichier qui tient le mot de passe de %s"), s->user);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return guichet_err_set(err, GUICHET_CONFIG, _("password_file : %s ne se lit pas : %s"), path, strerror(errno));
	enum guichet_rc rc = GUICHET_OK;
	ssize_t n = 0;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		rc = guichet_err_set(err, GUICHET_CONFIG, _("password_file : %s n'est pas un fichier ordinaire"), path);
	else if ((st.st_mode & 077) || (st.st_uid != geteuid() && st.st_uid != 0))
		rc = guichet_err_set(err, GUICHET_CONFIG,
			_("password_file : %s doit appartenir à cet utilisateur ou à root et n'être lisible que de lui (chmod 600)"),
			path);
	else if ((n = read(fd, line, sizeof line - 1)) < 0)
		rc = guichet_err_set(err, GUICHET_IO, _("password_file : %s ne se lit pas : %s"), path, strerror(errno));
	close(fd);
	if (rc)
		return rc;
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line || strlen(line) > PASSWORD_MAX)
		rc = guichet_err_set(
			err, GUICHET_CONFIG, _("password_file : %s n'a pas de mot de passe sur sa première ligne"), path);
	else
		s->password = guichet_strdup(line);
	sodium_memzero(line, sizeof line);
	return rc;
}

/* --- on libcurl --- */

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

void server_url(const struct mail_server *s, const char *path, struct text *out)
{
	text_addf(out, "%s%s:%d/", scheme_of(s), s->host, s->port);
	for (const char *p = path; *p; p++) {
		if (strchr(plain, *p))
			text_addc(out, *p);
		else
			text_addf(out, "%%%02X", (unsigned char)*p);
	}
}

void server_prepare(const struct mail_server *s, CURL *easy, char *why)
{
	const char *allowed = s->protocol == MAIL_IMAP ? s->tls ? "imaps" : "imap" : s->tls ? "smtps" : "smtp";
	long patience = s->patience_s > 0 ? s->patience_s : PATIENCE_S;
	*why = '\0';
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, allowed);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	/* On this machine too STARTTLS is taken where it is offered. */
	curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(s->local ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	if (s->ca)
		curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca);
	if (s->user) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, s->password ? s->password : "");
	}
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, patience < CONNECT_S ? patience : (long)CONNECT_S);
	curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, patience);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, patience);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

/* libcurl's words, with the server's where they say more. */
static void words_of(struct text *out, const char *why, CURLcode code, const char *said)
{
	text_add(out, *why ? why : curl_easy_strerror(code));
	if (*said)
		text_addf(out, " (%s)", said);
}

enum guichet_rc server_error(
	const struct mail_server *s, CURLcode code, const char *why, const char *said, struct guichet_err *err)
{
	struct text words = TEXT_INIT;
	enum guichet_rc rc;
	words_of(&words, why, code, said);
	switch (code) {
	case CURLE_LOGIN_DENIED:
		rc = guichet_err_set(err, GUICHET_CONFIG,
			_("%s refuse l'identifiant « %s » ou son mot de passe (password_file) : %s"), s->host,
			s->user ? s->user : "", text_str(&words));
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_ISSUER_ERROR:
		rc = guichet_err_set(err, GUICHET_UNAVAILABLE,
			_("%s : sa liaison chiffrée n'est pas sûre, rien n'est lu ni envoyé : %s"), s->host, text_str(&words));
		break;
	case CURLE_SSL_CACERT_BADFILE:
		rc = guichet_err_set(
			err, GUICHET_CONFIG, _("ca de [mail] : %s ne se lit pas : %s"), s->ca ? s->ca : "", text_str(&words));
		break;
	case CURLE_USE_SSL_FAILED:
		rc = guichet_err_set(err, GUICHET_UNAVAILABLE,
			_("%s ne propose pas STARTTLS : en clair, rien n'est lu ni envoyé hors de cette machine"), s->host);
		break;
	default:
		rc = guichet_err_set(
			err, GUICHET_UNAVAILABLE, _("%s:%d ne répond pas comme il faut : %s"), s->host, s->port, text_str(&words));
	}
	text_done(&words);
	return rc;
}
