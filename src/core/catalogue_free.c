// SPDX-License-Identifier: GPL-3.0-or-later
/* Giving back everything that a catalogue owns, whole or half built. */
#include "catalogue_internal.h"

#include <stdlib.h>

static void free_service(struct service *s)
{
	free(s->code);
	free(s->name);
	free(s->phone);
	free(s->email);
	free(s->address);
	free(s->on_call_phone);
	free(s->head);
	free(s->head_email);
	free(s);
}

static void free_category(struct category *m)
{
	free(m->code);
	free(m->name);
	free(m->path);
	free(m->exceptions);
	free(m->words);
	free(m->say);
	free(m);
}

static void body_done(struct body *o)
{
	free(o->code);
	free(o->name);
	free(o->phone);
	free(o->email);
	free(o->address);
	free(o->hours);
	free(o->words);
	free(o->say);
}

static void commune_done(struct commune *m)
{
	free(m->code);
	free(m->name);
	for (size_t i = 0; i < m->postcode_count; i++)
		free(m->postcodes[i]);
	free(m->postcodes);
}

static void script_done(struct script *x)
{
	free(x->code);
	free(x->question);
	free(x->words);
	free(x->text);
}

static void message_template_done(struct message_template *t)
{
	free(t->code);
	free(t->name);
	free(t->subject);
	free(t->text);
}

void catalogue_free(struct catalogue **catalogue)
{
	struct catalogue *c = *catalogue;
	if (!c)
		return;
	for (size_t i = 0; i < c->calendar_count; i++)
		calendar_done(&c->calendars[i]);
	for (size_t i = 0; i < c->service_count; i++)
		free_service(c->services[i]);
	for (size_t i = 0; i < c->body_count; i++)
		body_done(&c->bodies[i]);
	for (size_t i = 0; i < c->commune_count; i++)
		commune_done(&c->communes[i]);
	for (size_t i = 0; i < c->group_count; i++) {
		free(c->groups[i].code);
		free(c->groups[i].name);
	}
	for (size_t i = 0; i < c->category_count; i++)
		free_category(c->categories[i]);
	for (size_t i = 0; i < c->script_count; i++)
		script_done(&c->scripts[i]);
	for (size_t i = 0; i < c->template_count; i++)
		message_template_done(&c->templates[i]);
	free(c->calendars);
	free(c->services);
	free(c->bodies);
	free(c->communes);
	free(c->groups);
	free(c->categories);
	free(c->scripts);
	free(c->templates);
	free(c->name);
	free(c->address);
	free(c->phone);
	free(c->email);
	free(c->website);
	free(c->city);
	free(c->signature);
	free(c->dpo_email);
	free(c->court);
	code_map_free(&c->index);
	free(c);
	*catalogue = NULL;
}
