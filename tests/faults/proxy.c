// SPDX-License-Identifier: GPL-3.0-or-later
/* The bad line (proxy.h): one thread, poll, and a plan for each connection. */
#include "proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guichet/base/clock.h"

const char *const fault_names[FAULT_COUNT] = { "none", "tear-ask", "tear-answer", "swallow", "delay", "trickle", "repeat", "noise-ask", "noise-answer", "half-close" };

enum { LINES = 256, LATES = 64, BUFFER = 64 * 1024, NOISE_MAX = 48, DELAY_MAX_MS = 900, TRICKLE_MS = 3, TRICKLE_BYTES = 700, LATE_MS = 1500, TURN_MS = 100 };

/* One way of a connection: what was read and waits to be written. */
struct way { int from, to; char bytes[BUFFER]; size_t count; int64_t passed; bool ended, closed; };

struct line {
	bool used, repeated;
	enum fault fault;
	int64_t at;                      /* after how many bytes it strikes */
	int64_t hold_until_ms, began_ms, repeat_ms;
	struct way ask, answer;
	char *kept; size_t kept_count;   /* what was asked, to be asked again */
};

/* Words of a line that ended before their repetition was due. */
struct late { char *bytes; size_t count; int64_t at_ms; };
struct proxy { struct line lines[LINES]; struct late lates[LATES]; struct proxy_shared *shared; uint64_t chance; };

static uint64_t drawn(uint64_t *state)
{
	uint64_t x = *state += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

static int64_t now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

int proxy_listen(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)*port) };
	socklen_t length = sizeof a;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 512) != 0 || getsockname(fd, (struct sockaddr *)&a, &length) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(a.sin_port);
	return fd;
}

static int reach(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* On loopback it answers or refuses at once. */
	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void keep_late(struct proxy *p, struct line *l)
{
	for (int i = 0; i < LATES && l->kept && !l->repeated && l->kept_count > 0; i++) {
		if (p->lates[i].bytes)
			continue;
		p->lates[i] = (struct late){ l->kept, l->kept_count, l->repeat_ms };
		l->kept = NULL;
	}
	free(l->kept);
	l->kept = NULL;
}

static void hang_up(struct proxy *p, struct line *l, bool rudely)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	int fds[] = { l->ask.from, l->answer.from };
	for (int i = 0; i < 2; i++) {
		if (fds[i] < 0)
			continue;
		if (rudely)
			setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
		close(fds[i]);
	}
	keep_late(p, l);
	l->used = false;
}

static struct line *free_line(struct proxy *p)
{
	for (int i = 0; i < LINES; i++)
		if (!p->lines[i].used)
			return &p->lines[i];
	return NULL;
}

static void set_up(struct line *l, int client, int server)
{
	l->used = true;
	l->repeated = false;
	l->fault = FAULT_NONE;
	l->at = l->hold_until_ms = l->repeat_ms = 0;
	l->began_ms = now_ms();
	l->kept = NULL;
	l->kept_count = 0;
	l->ask = (struct way){ .from = client, .to = server };
	l->answer = (struct way){ .from = server, .to = client };
}

/* What is going to happen to it, and after how many bytes. */
static void draw_plan(struct proxy *p, struct line *l)
{
	static const uint64_t spans[] = { 40, 400, 4000, 40000 };
	if ((int)(drawn(&p->chance) % 1000) < p->shared->per_mille)
		l->fault = (enum fault)(1 + drawn(&p->chance) % (FAULT_COUNT - 1));
	uint64_t span = spans[drawn(&p->chance) % 4];
	l->at = (int64_t)(drawn(&p->chance) % span);
	l->repeat_ms = l->began_ms + (int64_t)(drawn(&p->chance) % LATE_MS);
	if (l->fault == FAULT_REPEAT)
		l->kept = malloc(BUFFER);
	p->shared->counts[l->fault]++;
}

static void take_call(struct proxy *p, int listener)
{
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0)
		return;
	struct line *l = free_line(p);
	int server = l ? reach(p->shared->to_port) : -1;
	if (server < 0) {
		close(client);
		return;
	}
	set_up(l, client, server);
	draw_plan(p, l);
}

/* The same words once more, on a connection of their own; whatever is answered falls on the floor. */
static void ask_again(struct proxy *p, const char *bytes, size_t count)
{
	struct line *l = free_line(p);
	int server = l ? reach(p->shared->to_port) : -1;
	if (server < 0)
		return;
	set_up(l, -1, server);
	l->ask.ended = true;
	memcpy(l->ask.bytes, bytes, count);
	l->ask.count = count;
}

/* Repetitions that are due. */
static void repeat(struct proxy *p)
{
	for (int i = 0; i < LINES; i++) {
		struct line *l = &p->lines[i];
		if (!l->used || !l->kept || l->repeated || l->kept_count == 0 || now_ms() < l->repeat_ms)
			continue;
		l->repeated = true;
		ask_again(p, l->kept, l->kept_count);
	}
	for (int i = 0; i < LATES; i++) {
		struct late *late = &p->lates[i];
		if (!late->bytes || now_ms() < late->at_ms)
			continue;
		ask_again(p, late->bytes, late->count);
		free(late->bytes);
		late->bytes = NULL;
	}
}

static void add_noise(char *bytes, size_t count, uint64_t *chance)
{
	size_t from = (size_t)(drawn(chance) % count), length = 8 + (size_t)(drawn(chance) % NOISE_MAX);
	for (size_t i = from; i < count && i < from + length; i++)
		bytes[i] = (char)(0x80 | drawn(chance) % 128);
}

/* True when the line is to be torn here. */
static bool struck(struct proxy *p, struct line *l, struct way *w, size_t fresh)
{
	bool ask = w == &l->ask, reached = w->passed + (int64_t)w->count >= l->at;
	if (ask && l->kept && l->kept_count + fresh <= BUFFER) {
		memcpy(l->kept + l->kept_count, w->bytes + w->count - fresh, fresh);
		l->kept_count += fresh;
	}
	if (reached && l->fault == (ask ? FAULT_NOISE_ASK : FAULT_NOISE_ANSWER))
		add_noise(w->bytes + w->count - fresh, fresh, &p->chance);
	if (l->fault == FAULT_DELAY && l->hold_until_ms == 0)
		l->hold_until_ms = now_ms() + (int64_t)(drawn(&p->chance) % DELAY_MAX_MS);
	if (ask && l->fault == FAULT_HALF_CLOSE && reached)
		w->ended = true;
	if (!ask && l->fault == FAULT_SWALLOW)
		return true;
	return reached && l->fault == (ask ? FAULT_TEAR_ASK : FAULT_TEAR_ANSWER);
}

/* What stands before the tear still goes out. */
static void tear(struct proxy *p, struct line *l, struct way *w)
{
	int64_t left = l->at - w->passed;
	bool some = w->to >= 0 && l->fault != FAULT_SWALLOW && left > 0 && left < (int64_t)w->count;
	bool sent = some && send(w->to, w->bytes, (size_t)left, MSG_NOSIGNAL) > 0;
	hang_up(p, l, !sent || l->at % 2 == 0);
}

/* False: the line is gone. */
static bool read_way(struct proxy *p, struct line *l, struct way *w)
{
	ssize_t got = read(w->from, w->bytes + w->count, sizeof w->bytes - w->count);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got < 0) {
		hang_up(p, l, true);
		return false;
	}
	if (got == 0) {
		w->ended = true;
		return true;
	}
	w->count += (size_t)got;
	if (!struck(p, l, w, (size_t)got))
		return true;
	tear(p, l, w);
	return false;
}

static bool write_way(struct line *l, struct way *w)
{
	size_t many = l->fault == FAULT_TRICKLE && w->count > TRICKLE_BYTES ? TRICKLE_BYTES : w->count;
	ssize_t put = w->to < 0 ? (ssize_t)many : send(w->to, w->bytes, many, MSG_NOSIGNAL);
	if (put < 0)
		return errno == EAGAIN || errno == EINTR;
	w->passed += put;
	w->count -= (size_t)put;
	memmove(w->bytes, w->bytes + put, w->count);
	if (l->fault == FAULT_TRICKLE)
		l->hold_until_ms = now_ms() + TRICKLE_MS;
	return true;
}

static bool close_end(struct way *w)
{
	if (w->ended && w->count == 0 && !w->closed) {
		w->closed = true;
		if (w->to >= 0)
			shutdown(w->to, SHUT_WR);
	}
	return w->closed;
}

static void turn(struct proxy *p, struct line *l, short client, short server)
{
	static const short readable = POLLIN | POLLHUP | POLLERR;
	if (client & readable && !l->ask.ended && l->ask.count < BUFFER && !read_way(p, l, &l->ask))
		return;
	if (server & readable && !l->answer.ended && l->answer.count < BUFFER && !read_way(p, l, &l->answer))
		return;
	bool held = now_ms() < l->hold_until_ms;
	if (!held && ((l->ask.count > 0 && !write_way(l, &l->ask)) || (l->answer.count > 0 && !write_way(l, &l->answer)))) {
		hang_up(p, l, true);
		return;
	}
	close_end(&l->ask);
	if (close_end(&l->answer))
		hang_up(p, l, false);
}

static short wanted(const struct way *in, const struct way *out, bool held)
{
	return (short)((!in->ended && in->count < BUFFER ? POLLIN : 0) | (out->count > 0 && !held ? POLLOUT : 0));
}

_Noreturn void proxy_serve(int listener, struct proxy_shared *shared, uint64_t seed)
{
	static struct proxy p;
	static struct pollfd fds[2 * LINES + 1];
	static struct line *owners[LINES];
	p.shared = shared;
	p.chance = seed;
	for (;;) {
		int count = 0, wait = TURN_MS;
		fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (int i = 0; i < LINES; i++) {
			struct line *l = &p.lines[i];
			if (!l->used)
				continue;
			int64_t held_ms = l->hold_until_ms - now_ms();
			fds[1 + 2 * count] = (struct pollfd){ .fd = l->ask.from, .events = wanted(&l->ask, &l->answer, held_ms > 0) };
			fds[2 + 2 * count] = (struct pollfd){ .fd = l->answer.from, .events = wanted(&l->answer, &l->ask, held_ms > 0) };
			owners[count++] = l;
			if (held_ms > 0 && held_ms < wait)
				wait = (int)held_ms;
		}
		/* A side that has ended would say so at every turn. */
		for (int i = 1; i <= 2 * count; i++)
			if (fds[i].events == 0)
				fds[i].fd = -1;
		poll(fds, (nfds_t)(2 * count + 1), wait);
		for (int i = 0; i < count; i++)
			turn(&p, owners[i], fds[1 + 2 * i].fd >= 0 ? fds[1 + 2 * i].revents : 0, fds[2 + 2 * i].fd >= 0 ? fds[2 + 2 * i].revents : 0);
		repeat(&p);
		if (fds[0].revents & POLLIN)
			take_call(&p, listener);
	}
}
