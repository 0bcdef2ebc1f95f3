// SPDX-License-Identifier: GPL-3.0-or-later
/* See late.h. Must not know which libraries there are. */
#include "guichet/base/late.h"

#include <dlfcn.h>
#include <string.h>

bool late_load(const char *library, const struct late_call *names, size_t count, void *calls)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; handle && i < count; i++) {
		/* What the library itself is linked with is found through it. */
		void *call = dlsym(handle, names[i].name);
		if (!call) {
			dlclose(handle);
			handle = NULL;
			break;
		}
		/* C has no other way from an object's address to a function's. */
		memcpy((char *)calls + names[i].at, &call, sizeof call);
	}
	return handle != NULL;
}
