// SPDX-License-Identifier: GPL-3.0-or-later
/* The state machine over libcurl. Bodies go out compressed when they are worth it. */
#include "transport_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/curl_calls.h"
#include "guichet/base/i18n.h"
#include "guichet/wire/op_json.h"
#include "guichet/wire/pack.h"
#include "guichet/wire/sync_json.h"

enum { CONNECT_S = 10, PACK_FROM = 1024, WAIT_MAX_MS = 60000, ENROL_S = 30, PROBE_S = 3,
	SNAPSHOT_ITEMS = 100 /* received and unpacked where keys are waited for */ };

/* --- one exchange --- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *x = context;
	/* More than anything that was agreed: the transfer fails, and is tried again later. */
	if (x->in.len + size * count > ANSWER_MAX)
		return 0;
	text_addn(&x->in, bytes, size * count);
	return size * count;
}

static void take_value(const char *from, char *out, size_t room)
{
	from += strspn(from, " \t");
	snprintf(out, room, "%.*s", (int)strcspn(from, "\r\n"), from);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *x = context;
	char line[128];
	snprintf(line, sizeof line, "%.*s", (int)(size * count), bytes);
	if (!strncasecmp(line, "Date:", 5)) {
		time_t at = curl_getdate(line + 5, NULL);
		if (at > 0)
			x->date_ms = (int64_t)at * 1000;
	} else if (!strncasecmp(line, "Retry-After:", 12)) {
		long s = strtol(line + 12, NULL, 10);
		x->retry_after_s = s < 0 ? 0 : s > 3600 ? 3600 : (int)s;
	} else if (!strncasecmp(line, "ETag:", 5)) {
		take_value(line + 5, x->etag, sizeof x->etag);
	} else if (!strncasecmp(line, "Content-Encoding:", 17)) {
		take_value(line + 17, x->coding, sizeof x->coding);
	} else if (!strncasecmp(line, "Content-Range: bytes ", 21)) {
		x->part_from = strtoll(line + 21, NULL, 10);
	}
	return size * count;
}

static bool is_loopback(const char *rest)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t length = strlen(names[i]);
		if (!strncmp(rest, names[i], length) && (rest[length] == ':' || rest[length] == '/' || rest[length] == '\0'))
			return true;
	}
	return false;
}

static enum guichet_rc check_url(const char *url, struct guichet_err *err)
{
	if (!strncmp(url, "https://", 8) && url[8])
		return GUICHET_OK;
	if (!strncmp(url, "http://", 7) && is_loopback(url + 7))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_CONFIG, _("« %s » : une adresse https:// est attendue (http:// sur cette machine seulement)"), url);
}

static void set_common(CURL *easy, struct exchange *x, const char *url, const char *ca_file, long timeout_s)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, timeout_s);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "zstd, gzip");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	if (ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
}

static void add_header(struct exchange *x, const char *name, const char *value)
{
	struct text line = TEXT_INIT;
	text_addf(&line, "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(x->headers, text_str(&line));
	text_done(&line);
	if (!more)
		guichet_out_of_memory();
	x->headers = more;
}

static void set_body(CURL *easy, struct exchange *x, const char *bytes, size_t count)
{
	add_header(x, "Content-Type", "application/json");
	add_header(x, "Expect", "");
	if (count > PACK_FROM) {
		wire_pack(WIRE_ZSTD, bytes, count, &x->packed);
		add_header(x, "Content-Encoding", "zstd");
		bytes = text_str(&x->packed);
		count = x->packed.len;
	}
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, bytes);
}

void exchange_prepare(struct exchange *x, const char *url, const char *token, const char *desk, const char *ca_file, long timeout_s)
{
	struct text bearer = TEXT_INIT;
	text_addf(&bearer, "Bearer %s", token);
	add_header(x, "Authorization", text_str(&bearer));
	if (desk)
		add_header(x, "Guichet-Desk", desk);
	curl_easy_reset(x->easy);
	set_common(x->easy, x, url, ca_file, timeout_s);
	text_done(&bearer);
}

void exchange_add_header(struct exchange *x, const char *name, const char *value)
{
	add_header(x, name, value);
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
}

void exchange_forget(struct exchange *x)
{
	if (x->headers)
		curl_slist_free_all(x->headers);
	text_done(&x->in);
	text_done(&x->packed);
	sync_request_done(&x->request);
	x->headers = NULL;
	x->date_ms = NO_INSTANT;
	x->retry_after_s = 0;
	x->etag[0] = x->coding[0] = '\0';
	x->part_from = -1;
}

/* --- a snapshot's page is taken up where it was torn off --- */

static bool is_snapshot(const struct exchange *x)
{
	return !strncmp(text_str(&x->request.path), "/v1/snapshot", 12);
}

static void torn_done(struct torn *t)
{
	text_done(&t->bytes);
	free(t->path);
	*t = (struct torn){ .bytes = { .cap = ANSWER_MAX + 1 } };
}

static void ask_rest(struct transport *t, struct exchange *x)
{
	char range[40];
	/* Bytes as they are sent: a decoder would not know what to do with the end alone. */
	curl_easy_setopt(x->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	if (!t->torn.path || strcmp(t->torn.path, text_str(&x->request.path)) != 0)
		return;
	snprintf(range, sizeof range, "bytes=%zu-", t->torn.bytes.len);
	add_header(x, "Range", range);
	add_header(x, "If-Range", t->torn.etag);
}

static void keep_torn(struct transport *t, struct exchange *x, long status)
{
	if (status == 206 && t->torn.path && x->part_from == (int64_t)t->torn.bytes.len) {
		text_addn(&t->torn.bytes, text_str(&x->in), x->in.len);
	} else if (status == 200 && x->etag[0] && x->in.len > 0) {
		torn_done(&t->torn);
		text_addn(&t->torn.bytes, text_str(&x->in), x->in.len);
		t->torn.path = guichet_strdup(text_str(&x->request.path));
		snprintf(t->torn.etag, sizeof t->torn.etag, "%s", x->etag);
	}
}

/* The whole body, unpacked; 0 when it is not to be had so. */
static int put_together(struct transport *t, struct exchange *x, int status)
{
	enum wire_coding coding;
	struct text plain = TEXT_INIT;
	bool fits = status != 206 || (t->torn.path && x->part_from == (int64_t)t->torn.bytes.len);
	if (status == 206 && fits) {
		text_addn(&t->torn.bytes, text_str(&x->in), x->in.len);
		text_clear(&x->in);
		text_addn(&x->in, text_str(&t->torn.bytes), t->torn.bytes.len);
		status = 200;
	}
	torn_done(&t->torn);
	if (!fits || !wire_coding_parse(x->coding, &coding))
		return 0;
	if (coding != WIRE_PLAIN && (status == 200 || x->in.len > 0)) {
		if (wire_unpack(coding, text_str(&x->in), x->in.len, ANSWER_MAX, &plain, NULL))
			status = 0;
		text_done(&x->in);
		x->in = plain;
		x->in.cap = ANSWER_MAX + 1;
	}
	return status;
}

/* --- the transport --- */

enum guichet_rc transport_new(struct store *s, const struct sync_options *o, const char *ca_file, struct transport **out, struct guichet_err *err)
{
	struct enrolment e;
	*out = NULL;
	enum guichet_rc rc = replica_enrolment(s, &e, err);
	if (!rc)
		rc = check_url(e.url, err);
	if (rc) {
		enrolment_done(&e);
		return rc;
	}
	struct transport *t = guichet_alloc(sizeof *t);
	t->store = s;
	t->sync = sync_new(s, o);
	t->torn.bytes.cap = ANSWER_MAX + 1;
	t->url = guichet_strdup(e.url);
	t->token = guichet_strdup(e.token);
	t->ca_file = ca_file ? guichet_strdup(ca_file) : NULL;
	t->desk = o->desk ? guichet_strdup(o->desk) : NULL;
	t->aside = aside_new(t);
	t->lookup = lookup_new(t);
	for (int i = 0; i < SYNC_LANES; i++) {
		t->lanes[i].date_ms = NO_INSTANT;
		t->lanes[i].in.cap = ANSWER_MAX + 1;
	}
	enrolment_done(&e);
	*out = t;
	return GUICHET_OK;
}

/* Not sooner: a screen is shown before the library is there. */
enum guichet_rc transport_prepare(struct transport *t, struct guichet_err *err)
{
	if (t->multi)
		return GUICHET_OK;
	if (t->loading)
		worker_wait(t->worker);
	enum guichet_rc rc = curl_calls_load(err);
	if (rc)
		return rc;
	t->multi = curl_multi_init();
	for (int i = 0; i < SYNC_LANES; i++) {
		t->lanes[i].easy = curl_easy_init();
		if (!t->multi || !t->lanes[i].easy)
			guichet_out_of_memory();
	}
	aside_prepare(t->aside);
	lookup_prepare(t->lookup);
	return GUICHET_OK;
}

static void load_library(void *of)
{
	(void)of;
	/* Whoever needs it is told what is wrong. */
	curl_calls_load(NULL);
}

void transport_work_beside(struct transport *t)
{
	t->worker = t->worker ? t->worker : worker_new();
	/* While the first picture is drawn. */
	if (t->worker && !t->multi && !t->loading) {
		t->loading = true;
		worker_start(t->worker, load_library, NULL);
	}
	if (t->worker)
		sync_work_beside(t->sync, &(struct sync_beside){ t->worker, worker_start, SNAPSHOT_ITEMS });
}

/* Who quits does not wait for it; it is gone on with the next time. */
static void stop_working(struct transport *t)
{
	if (!t->worker)
		return;
	sync_interrupt(t->sync);
	worker_wait(t->worker);
	worker_free(&t->worker);
}

void transport_free(struct transport **transport)
{
	struct transport *t = *transport;
	if (!t)
		return;
	for (int i = 0; i < SYNC_LANES; i++) {
		if (t->lanes[i].under_way)
			curl_multi_remove_handle(t->multi, t->lanes[i].easy);
		if (t->multi)
			curl_easy_cleanup(t->lanes[i].easy);
		exchange_forget(&t->lanes[i]);
	}
	torn_done(&t->torn);
	stop_working(t);
	lookup_free(&t->lookup);
	aside_free(&t->aside);
	if (t->multi)
		curl_multi_cleanup(t->multi);
	sync_free(&t->sync);
	free(t->url);
	free(t->token);
	free(t->ca_file);
	free(t->desk);
	free(t);
	*transport = NULL;
}

struct sync *transport_sync(struct transport *t)
{
	return t->sync;
}

static void start(struct transport *t, struct exchange *x)
{
	struct text url = TEXT_INIT;
	text_addf(&url, "%s%s", t->url, text_str(&x->request.path));
	exchange_prepare(x, text_str(&url), t->token, t->desk, t->ca_file, x->request.timeout_s);
	if (x->request.body.len > 0) {
		set_body(x->easy, x, text_str(&x->request.body), x->request.body.len);
		curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	}
	if (is_snapshot(x)) {
		ask_rest(t, x);
		curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	}
	x->under_way = true;
	curl_multi_add_handle(t->multi, x->easy);
	text_done(&url);
}

static enum guichet_rc finish(struct transport *t, CURL *easy, CURLcode code, struct guichet_err *err)
{
	int lane = t->lanes[SYNC_PUSH].easy == easy ? SYNC_PUSH : SYNC_PULL;
	struct exchange *x = &t->lanes[lane];
	long status = 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(t->multi, easy);
	x->under_way = false;
	/* An answer that was cut off is none. */
	int said = code == CURLE_OK ? (int)status : 0;
	if (is_snapshot(x) && !said)
		keep_torn(t, x, status);
	else if (is_snapshot(x))
		said = put_together(t, x, said);
	const struct sync_response response = { .status = said, .body = text_str(&x->in), .body_bytes = x->in.len,
		.date_ms = x->date_ms, .retry_after_s = x->retry_after_s };
	enum guichet_rc rc = sync_answer(t->sync, (enum sync_lane)lane, &response, err);
	exchange_forget(x);
	return rc;
}

void transport_give_way(struct transport *t, bool (*asked)(void *of), void *of)
{
	t->asked = asked;
	t->asked_of = of;
}

static bool is_asked(const struct transport *t)
{
	return t->asked && t->asked(t->asked_of);
}

/* True when it gave way, and there may be more. */
static bool take_answers(struct transport *t, enum guichet_rc *rc, struct guichet_err *err)
{
	int running = 0, left;
	curl_multi_perform(t->multi, &running);
	for (CURLMsg *m; (m = curl_multi_info_read(t->multi, &left)) != NULL;) {
		CURL *easy = m->easy_handle;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		if (!aside_finish(t->aside, easy, code) && !lookup_finish(t->lookup, easy, code)) {
			enum guichet_rc one = finish(t, easy, code, *rc ? NULL : err);
			*rc = *rc ? *rc : one;
		}
		if (is_asked(t))
			return true;
	}
	return false;
}

void transport_turn_aside(struct transport *t)
{
	enum guichet_rc rc = GUICHET_OK;
	if (t->multi)
		take_answers(t, &rc, NULL);
	lookup_turn(t->lookup);
}

void transport_after(struct transport *t, size_t (*after)(struct store *s))
{
	t->after = after;
	t->after_received = -1;
}

static void do_after(struct transport *t)
{
	struct sync_status now;
	sync_status(t->sync, &now);
	if (!t->after || !now.caught_up || now.received == t->after_received)
		return;
	t->after_received = now.received;
	if (t->after(t->store) > 0)
		sync_poke(t->sync);
}

/* True when there was one to make. */
static bool next_request(struct transport *t, enum sync_lane lane, int64_t *wait_ms)
{
	struct guichet_clock clock = sync_clock(t->sync);
	int64_t wake, now = clock.now_ms(clock.context);
	if (t->lanes[lane].under_way)
		return false;
	if (sync_next(t->sync, lane, &t->lanes[lane].request, &wake)) {
		start(t, &t->lanes[lane]);
		*wait_ms = 0;
		return true;
	}
	sync_request_done(&t->lanes[lane].request);
	int64_t wait = wake == INT64_MAX ? -1 : wake > now ? wake - now : 0;
	if (wait >= 0 && (*wait_ms < 0 || wait < *wait_ms))
		*wait_ms = wait;
	return false;
}

enum guichet_rc transport_turn(struct transport *t, int64_t *wait_ms, struct guichet_err *err)
{
	*wait_ms = -1;
	if (t->loading && !worker_has_ended(t->worker))
		return GUICHET_OK;
	t->loading = false;
	enum guichet_rc rc = transport_prepare(t, err);
	if (rc)
		return rc;
	bool gave_way = take_answers(t, &rc, err);
	if (!gave_way && !rc && t->worker && worker_has_ended(t->worker)) {
		rc = sync_worked(t->sync, err);
		gave_way = is_asked(t);
	}
	if (!gave_way)
		do_after(t);
	for (int i = 0; i < SYNC_LANES && !gave_way; i++)
		gave_way = next_request(t, (enum sync_lane)i, wait_ms) && is_asked(t);
	if (gave_way) {
		*wait_ms = 0;
		return rc;
	}
	const int64_t others[] = { aside_turn(t->aside), lookup_turn(t->lookup) };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i] >= 0 && (*wait_ms < 0 || others[i] < *wait_ms))
			*wait_ms = others[i];
	return rc;
}

size_t transport_fds(struct transport *t, struct pollfd *fds, size_t max)
{
	fd_set in, out, odd;
	int last = -1;
	size_t n = 0;
	if (t->worker && (t->loading || sync_is_working(t->sync)) && max > 0)
		fds[n++] = (struct pollfd){ .fd = worker_fd(t->worker), .events = POLLIN };
	if (!t->multi)
		return n;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	curl_multi_fdset(t->multi, &in, &out, &odd, &last);
	for (int fd = 0; fd <= last && n < max; fd++) {
		short events = (short)((FD_ISSET(fd, &in) ? POLLIN : 0) | (FD_ISSET(fd, &out) ? POLLOUT : 0));
		if (events)
			fds[n++] = (struct pollfd){ .fd = fd, .events = events };
	}
	return n;
}

void transport_wait(struct transport *t, int64_t wait_ms)
{
	if (t->multi)
		curl_multi_poll(t->multi, NULL, 0, wait_ms < 0 || wait_ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)wait_ms, NULL);
}

enum guichet_rc transport_run(struct transport *t, bool (*each)(void *context, const struct sync_status *now), void *context, struct guichet_err *err)
{
	struct sync_status status = { 0 };
	sync_poke(t->sync);
	while (!each || each(context, &status)) {
		int64_t wait_ms;
		enum guichet_rc rc = transport_turn(t, &wait_ms, err);
		sync_status(t->sync, &status);
		if (rc)
			return rc;
		/* It may not read: what waits is sent first all the same. */
		if (status.trouble != SYNC_FINE && !sync_sends_on(t->sync))
			return guichet_err_set(err, status.trouble == SYNC_OFFLINE ? GUICHET_UNAVAILABLE : status.trouble == SYNC_REVOKED || status.trouble == SYNC_SIGN_IN
				? GUICHET_NO_PERM : GUICHET_REFUSED, _("synchronisation : %s ; rien n'est perdu, tout sera envoyé plus tard"), status.detail);
		if (sync_is_done(t->sync) && aside_is_idle(t->aside))
			return GUICHET_OK;
		transport_wait(t, wait_ms < 0 || wait_ms > 200 ? 200 : wait_ms);
	}
	return guichet_err_set(err, GUICHET_UNAVAILABLE, _("interrompu : relancez la commande pour continuer"));
}

bool transport_probe(const char *url, const char *ca_file)
{
	struct exchange x = { .in = { .cap = ANSWER_MAX + 1 } };
	struct text target = TEXT_INIT;
	if (curl_calls_load(NULL))
		return false;
	x.easy = curl_easy_init();
	text_addf(&target, "%s/healthz", url);
	set_common(x.easy, &x, text_str(&target), ca_file, PROBE_S);
	bool there = check_url(url, NULL) == GUICHET_OK && curl_easy_perform(x.easy) == CURLE_OK;
	curl_easy_cleanup(x.easy);
	exchange_forget(&x);
	text_done(&target);
	return there;
}

/* --- enrolment --- */

static enum guichet_rc read_enrolment(struct store *s, const char *url, const struct text *answer, struct guichet_err *err)
{
	int64_t serials[8];
	size_t count = 0;
	json_t *json = wire_parse(text_str(answer), answer->len, 64 * 1024, err);
	if (!json)
		return GUICHET_DATA;
	const json_t *list = json_object_get(json, "serials");
	const char *token = json_string_value(json_object_get(json, "token"));
	json_int_t device = json_integer_value(json_object_get(json, "device")), block = json_integer_value(json_object_get(json, "block"));
	for (; count < json_array_size(list) && count < sizeof serials / sizeof *serials; count++)
		serials[count] = json_integer_value(json_array_get(list, count));
	struct enrolment e = { .url = guichet_strdup(url), .token = guichet_strdup(token ? token : ""), .device = (uint32_t)device };
	const struct { const char *key; char **to; } texts[] = { { "name", &e.name }, { "role", &e.role }, { "services", &e.services } };
	for (size_t i = 0; i < 3; i++) {
		const char *value = json_string_value(json_object_get(json, texts[i].key));
		*texts[i].to = guichet_strdup(value ? value : "");
	}
	enum guichet_rc rc = token && device > 1 && device <= UINT32_MAX && block > 0 && block <= 100000 ? GUICHET_OK
		: guichet_err_set(err, GUICHET_DATA, _("le serveur a répondu autre chose que ce qui est convenu (%s)"), "devices");
	struct desk_policy policy;
	policy_read(json_object_get(json, "policy"), &policy);
	if (!rc)
		rc = replica_enrol(s, &e, serials, count, (int)block, err);
	if (!rc)
		rc = agents_set_policy(s, &policy, err);
	enrolment_done(&e);
	json_decref(json);
	return rc;
}

enum guichet_rc transport_enrol(struct store *s, const char *url, const char *code, const char *version, bool encrypted, const char *ca_file,
	struct guichet_err *err)
{
	struct exchange x = { .in = { .cap = 64 * 1024 } };
	struct text target = TEXT_INIT, base = TEXT_INIT;
	long status = 0;
	size_t length = strlen(url);
	enum guichet_rc rc = curl_calls_load(err);
	if (rc)
		return rc;
	x.easy = curl_easy_init();
	text_addn(&base, url, length > 0 && url[length - 1] == '/' ? length - 1 : length);
	rc = check_url(text_str(&base), err);
	json_t *body = json_pack("{s:s, s:s, s:b, s:I}", "code", code, "version", version, "encrypted", (int)encrypted, "device", (json_int_t)store_device(s));
	char *bytes = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!rc && !bytes)
		rc = guichet_err_set(err, GUICHET_DATA, _("le code d'enrôlement n'est pas un texte valide"));
	if (!rc) {
		text_addf(&target, "%s/v1/devices", text_str(&base));
		set_body(x.easy, &x, bytes, strlen(bytes));
		set_common(x.easy, &x, text_str(&target), ca_file, ENROL_S);
		CURLcode code_of_curl = curl_easy_perform(x.easy);
		curl_easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &status);
		if (code_of_curl != CURLE_OK)
			rc = guichet_err_set(err, GUICHET_UNAVAILABLE, _("%s ne répond pas : %s"), text_str(&base), curl_easy_strerror(code_of_curl));
	}
	if (!rc && status == 201)
		rc = read_enrolment(s, text_str(&base), &x.in, err);
	else if (!rc) {
		json_t *problem = wire_parse(text_str(&x.in), x.in.len, 64 * 1024, NULL);
		const char *detail = json_string_value(json_object_get(problem, "detail"));
		rc = guichet_err_set(err, GUICHET_REFUSED, _("enrôlement refusé : %s"), detail ? detail : _("le serveur n'a pas dit pourquoi"));
		json_decref(problem);
	}
	free(bytes);
	text_done(&target);
	text_done(&base);
	curl_easy_cleanup(x.easy);
	exchange_forget(&x);
	return rc;
}
