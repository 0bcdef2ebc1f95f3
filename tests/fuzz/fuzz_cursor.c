// SPDX-License-Identifier: GPL-3.0-or-later
/* Where a desk says that it stands, in a journal or in a snapshot, and ids of operations: what is read writes back as itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/server/ledger.h"
#include "guichet/wire/op_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cursor(const char *text)
{
	struct wire_cursor first, again;
	char shown[WIRE_CURSOR_TEXT];
	if (!wire_cursor_parse(text, &first))
		return;
	wire_cursor_format(&first, shown);
	if (!wire_cursor_parse(shown, &again) || memcmp(&first, &again, sizeof first) != 0)
		abort();
}

static void check_position(const char *text)
{
	struct snapshot first = { 0 }, again = { 0 };
	char shown[SNAPSHOT_POSITION];
	if (!snapshot_position_parse(text, &first))
		return;
	snapshot_position_format(&first, shown);
	if (!snapshot_position_parse(shown, &again) || first.part != again.part || !op_id_equal(first.after, again.after))
		abort();
}

static void check_id(const char *text)
{
	struct op_id id;
	char shown[OP_ID_TEXT];
	if (!op_id_parse(text, &id))
		return;
	op_id_format(id, shown);
	/* One writing only. */
	if (strcmp(shown, text) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = guichet_strndup((const char *)data, size);
	check_cursor(text);
	check_position(text);
	check_id(text);
	free(text);
	return 0;
}
