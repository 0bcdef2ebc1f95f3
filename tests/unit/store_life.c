// SPDX-License-Identifier: GPL-3.0-or-later
/* See store_life.h. */
#include "store_life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARGS(...) (&(struct step_args){__VA_ARGS__})
enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

static unsigned chance(struct store_fixture *f, unsigned n)
{
	f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(f->seed >> 33) % n;
}

void store_life_may(struct store_fixture *f, int64_t reference, enum step step, struct step_args *args)
{
	struct guichet_err refused;
	/* By chance a step is not possible: then it does not happen. */
	enum guichet_rc rc = desk_step(f->store, &fixture_chief, reference, step, args, NULL, &refused);
	if (rc && rc != GUICHET_REFUSED)
		fail_msg("%s", refused.message);
}

static void live_on(struct store_fixture *f, int64_t reference)
{
	static const char *const channels[] = {"phone", "email", "post"};
	switch (chance(f, 10)) {
	case 0:
		return;
	case 1:
		store_life_may(f, reference, STEP_CANCEL, ARGS(.reason = "doublon"));
		return;
	case 2:
		store_life_may(f, reference, STEP_TAKE, ARGS(.text = NULL));
		store_life_may(f, reference, STEP_WAIT, ARGS(.reason = "third-party", .text = "on attend"));
		return;
	case 3:
		store_life_may(f, reference, STEP_REFUSE, ARGS(.reason = "pas de notre ressort"));
		return;
	case 4:
		store_life_may(f, reference, STEP_PROMISE,
			ARGS(.date_ms = f->now_ms + (int64_t)(1 + chance(f, 9)) * DAY, .channel = "phone", .reason = "retard"));
		break;
	default:
		break;
	}
	f->now_ms += (int64_t)chance(f, 12 * 24) * HOUR / 3;
	store_life_may(f, reference, STEP_TAKE, ARGS(.text = NULL));
	store_life_may(f, reference, STEP_DONE, ARGS(.text = NULL));
	store_life_may(f, reference, STEP_ANSWER, ARGS(.channel = channels[chance(f, 3)], .text = "C'est fait."));
	if (chance(f, 3))
		store_life_may(f, reference, STEP_CLOSE, ARGS(.text = NULL));
	if (chance(f, 8) == 0)
		store_life_may(f, reference, STEP_REOPEN, ARGS(.reason = "pas réparé"));
}

void store_life_make(struct store_fixture *f, int64_t references[STORE_LIFE_REQUESTS])
{
	static const char *const categories[] = {
		"nid-de-poule", "affaissement", "depot", "horaires", "plainte", "fuite", NULL};
	static const char *const channels[] = {"phone", "email", "post", "desk", "web"};
	static const char *const communes[] = {"aigues", "bois", NULL};
	int64_t start = paris_instant(day_from_date(2025, 5, 20), 9 * 60);
	for (int i = 0; i < STORE_LIFE_REQUESTS; i++) {
		f->now_ms = start + (int64_t)i * 550 * DAY / STORE_LIFE_REQUESTS;
		references[i] = FIXTURE_LOG(f, .category = categories[chance(f, 7)], .channel = channels[chance(f, 5)],
			.commune = communes[chance(f, 3)], .subject = "Un tas",
			.requester = WHO({"name", "Zoé Ferrand"}, {"phone", "0143336666"}, {"email", "zoe@exemple.fr"},
				{"postal_address", "3 rue Paradis"}));
		if (chance(f, 6) == 0) {
			struct step_args touch = {.outcome = "chased", .channel = "phone"};
			store_life_may(f, references[i], STEP_TOUCH, &touch);
		}
		live_on(f, references[i]);
	}
	f->now_ms = start + 551 * (int64_t)DAY;
}
