// SPDX-License-Identifier: GPL-3.0-or-later
/* GMime, loaded at the first mail: with GLib it would weigh on every start of a screen. Included in gmime/gmime.h's place; the functions are called by their
 * own names. */
#ifndef GUICHET_MAIL_GMIME_CALLS_H
#define GUICHET_MAIL_GMIME_CALLS_H

#include <gmime/gmime.h>

#include "guichet/base/err.h"

#undef g_object_unref
#undef g_free

#define GMIME_CALLS(CALL) \
	CALL(g_mime_init) CALL(g_mime_parser_new_with_stream) CALL(g_mime_parser_set_persist_stream) CALL(g_mime_parser_construct_message) \
	CALL(g_mime_parser_options_new) CALL(g_mime_parser_options_set_fallback_charsets) CALL(g_mime_parser_options_set_allow_addresses_without_domain) \
	CALL(g_mime_stream_mem_new) CALL(g_mime_stream_mem_set_owner) CALL(g_mime_stream_mem_set_byte_array) CALL(g_mime_stream_mem_get_byte_array) \
	CALL(g_mime_stream_write_to_stream) CALL(g_mime_message_get_mime_part) CALL(g_mime_message_part_get_message) \
	CALL(g_mime_multipart_get_count) CALL(g_mime_multipart_get_part) CALL(g_mime_object_get_content_type) CALL(g_mime_object_get_disposition) \
	CALL(g_mime_object_get_content_id) CALL(g_mime_object_get_header_list) CALL(g_mime_object_write_to_stream) \
	CALL(g_mime_object_get_content_disposition_parameter) CALL(g_mime_content_type_get_media_type) CALL(g_mime_content_type_get_media_subtype) \
	CALL(g_mime_content_type_get_parameter) CALL(g_mime_header_list_get_count) CALL(g_mime_header_list_get_header_at) CALL(g_mime_header_get_name) \
	CALL(g_mime_header_get_raw_value) CALL(g_mime_part_get_filename) CALL(g_mime_part_get_content_description) CALL(g_mime_part_get_content) CALL(g_mime_data_wrapper_write_to_stream) \
	CALL(g_mime_data_wrapper_get_stream) CALL(g_mime_data_wrapper_get_encoding) CALL(g_mime_utils_header_decode_text) \
	CALL(g_mime_utils_header_decode_date) CALL(internet_address_list_parse) CALL(internet_address_list_length) \
	CALL(internet_address_list_get_address) CALL(internet_address_get_name) CALL(internet_address_mailbox_get_addr) \
	CALL(internet_address_mailbox_get_type) CALL(internet_address_group_get_type) CALL(internet_address_group_get_members) \
	CALL(g_mime_multipart_get_type) CALL(g_mime_message_part_get_type) CALL(g_mime_part_get_type) CALL(g_type_check_instance_is_a) \
	CALL(g_object_unref) CALL(g_free) CALL(g_date_time_to_unix) CALL(g_date_time_unref)

struct gmime_calls {
#define GMIME_MEMBER(name) __typeof__(name) *call_##name;
	GMIME_CALLS(GMIME_MEMBER)
#undef GMIME_MEMBER
};

/* Before any other call. GUICHET_UNAVAILABLE: it is not installed, or lacks something; says what. */
enum guichet_rc gmime_calls_load(struct guichet_err *err);
const struct gmime_calls *gmime_calls(void);
GMimeParserOptions *gmime_options(void);        /* ours, for every parsing */

#ifndef GUICHET_MAIL_GMIME_LOADING
#define G(name) (gmime_calls()->call_##name)
#endif

#endif
