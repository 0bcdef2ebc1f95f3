// SPDX-License-Identifier: GPL-3.0-or-later
/* How often somebody calls, and where each desk stands: two small tables in memory, of a fixed size, whatever comes. Keys are hashed with a secret, so that nobody
 * picks addresses that fall together. */
#include "api_inside.h"

#include "guichet/base/log.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* --- rates: a bucket that fills with calls and empties in a minute --- */

enum { BUCKETS = 8192, PROBES = 8, MINUTE_MS = 60000 };

struct bucket { uint64_t key; int64_t at_ms; double used; };
struct rates { pthread_mutex_t lock; uint8_t secret[crypto_shorthash_KEYBYTES]; struct bucket buckets[BUCKETS]; };

struct rates *api_rates_new(struct guichet_random random)
{
	struct rates *r = guichet_alloc(sizeof *r);
	pthread_mutex_init(&r->lock, NULL);
	random.fill(random.context, r->secret, sizeof r->secret);
	return r;
}

void api_rates_free(struct rates **r)
{
	if (*r)
		pthread_mutex_destroy(&(*r)->lock);
	free(*r);
	*r = NULL;
}

/* Its bucket, or the one that was idle longest: a crowd of addresses may forget old ones, and costs no more than that. */
static struct bucket *bucket_of(struct rates *r, uint64_t key, int64_t now_ms)
{
	struct bucket *oldest = NULL;
	for (uint64_t i = 0; i < PROBES; i++) {
		struct bucket *b = &r->buckets[(key + i) % BUCKETS];
		if (b->key == key)
			return b;
		if (!oldest || b->at_ms < oldest->at_ms)
			oldest = b;
	}
	*oldest = (struct bucket){ .key = key, .at_ms = now_ms };
	return oldest;
}

bool api_rates_take(struct rates *r, char kind, const char *key, int a_minute, int cost, int64_t now_ms, int *retry_s)
{
	char text[80];
	uint64_t hash;
	*retry_s = 0;
	if (a_minute <= 0)
		return true;
	int length = snprintf(text, sizeof text, "%c%s", kind, key);
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)text, (unsigned long long)(length < (int)sizeof text ? length : (int)sizeof text - 1),
		r->secret);
	pthread_mutex_lock(&r->lock);
	struct bucket *b = bucket_of(r, hash | 1, now_ms);
	/* A clock that goes back gives nobody an hour of silence. */
	int64_t passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0;
	b->used -= (double)passed * a_minute / MINUTE_MS;
	if (b->used < 0)
		b->used = 0;
	b->at_ms = now_ms;
	bool free = b->used + (cost > 0 ? cost : 1) <= a_minute;
	if (free)
		b->used += cost;
	else
		*retry_s = 1 + (int)((b->used + 1 - a_minute) * MINUTE_MS / a_minute / 1000);
	pthread_mutex_unlock(&r->lock);
	return free;
}

/* --- who called --- */

bool api_is_local(const struct api_call *c)
{
	bool loopback = c->peer && (!strncmp(c->peer, "127.", 4) || !strcmp(c->peer, "::1"));
	return loopback && !c->header(c->context, "X-Real-IP") && !c->header(c->context, "X-Forwarded-For") && !c->header(c->context, "Forwarded");
}

const char *api_address(const struct api_call *c)
{
	bool loopback = c->peer && (!strncmp(c->peer, "127.", 4) || !strcmp(c->peer, "::1"));
	const char *told = loopback ? c->header(c->context, "X-Real-IP") : NULL;
	return told && *told ? told : c->peer ? c->peer : "";
}

/* --- where desks stand --- */

enum { DESKS = 16384 };

/* `seq` -1: it has not said where it stands. `version` "": what it is, is as it was. */
struct stand { uint32_t device; bool fresh; int64_t seq, at_ms; char version[24]; bool encrypted;
	int64_t differs; /* so often since the last flush */ };
struct seen { pthread_mutex_t lock; size_t count; bool fresh; struct stand desks[DESKS]; };

struct seen *seen_new(void)
{
	struct seen *s = guichet_alloc(sizeof *s);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void seen_free(struct seen **s)
{
	if (*s)
		pthread_mutex_destroy(&(*s)->lock);
	free(*s);
	*s = NULL;
}

/* With the lock held. NULL: there are far more desks than a city has, and the last ones are not followed. */
static struct stand *stand_of(struct seen *s, uint32_t device)
{
	size_t at = device * 2654435761u % DESKS;
	while (s->desks[at].device && s->desks[at].device != device)
		at = (at + 1) % DESKS;
	struct stand *d = &s->desks[at];
	if (d->device)
		return d;
	if (s->count >= DESKS / 2)
		return NULL;
	s->count++;
	*d = (struct stand){ .device = device, .seq = -1 };
	return d;
}

void seen_note(struct api *a, uint32_t device, int64_t seq)
{
	struct seen *s = a->seen;
	int64_t now = api_clock(a);
	pthread_mutex_lock(&s->lock);
	struct stand *d = stand_of(s, device);
	if (d) {
		d->seq = seq;
		d->at_ms = now;
		d->fresh = s->fresh = true;
	}
	pthread_mutex_unlock(&s->lock);
}

void seen_desk(struct api *a, uint32_t device, const char *version, bool encrypted)
{
	struct seen *s = a->seen;
	int64_t now = api_clock(a);
	pthread_mutex_lock(&s->lock);
	struct stand *d = stand_of(s, device);
	if (d && strlen(version) < sizeof d->version) {
		snprintf(d->version, sizeof d->version, "%s", version);
		d->encrypted = encrypted;
		d->at_ms = now;
		d->fresh = s->fresh = true;
	}
	pthread_mutex_unlock(&s->lock);
}

void api_note_differs(struct api *a, struct api_call *c)
{
	struct seen *s = a->seen;
	const char *text = c->query(c->context, "differs");
	if (!text || !*text)
		return;
	int64_t from = strtoll(text, NULL, 10), now = api_clock(a);
	a->counts.differing++;
	log_event("device=%u differs from=%lld", (unsigned)c->who->device, (long long)from);
	pthread_mutex_lock(&s->lock);
	struct stand *d = stand_of(s, c->who->device);
	if (d) {
		d->differs++;
		d->at_ms = now;
		d->fresh = s->fresh = true;
	}
	pthread_mutex_unlock(&s->lock);
}

bool api_has_seen(struct api *a)
{
	pthread_mutex_lock(&a->seen->lock);
	bool fresh = a->seen->fresh;
	pthread_mutex_unlock(&a->seen->lock);
	return fresh;
}

/* Takes what is fresh out, so that nobody who calls waits for the disk. */
static size_t take_fresh(struct seen *s, struct stand **out)
{
	size_t n = 0;
	pthread_mutex_lock(&s->lock);
	*out = guichet_realloc(NULL, s->count + 1, sizeof **out);
	for (size_t i = 0; i < DESKS && s->fresh; i++) {
		if (s->desks[i].fresh)
			(*out)[n++] = s->desks[i];
		s->desks[i].fresh = false;
		s->desks[i].version[0] = '\0';
		s->desks[i].differs = 0;
	}
	s->fresh = false;
	pthread_mutex_unlock(&s->lock);
	return n;
}

enum guichet_rc api_flush_seen(struct api *a, struct db *write, struct guichet_err *err)
{
	struct stand *list;
	size_t count = take_fresh(a->seen, &list);
	enum guichet_rc rc = count ? db_begin(write, err) : GUICHET_OK;
	bool begun = count && !rc;
	for (size_t i = 0; i < count && !rc; i++) {
		const struct stand *d = &list[i];
		if (d->seq >= 0)
			rc = db_run(write, err, "UPDATE device SET cursor_seq = ?2, seen_ms = ?3 WHERE id = ?1", "iii", (int64_t)d->device, d->seq, d->at_ms);
		if (!rc && d->version[0])
			rc = db_run(write, err, "UPDATE device SET version = ?2, encrypted = ?3, seen_ms = ?4 WHERE id = ?1", "itii", (int64_t)d->device, d->version,
				(int64_t)d->encrypted, d->at_ms);
		if (!rc && d->differs > 0)
			rc = db_run(write, err, "UPDATE device SET differs = differs + ?2, differs_ms = ?3 WHERE id = ?1", "iii",
				(int64_t)d->device, d->differs, d->at_ms);
	}
	if (begun && !rc)
		rc = db_commit(write, err);
	if (begun && rc)
		db_rollback(write);
	free(list);
	return rc;
}
