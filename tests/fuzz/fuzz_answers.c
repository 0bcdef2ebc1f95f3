// SPDX-License-Identifier: GPL-3.0-or-later
/* What a server answers to a desk: the first byte says which reader. A snapshot's page has two readers, and what the quick one takes the other takes as well, to the byte. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/wire/sync_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void same_ops(const struct shadow_subject *a, const struct shadow_subject *b)
{
	must(a->count == b->count, "as many operations");
	for (size_t i = 0; i < a->count; i++) {
		const struct op *x = &a->ops[i], *y = &b->ops[i];
		must(op_id_equal(x->id, y->id) && op_id_equal(x->subject, y->subject) && x->seq == y->seq && x->v == y->v && x->wall_ms == y->wall_ms, "its head");
		must(!strcmp(op_kind_text(x), op_kind_text(y)) && !strcmp(x->actor, y->actor) && !strcmp(x->why, y->why) && x->parked == y->parked, "its words");
		must(x->blanked == y->blanked && !memcmp(x->hash, y->hash, OP_HASH) && !memcmp(x->salt, y->salt, OP_SALT), "its hash");
		must(same_text(x->facts_text, y->facts_text) && same_text(x->personal_text, y->personal_text) && same_text(x->base_text, y->base_text), "its payload");
	}
}

static void read_snapshot(const char *body, size_t bytes)
{
	struct shadow_page quick, slow;
	/* A space at the end is JSON, and nothing that the quick one knows. */
	char *spaced = malloc(bytes + 1);
	if (!spaced)
		abort();
	memcpy(spaced, body, bytes);
	spaced[bytes] = ' ';
	bool one = shadow_page_read(body, bytes, &quick, NULL) == GUICHET_OK, other = shadow_page_read(spaced, bytes + 1, &slow, NULL) == GUICHET_OK;
	must(one == other, "both take it, or neither");
	if (one) {
		must(quick.count == slow.count && !strcmp(quick.next, slow.next) && !strcmp(quick.scope, slow.scope) && quick.works == slow.works, "the page's head");
		for (size_t i = 0; i < quick.count; i++)
			same_ops(&quick.subjects[i], &slow.subjects[i]);
		shadow_page_done(&quick);
		shadow_page_done(&slow);
	}
	free(spaced);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op asked[2] = { { .id = { 7, 1 } }, { .id = { 7, 2 } } };
	struct replica_page page;
	struct push_answer answer;
	struct problem_read problem;
	const char *body = (const char *)data + 1;
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 's':
		read_snapshot(body, size - 1);
		break;
	case 'c':
		if (page_read(body, size - 1, &page, NULL) == GUICHET_OK)
			page_done(&page);
		break;
	case 'f':
		if (found_read(body, size - 1, &page, NULL) == GUICHET_OK)
			page_done(&page);
		break;
	case 'p':
		if (push_answer_read(body, size - 1, asked, 2, &answer, NULL) == GUICHET_OK)
			push_answer_done(&answer);
		break;
	default:
		problem_parse(body, size - 1, &problem);
	}
	return 0;
}
