// SPDX-License-Identifier: GPL-3.0-or-later
/* Who calls in an exercise store: invented people and organisations, some of them again and again. Every phone number lies in a range that ARCEP
 * keeps for fiction, every address ends in .example. */
#include "demo_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/phone.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static const char *const women[] = {
#define WOMAN(x) x,
#define MAN(x)
#define SURNAME(x)
#define COMPANY(x)
#define ASSOCIATION(x)
#define LANDLORD(x)
#define STREET(x)
#include "demo_names.def"
#undef WOMAN
};
static const char *const men[] = {
#define WOMAN(x)
#undef MAN
#define MAN(x) x,
#include "demo_names.def"
#undef MAN
};
static const char *const surnames[] = {
#define MAN(x)
#undef SURNAME
#define SURNAME(x) x,
#include "demo_names.def"
#undef SURNAME
};
static const char *const companies[] = {
#define SURNAME(x)
#undef COMPANY
#define COMPANY(x) x,
#include "demo_names.def"
#undef COMPANY
};
static const char *const associations[] = {
#define COMPANY(x)
#undef ASSOCIATION
#define ASSOCIATION(x) x,
#include "demo_names.def"
#undef ASSOCIATION
};
static const char *const landlords[] = {
#define ASSOCIATION(x)
#undef LANDLORD
#define LANDLORD(x) x,
#include "demo_names.def"
#undef LANDLORD
};
static const char *const streets[] = {
#define LANDLORD(x)
#undef STREET
#define STREET(x) x,
#include "demo_names.def"
};

/* ARCEP's numbers for audiovisual works: these, and four digits. */
static const char *const fiction[] = {"019900", "026191", "035301", "046571", "053649", "063998"};
enum { NUMBERS = 10000, NEIGHBOURS = 2000 };
static const double share_anonymous = 0.25, share_anonymous_web = 0.35, share_known = 0.42, share_organisations = 0.11;

const char *street_pick(struct chance *c)
{
	/* Some streets have more troubles than others. */
	double u = chance_unit(c);
	size_t count = COUNT_OF(streets);
	return streets[(size_t)(u * u * (double)count)];
}

void phone_of_index(uint16_t index, char out[PHONE_MAX])
{
	char dialled[16];
	struct phone phone;
	snprintf(dialled, sizeof dialled, "%s%04u", fiction[index / NUMBERS], (unsigned)index % NUMBERS);
	snprintf(out, PHONE_MAX, "%s", phone_parse(dialled, &phone, NULL) ? dialled : phone.e164);
}

static uint16_t phone_draw(struct chance *c)
{
	/* Mobiles would be more than half, were there more than 10,000 such numbers. */
	size_t range = chance_is(c, 0.25) ? COUNT_OF(fiction) - 1 : chance_below(c, COUNT_OF(fiction) - 1);
	return (uint16_t)(range * NUMBERS + chance_below(c, NUMBERS));
}

/* --- somebody new --- */

static void write_organisation(struct op *op, struct chance *c, const char *surname)
{
	struct text name = TEXT_INIT;
	double u = chance_unit(c);
	const char *kind = u < 0.5 ? "company"
		: u < 0.68             ? "association"
		: u < 0.86             ? "landlord"
		: u < 0.94             ? "commune"
							   : "elected";
	op_fact_text(op, "kind", kind);
	if (!strcmp(kind, "company"))
		text_addf(&name, "%s %s", companies[chance_below(c, COUNT_OF(companies))], surname);
	else if (!strcmp(kind, "association"))
		text_add(&name, associations[chance_below(c, COUNT_OF(associations))]);
	else if (!strcmp(kind, "landlord"))
		text_add(&name, landlords[chance_below(c, COUNT_OF(landlords))]);
	else
		text_add(&name, !strcmp(kind, "commune") ? "Services techniques de la mairie" : "Conseil métropolitain");
	op_personal_text(op, "organisation", text_str(&name));
	text_done(&name);
}

static void write_email(struct op *op, const char *first, const char *last, struct chance *c)
{
	struct text email = TEXT_INIT;
	utf8_slug(&email, first);
	text_addc(&email, '.');
	utf8_slug(&email, last);
	text_addf(&email, "%zu@%s", 1 + chance_below(c, 99), chance_is(c, 0.5) ? "courriel.example" : "boite.example");
	op_personal_text(op, "email", text_str(&email));
	text_done(&email);
}

static void write_address(struct op *op, struct demo *d)
{
	struct text address = TEXT_INIT;
	const struct commune *commune = rates_commune(d->rates, &d->chance);
	text_addf(&address, "%zu %s", 1 + chance_below(&d->chance, 120), street_pick(&d->chance));
	if (commune)
		text_addf(&address, ", %s %s", commune->postcode_count ? commune->postcodes[0] : "", commune->name);
	op_personal_text(op, "postal_address", text_str(&address));
	text_done(&address);
}

static void draw_means(struct person *p, enum channel channel, struct chance *c)
{
	p->has_phone = channel == CHANNEL_PHONE || chance_is(c, channel == CHANNEL_POST ? 0.35 : 0.7);
	p->has_email = channel == CHANNEL_EMAIL || channel == CHANNEL_WEB || chance_is(c, 0.3);
	p->has_address = channel == CHANNEL_POST || chance_is(c, 0.15);
	p->organisation = chance_is(c, share_organisations);
	p->phone = phone_draw(c);
}

static enum guichet_rc make_person(
	struct demo *d, enum channel channel, const char *actor, int64_t at_ms, struct person *p, struct guichet_err *err)
{
	struct chance *c = &d->chance;
	struct text name = TEXT_INIT;
	struct op op;
	char phone[PHONE_MAX];
	bool woman = chance_is(c, 0.54);
	const char *first = woman ? women[chance_below(c, COUNT_OF(women))] : men[chance_below(c, COUNT_OF(men))];
	const char *last = surnames[chance_below(c, COUNT_OF(surnames))],
			   *second = surnames[chance_below(c, COUNT_OF(surnames))];
	draw_means(p, channel, c);
	op_init(&op, OP_REQUESTER_CREATE, (struct op_id){0, 0}, actor, at_ms);
	text_addf(&name, "%s %s", first, last);
	if (chance_is(c, 0.07) && second != last)
		text_addf(&name, "-%s", second);
	if (p->organisation)
		write_organisation(&op, c, last);
	else
		op_fact_text(&op, "kind", "person");
	op_personal_text(&op, "title", woman ? "Mme" : "M.");
	op_personal_text(&op, "name", text_str(&name));
	phone_of_index(p->phone, phone);
	if (p->has_phone)
		op_personal_text(&op, "phone", phone);
	if (p->has_email)
		write_email(&op, first, last, c);
	if (p->has_address)
		write_address(&op, d);
	if (p->has_email && chance_is(c, 0.25))
		op_fact_text(&op, "reply_by", "email");
	enum guichet_rc rc = store_append(d->s, &op, err);
	p->id = op.id;
	op_done(&op);
	text_done(&name);
	return rc;
}

/* Beyond the most that is remembered, newcomers take the places of others: the ones who call again stay a fair sample. */
static void remember(struct people *all, const struct person *p, struct chance *c)
{
	all->seen++;
	if (all->count < DEMO_PEOPLE_MAX) {
		GUICHET_GROW(all->list, all->count, all->capacity);
		all->list[all->count++] = *p;
	} else {
		all->list[chance_below(c, all->count)] = *p;
	}
}

static bool can_use(const struct person *p, enum channel channel)
{
	return channel == CHANNEL_PHONE ? p->has_phone
		: channel == CHANNEL_POST   ? p->has_address
									: channel == CHANNEL_DESK || p->has_email;
}

static const struct person *pick_known(const struct people *all, enum channel channel, struct chance *c)
{
	for (int tries = 0; tries < 4 && all->count; tries++) {
		double u = chance_unit(c);
		size_t near = all->count < NEIGHBOURS ? all->count : NEIGHBOURS;
		/* Those who called lately call again; and some call all their lives. */
		size_t i =
			chance_is(c, 0.5) ? all->count - 1 - chance_below(c, near) : (size_t)(u * u * u * (double)all->count);
		if (can_use(&all->list[i], channel))
			return &all->list[i];
	}
	return NULL;
}

enum guichet_rc people_pick(struct demo *d, enum channel channel, const char *actor, int64_t at_ms, bool named,
	struct person *out, struct guichet_err *err)
{
	struct chance *c = &d->chance;
	bool nameless = channel == CHANNEL_PHONE || channel == CHANNEL_DESK ? chance_is(c, share_anonymous)
		: channel == CHANNEL_WEB                                        ? chance_is(c, share_anonymous_web)
																		: channel == CHANNEL_POST && chance_is(c, 0.05);
	memset(out, 0, sizeof *out);
	if (nameless && !named)
		return GUICHET_OK;
	const struct person *known = chance_is(c, share_known) ? pick_known(&d->people, channel, c) : NULL;
	if (known) {
		*out = *known;
		return GUICHET_OK;
	}
	enum guichet_rc rc = make_person(d, channel, actor, at_ms, out, err);
	if (rc == GUICHET_OK)
		remember(&d->people, out, c);
	return rc;
}
