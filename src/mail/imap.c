// SPDX-License-Identifier: GPL-3.0-or-later
/* See imap.h. libcurl signs in, selects and streams a message's literal; what it has no URL for (list, move, create)
 * are its custom requests, whose answers come line by line. Must not look into a message.
 */
#include "guichet/mail/imap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/base/log.h"
#include "server_inside.h"

/* PAGE: messages known at a time, whatever waits. A whole message may come as slowly as SLOW_BYTES a second. */
enum { PAGE = 2048, COMMAND_S = 180, SLOW_BYTES = 4096, LINE_MAX_BYTES = 4096 };

struct waiting {
	uint32_t uid;
	int64_t bytes;
};

struct session {
	CURL *easy;
	struct store *store;
	const struct imap_options *o;
	struct imap_report *report;
	char *box;                /* what the store calls it */
	struct text folder, done; /* as IMAP writes them */
	char why[CURL_ERROR_SIZE], said[SAID_MAX];
	uint32_t validity;
	bool moves, uidplus, made_folder, no_room;
	struct waiting page[PAGE];
	size_t count;
	uint32_t after; /* UIDs up to here have had their turn */
	struct text line;
	int fd;
	int64_t written, most;
	int write_errno;
	bool cut;
};

/* --- what the server says --- */

static void keep_words(struct session *s, const char *words)
{
	snprintf(s->said, sizeof s->said, "%.*s", (int)strcspn(words, "\r\n"), words);
}

static void take_capabilities(struct session *s, const char *line)
{
	for (const char *p = line; *p;) {
		size_t n = strcspn(p, " \r\n]");
		s->moves |= n == 4 && !strncmp(p, "MOVE", 4);
		s->uidplus |= n == 7 && !strncmp(p, "UIDPLUS", 7);
		p += n + (p[n] != '\0');
	}
}

/* Every line that is an answer, none of a message's. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct session *s = context;
	char line[LINE_MAX_BYTES];
	snprintf(line, sizeof line, "%.*s", (int)(size * count < sizeof line ? size * count : sizeof line - 1), bytes);
	const char *code = strstr(line, "[UIDVALIDITY "), *words = strchr(line, ' ');
	if (code && !strncmp(line, "* OK", 4))
		s->validity = (uint32_t)strtoul(code + strlen("[UIDVALIDITY "), NULL, 10);
	if (strstr(line, "CAPABILITY "))
		take_capabilities(s, strstr(line, "CAPABILITY "));
	if (words && (!strncmp(words, " NO ", 4) || !strncmp(words, " BAD ", 5)))
		keep_words(s, strchr(words + 1, ' ') + 1);
	else if (!strncmp(line, "* BYE ", 6))
		keep_words(s, line + 6);
	return size * count;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

/* --- one exchange --- */

static CURLcode perform(
	struct session *s, const char *path, const char *command, curl_write_callback take, int64_t seconds)
{
	struct text url = TEXT_INIT;
	s->said[0] = s->why[0] = '\0';
	server_url(s->o->server, path, &url);
	curl_easy_setopt(s->easy, CURLOPT_URL, text_str(&url));
	curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, command);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT, (long)seconds);
	CURLcode code = curl_easy_perform(s->easy);
	text_done(&url);
	return code;
}

/* A command in the mailbox. libcurl undoes %XX in it. */
static CURLcode ask(struct session *s, const char *command, curl_write_callback take)
{
	return perform(s, text_str(&s->folder), command, take, COMMAND_S);
}

static enum guichet_rc failed(struct session *s, CURLcode code, struct guichet_err *err)
{
	/* What libcurl makes of a SELECT that is refused, too. */
	if (code == CURLE_LOGIN_DENIED && strstr(s->why, "Select"))
		return guichet_err_set(err, GUICHET_CONFIG, _("%s : le dossier « %s » ne s'ouvre pas : %s"), s->o->server->host,
			s->o->server->folder, s->said);
	return server_error(s->o->server, code, s->why, s->said, err);
}

/* --- what is there --- */

static void take_listed(struct session *s, const char *line)
{
	const char *uid = strstr(line, "UID "), *size = strstr(line, "RFC822.SIZE ");
	if (!uid || !size || !strstr(line, " FETCH "))
		return;
	struct waiting w = {(uint32_t)strtoul(uid + 4, NULL, 10), strtoll(size + 12, NULL, 10)};
	/* "5:*" gives the last one even when it is before 5. */
	if (w.uid > s->after && s->count < PAGE)
		s->page[s->count++] = w;
}

static size_t take_list(char *bytes, size_t size, size_t count, void *context)
{
	struct session *s = context;
	char *end = bytes + size * count;
	for (char *from = bytes, *to; from < end; from = to + 1) {
		to = memchr(from, '\n', (size_t)(end - from));
		text_addn(&s->line, from, (size_t)((to ? to : end) - from));
		if (!to)
			break;
		take_listed(s, text_str(&s->line));
		text_clear(&s->line);
	}
	return size * count;
}

static int by_uid(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* The next messages, oldest first. A server that lists in another order than by UID is not one that RFC 9051 knows. */
static enum guichet_rc list(struct session *s, struct guichet_err *err)
{
	char command[64];
	s->count = 0;
	text_clear(&s->line);
	snprintf(command, sizeof command, "UID FETCH %lu:* (UID RFC822.SIZE)", (unsigned long)s->after + 1);
	CURLcode code = ask(s, command, take_list);
	if (code != CURLE_OK)
		return failed(s, code, err);
	if (!s->validity)
		return guichet_err_set(err, GUICHET_UNAVAILABLE,
			_("%s ne dit pas son UIDVALIDITY : ses messages ne se reconnaissent pas d'une fois à l'autre"),
			s->o->server->host);
	qsort(s->page, s->count, sizeof *s->page, by_uid);
	return mailbox_open(s->store, s->box, s->validity, err);
}

/* --- reading one --- */

/* In the store's folder, with its rights, and without a name before the first byte: nobody finds it, and a crash
 * leaves nothing. */
static int open_nameless(const char *store)
{
	struct text path = TEXT_INIT;
	const char *slash = strrchr(store, '/');
	text_addf(&path, "%.*s", slash ? (int)(slash - store + 1) : 2, slash ? store : "./");
	int fd = open(text_str(&path), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		text_add(&path, ".courriel-XXXXXX");
		fd = mkostemp(path.data, O_CLOEXEC);
		if (fd >= 0)
			unlink(path.data);
	}
	text_done(&path);
	return fd;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
	struct session *s = context;
	size_t left = size * count;
	if (s->written + (int64_t)left > s->most) {
		s->cut = true;
		return 0;
	}
	for (const char *p = bytes; left > 0;) {
		ssize_t n = write(s->fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			s->write_errno = errno;
			return 0;
		}
		p += n;
		left -= (size_t)n;
		s->written += n;
	}
	return size * count;
}

/* The message, or its header alone, into s->fd. GUICHET_NOT_FOUND: somebody took it away meanwhile. */
static enum guichet_rc read_message(struct session *s, uint32_t uid, bool whole, int64_t most, struct guichet_err *err)
{
	struct text url = TEXT_INIT;
	s->written = 0;
	s->most = most;
	s->cut = false;
	s->write_errno = 0;
	if (ftruncate(s->fd, 0) || lseek(s->fd, 0, SEEK_SET) < 0)
		return guichet_err_set(err, GUICHET_IO, _("le courriel ne s'écrit pas à côté du dépôt : %s"), strerror(errno));
	server_url(s->o->server, text_str(&s->folder), &url);
	text_addf(&url, ";UIDVALIDITY=%lu/;UID=%lu%s", (unsigned long)s->validity, (unsigned long)uid,
		whole ? "" : "/;SECTION=HEADER");
	s->said[0] = s->why[0] = '\0';
	curl_easy_setopt(s->easy, CURLOPT_URL, text_str(&url));
	curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT, (long)(COMMAND_S + most / SLOW_BYTES));
	CURLcode code = curl_easy_perform(s->easy);
	text_done(&url);
	if (s->write_errno)
		return guichet_err_set(
			err, GUICHET_IO, _("le courriel ne s'écrit pas à côté du dépôt : %s"), strerror(s->write_errno));
	if (s->cut)
		return GUICHET_OK;
	if (code == CURLE_REMOTE_FILE_NOT_FOUND)
		return GUICHET_NOT_FOUND;
	if (code != CURLE_OK)
		return failed(s, code, err);
	return lseek(s->fd, 0, SEEK_SET) < 0
		? guichet_err_set(err, GUICHET_IO, _("le courriel ne s'écrit pas à côté du dépôt : %s"), strerror(errno))
		: GUICHET_OK;
}

/* --- moving one --- */

/* "%" undone by libcurl, quotes as IMAP wants them. */
static void add_quoted(struct text *out, const char *name)
{
	text_addc(out, '"');
	for (const char *p = name; *p; p++) {
		if (*p == '%')
			text_add(out, "%25");
		else if (*p == '"' || *p == '\\')
			text_addf(out, "\\%c", *p);
		else
			text_addc(out, *p);
	}
	text_addc(out, '"');
}

static CURLcode tell(struct session *s, const char *verb, uint32_t uid, const char *rest)
{
	struct text command = TEXT_INIT;
	text_addf(&command, "UID %s %lu%s", verb, (unsigned long)uid, rest);
	CURLcode code = ask(s, text_str(&command), ignore);
	text_done(&command);
	return code;
}

static CURLcode move_once(struct session *s, uint32_t uid)
{
	struct text folder = TEXT_INIT;
	text_addc(&folder, ' ');
	add_quoted(&folder, text_str(&s->done));
	CURLcode code = tell(s, s->moves ? "MOVE" : "COPY", uid, text_str(&folder));
	if (code == CURLE_OK && !s->moves)
		code = tell(s, "STORE", uid, " +FLAGS.SILENT (\\Deleted)");
	/* EXPUNGE alone would take away what others have marked. */
	if (code == CURLE_OK && !s->moves && s->uidplus)
		code = tell(s, "EXPUNGE", uid, "");
	text_done(&folder);
	return code;
}

static CURLcode make_folder(struct session *s)
{
	struct text command = TEXT_INIT;
	text_add(&command, "CREATE ");
	add_quoted(&command, text_str(&s->done));
	CURLcode code = ask(s, text_str(&command), ignore);
	text_done(&command);
	s->made_folder = true;
	return code;
}

/* The store has it: where it can't be moved it stays, and is not read again. */
static enum guichet_rc put_away(struct session *s, uint32_t uid, struct guichet_err *err)
{
	if (s->no_room) {
		s->report->unmoved++;
		return GUICHET_OK;
	}
	CURLcode code = move_once(s, uid);
	if (code == CURLE_QUOTE_ERROR && !s->made_folder && (strstr(s->said, "TRYCREATE") || !strstr(s->said, "QUOTA"))) {
		char said[SAID_MAX];
		memcpy(said, s->said, sizeof said);
		if (make_folder(s) == CURLE_OK)
			code = move_once(s, uid);
		else if (!strstr(said, "TRYCREATE"))
			memcpy(s->said, said, sizeof said);
	}
	if (code == CURLE_OK && (s->moves || s->uidplus))
		return mailbox_forget(s->store, s->box, uid, err);
	if (code == CURLE_OK)
		return GUICHET_OK;
	s->report->unmoved++;
	if (code != CURLE_QUOTE_ERROR)
		return failed(s, code, err);
	s->no_room = true;
	return guichet_err_set(err, GUICHET_IO,
		_("les courriels lus ne se rangent pas dans « %s » (%s) : le serveur dit %s ; ils restent où ils sont et ne seront pas relus"),
		s->o->done_folder, s->o->server->host, s->said);
}

/* --- one message after the other --- */

static bool ends_all(enum guichet_rc rc)
{
	return rc && rc != GUICHET_DATA && rc != GUICHET_REFUSED && rc != GUICHET_INTERNAL;
}

/* The first thing that went wrong is what is told. */
static void remember(enum guichet_rc *first, enum guichet_rc rc, struct guichet_err *err, const struct guichet_err *now)
{
	if (!rc || *first)
		return;
	*first = rc;
	if (err)
		*err = *now;
}

/* Known to be begun before it is: a message that the taker dies of is not handed over for ever. */
static enum guichet_rc hand_over(
	struct session *s, const struct waiting *w, int tries, imap_taker *take, void *context, struct guichet_err *err)
{
	int64_t limit = s->o->whole_max > 0 ? s->o->whole_max : IMAP_WHOLE_MAX;
	bool whole = w->bytes <= limit;
	enum guichet_rc rc = read_message(s, w->uid, whole, limit, err);
	/* A server that said less than it has. */
	if (!rc && s->cut) {
		whole = false;
		rc = read_message(s, w->uid, false, limit, err);
	}
	if (!rc && s->cut)
		rc = guichet_err_set(
			err, GUICHET_DATA, _("courriel %lu : son en-tête seul dépasse la limite"), (unsigned long)w->uid);
	const struct mailbox_message begun = {.state = MAILBOX_READING, .tries = tries + 1};
	if (!rc)
		rc = mailbox_put(s->store, s->box, s->validity, w->uid, &begun, err);
	if (rc)
		return rc;
	const struct imap_message m = {.validity = s->validity,
		.uid = w->uid,
		.bytes = whole ? s->written : w->bytes,
		.fd = s->fd,
		.whole = whole,
		.tries = tries};
	rc = take(context, &m, err);
	if (rc)
		return rc;
	const struct mailbox_message now = {.state = whole ? MAILBOX_STORED : MAILBOX_LEFT};
	rc = mailbox_put(s->store, s->box, s->validity, w->uid, &now, err);
	if (!rc)
		*(whole ? &s->report->taken : &s->report->left) += 1;
	return rc;
}

static enum guichet_rc handle(
	struct session *s, const struct waiting *w, imap_taker *take, void *context, struct guichet_err *err)
{
	struct mailbox_message known;
	mailbox_get(s->store, s->box, w->uid, &known);
	if (known.state == MAILBOX_LEFT)
		return GUICHET_OK;
	if (known.state == MAILBOX_STORED)
		return put_away(s, w->uid, err);
	enum guichet_rc rc = known.tries < IMAP_TRIES
		? hand_over(s, w, known.tries, take, context, err)
		: guichet_err_set(err, GUICHET_DATA,
			  _("courriel %lu de %s : sa lecture a échoué %d fois, il reste dans la boîte ; l'ouvrir avec un autre logiciel"),
			  (unsigned long)w->uid, s->o->server->host, known.tries);
	if (rc == GUICHET_NOT_FOUND)
		return mailbox_forget(s->store, s->box, w->uid, err);
	/* It is not the message's fault: it has all its tries again. */
	if (ends_all(rc))
		mailbox_forget(s->store, s->box, w->uid, NULL);
	else if (rc)
		s->report->failed++;
	mailbox_get(s->store, s->box, w->uid, &known);
	return rc || known.state != MAILBOX_STORED ? rc : put_away(s, w->uid, err);
}

static enum guichet_rc read_all(struct session *s, imap_taker *take, void *context, struct guichet_err *err)
{
	enum guichet_rc first = GUICHET_OK, rc;
	struct guichet_err now = {0};
	do {
		rc = list(s, &now);
		if (rc) {
			remember(&first, rc, err, &now);
			return first;
		}
		for (size_t i = 0; i < s->count; i++) {
			if (s->o->stop && *s->o->stop)
				return first;
			rc = handle(s, &s->page[i], take, context, &now);
			remember(&first, rc, err, &now);
			/* Moves that fail for want of room do not keep messages from being read. */
			if (ends_all(rc) && !(rc == GUICHET_IO && s->no_room))
				return first;
			s->after = s->page[i].uid;
		}
	} while (s->count == PAGE);
	return first;
}

enum guichet_rc imap_fetch(struct store *store, const struct imap_options *o, imap_taker *take, void *context,
	struct imap_report *report, struct guichet_err *err)
{
	*report = (struct imap_report){0};
	enum guichet_rc rc = curl_calls_load(err);
	if (rc)
		return rc;
	struct session *s = guichet_alloc(sizeof *s);
	*s = (struct session){.store = store, .o = o, .report = report, .fd = -1, .line = {.cap = LINE_MAX_BYTES}};
	s->box = mail_server_name(o->server);
	imap_folder_encode(o->server->folder, &s->folder);
	imap_folder_encode(o->done_folder, &s->done);
	s->easy = curl_easy_init();
	if (!s->easy)
		guichet_out_of_memory();
	server_prepare(o->server, s->easy, s->why);
	curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, take_answer);
	curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
	s->fd = open_nameless(store_path(store));
	if (s->fd < 0)
		rc = guichet_err_set(err, GUICHET_IO, _("le courriel ne s'écrit pas à côté du dépôt : %s"), strerror(errno));
	CURLcode code = rc ? CURLE_OK : perform(s, "", "CAPABILITY", ignore, COMMAND_S);
	if (code != CURLE_OK)
		rc = failed(s, code, err);
	if (!rc)
		rc = read_all(s, take, context, err);
	log_event("mail: read %lld, left %lld, failed %lld, not moved %lld, rc %d", (long long)report->taken,
		(long long)report->left, (long long)report->failed, (long long)report->unmoved, (int)rc);
	curl_easy_cleanup(s->easy);
	if (s->fd >= 0)
		close(s->fd);
	text_done(&s->folder);
	text_done(&s->done);
	text_done(&s->line);
	free(s->box);
	free(s);
	return rc;
}
