// SPDX-License-Identifier: GPL-3.0-or-later
/* libcurl, loaded at the first exchange: it brings thirty libraries along, and linking them took half of the time until the first screen, of desks that have no
 * server too. Included in curl/curl.h's place; the functions are called by their own names. */
#ifndef GUICHET_BASE_CURL_CALLS_H
#define GUICHET_BASE_CURL_CALLS_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "guichet/base/err.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_share_setopt

#define CURL_CALLS(CALL) \
	CALL(easy_init) CALL(easy_cleanup) CALL(easy_reset) CALL(easy_setopt) CALL(easy_getinfo) CALL(easy_perform) CALL(easy_strerror) \
	CALL(multi_init) CALL(multi_cleanup) CALL(multi_add_handle) CALL(multi_remove_handle) CALL(multi_perform) CALL(multi_info_read) \
	CALL(multi_fdset) CALL(multi_poll) CALL(slist_append) CALL(slist_free_all) CALL(getdate)

struct curl_calls {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
	CURL_CALLS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* Before any other call. GUICHET_UNAVAILABLE: it is not installed, or lacks something; says what. */
enum guichet_rc curl_calls_load(struct guichet_err *err);
const struct curl_calls *curl_calls(void);

#define curl_easy_init curl_calls()->easy_init
#define curl_easy_cleanup curl_calls()->easy_cleanup
#define curl_easy_reset curl_calls()->easy_reset
#define curl_easy_setopt curl_calls()->easy_setopt
#define curl_easy_getinfo curl_calls()->easy_getinfo
#define curl_easy_perform curl_calls()->easy_perform
#define curl_easy_strerror curl_calls()->easy_strerror
#define curl_multi_init curl_calls()->multi_init
#define curl_multi_cleanup curl_calls()->multi_cleanup
#define curl_multi_add_handle curl_calls()->multi_add_handle
#define curl_multi_remove_handle curl_calls()->multi_remove_handle
#define curl_multi_perform curl_calls()->multi_perform
#define curl_multi_info_read curl_calls()->multi_info_read
#define curl_multi_fdset curl_calls()->multi_fdset
#define curl_multi_poll curl_calls()->multi_poll
#define curl_slist_append curl_calls()->slist_append
#define curl_slist_free_all curl_calls()->slist_free_all
#define curl_getdate curl_calls()->getdate

#endif
