// SPDX-License-Identifier: GPL-3.0-or-later
/* Telling the service manager how we are (sd_notify's protocol: a datagram to $NOTIFY_SOCKET). Without one, nothing happens. */
#include "daemon_inside.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_manager(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	if (length < 2 || length >= sizeof address.sun_path || (*path != '/' && *path != '@'))
		return;
	memcpy(address.sun_path, path, length);
	/* '@' stands for the NUL of an abstract name. */
	if (*path == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

/* Half of what the manager allows between two signs of life; 0: it wants none. */
int64_t notify_interval_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	if (!usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	long long n = strtoll(usec, NULL, 10);
	return n > 0 ? n / 2000 + 1 : 0;
}
