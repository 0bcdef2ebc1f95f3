// SPDX-License-Identifier: GPL-3.0-or-later
/* See call_scene.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_scene.h"
#include "guichet/base/text.h"

void call_open(struct ui_fixture *f)
{
	ui_open(f->ui, &view_call, NULL);
}

int call_play(struct ui_fixture *f, const char *script, bool burst)
{
	char part[400];
	int structural = 0;
	for (;;) {
		script += strspn(script, " ");
		if (!*script)
			return structural;
		bool text = *script == '\'';
		size_t n = text ? strcspn(++script, "'") : strcspn(script, " ");
		snprintf(part, sizeof part, "%.*s", (int)n, script);
		script += n + (text && script[n] == '\'');
		if (text && burst) {
			ui_type_burst(f, part);
		} else if (text) {
			ui_type(f, part);
			ui_screen(f, 24, 80); /* a slow typist sees every screen */
		} else {
			ui_press(f, part);
			structural++;
			if (!burst)
				ui_screen(f, 24, 80);
		}
	}
}

static bool take_newest(void *context, const struct request_row *row)
{
	*(struct call_newest *)context = (struct call_newest){ row->id, row->reference };
	return false;
}

struct call_newest call_newest(struct ui_fixture *f)
{
	struct call_newest n = { 0, 0 };
	struct list_filter filter = LIST_FILTER_INIT;
	filter.all = true;
	filter.sort = LIST_BY_RECEIVED;
	store_list(f->desk->store, &filter, take_newest, &n, NULL);
	return n;
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

int call_requests(struct ui_fixture *f)
{
	int n = 0;
	struct list_filter filter = LIST_FILTER_INIT;
	filter.all = true;
	filter.sort = LIST_BY_RECEIVED;
	filter.limit = 1000;
	store_list(f->desk->store, &filter, count_row, &n, NULL);
	return n;
}

char *call_record_text(struct ui_fixture *f)
{
	static const enum request_field fields[] = { FIELD_CHANNEL, FIELD_CATEGORY, FIELD_SERVICE, FIELD_NATURE, FIELD_COMMUNE, FIELD_SUBJECT, FIELD_ADDRESS,
		FIELD_DESCRIPTION };
	struct loaded l;
	struct requester who = { 0 };
	struct text t = TEXT_INIT;
	struct op_id id;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		text_addf(&t, "%s\n", request_text(&l.request, fields[i]));
	if (op_id_parse(request_text(&l.request, FIELD_REQUESTER), &id)) {
		assert_int_equal(store_requester_of_op(f->desk->store, id, &who, NULL), GUICHET_OK);
		text_addf(&t, "%s %s", requester_get(&who, "name"), requester_get(&who, "phone"));
	}
	requester_done(&who);
	loaded_done(&l);
	return text_take(&t);
}

static bool take_contact(void *context, const struct contact *c)
{
	char **out = context;
	struct text t = TEXT_INIT;
	text_addf(&t, "%s %s %zu", c->channel, c->outcome, c->reference_count);
	*out = text_take(&t);
	return false;
}

char *call_last_contact(struct ui_fixture *f)
{
	struct contact_filter filter = { .channel = -1, .outcome = -1, .limit = 1 };
	char *out = NULL;
	store_list_contacts(f->desk->store, &filter, take_contact, &out, NULL);
	return out;
}

static bool take_draft(void *context, const struct draft *d)
{
	struct call_draft_rows *out = context;
	free(out->fields);
	out->fields = guichet_strdup(d->fields);
	out->id = d->id;
	out->count++;
	return true;
}

struct call_draft_rows call_drafts(struct ui_fixture *f)
{
	struct call_draft_rows out = { 0, NULL, 0 };
	store_list_drafts(f->desk->store, take_draft, &out, NULL);
	return out;
}

int call_draft_count(struct ui_fixture *f)
{
	struct call_draft_rows d = call_drafts(f);
	free(d.fields);
	return d.count;
}

void call_lefevre(struct ui_fixture *f)
{
	fixture_log(f->desk, &(struct call){ .subject = "Trottoir affaissé", .category = "affaissement", .commune = "aigues", .address = "3 rue des Lilas",
		.requester = WHO({ "phone", "0612345678" }, { "name", "Lefèvre Odette" }) }, NULL);
	f->desk->now_ms += 3600000;
}
