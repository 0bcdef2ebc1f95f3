// SPDX-License-Identifier: GPL-3.0-or-later
/* See desk_scene.h. */
#include "desk_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t at(int day, int hour, int minute)
{
	return paris_instant(day_from_date(2026, 11, day), hour * 60 + minute);
}

static void make_incident(struct store_fixture *f, struct desk_scene *s)
{
	f->now_ms = at(23, 14, 0);
	s->incident = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats sur le trottoir", .commune = "aigues", .address = "4 avenue de la Gare",
		.requester = WHO({ "name", "Bernard" }, { "phone", "0145678901" }));
	f->now_ms = at(23, 15, 0);
	s->children[0] = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats avenue de la Gare", .commune = "aigues", .address = "6 avenue de la Gare",
		.requester = WHO({ "name", "Petit" }, { "email", "petit@example.org" }));
	s->children[1] = FIXTURE_LOG(f, .category = "depot", .subject = "Tas de gravats", .commune = "aigues", .address = "avenue de la Gare",
		.requester = WHO({ "name", "Moreau" }, { "phone", "0611223344" }));
	s->children[2] = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats à la gare", .commune = "aigues", .address = "avenue de la Gare");
	f->now_ms = at(23, 16, 0);
	for (int i = 0; i < 3; i++) {
		struct step_args link = { 0 };
		assert_int_equal(desk_op_of_reference(f->store, s->incident, &link.target, &f->err), GUICHET_OK);
		fixture_step(f, s->children[i], STEP_LINK, &link);
	}
}

void desk_scene_make(struct store_fixture *f, struct desk_scene *s)
{
	f->now_ms = at(9, 9, 0);
	s->late = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Nid de poule devant l'école", .commune = "aigues", .address = "12 rue des Lilas",
		.description = "Le trou fait bien trente centimètres. Un cycliste est tombé dimanche, sans gravité.",
		.requester = WHO({ "title", "Mme" }, { "name", "Lefèvre" }, { "phone", "06 12 34 56 78" }));
	f->now_ms = at(10, 10, 0);
	fixture_step(f, s->late, STEP_TAKE, &(struct step_args){ 0 });
	fixture_step(f, s->late, STEP_NOTE, &(struct step_args){ .text = "Passage prévu avec l'équipe du secteur nord." });
	f->now_ms = at(12, 9, 0);
	s->promised = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Chaussée défoncée", .commune = "bois", .address = "3 chemin du Moulin",
		.requester = WHO({ "title", "M." }, { "name", "Garnier" }, { "phone", "0499887766" }));
	fixture_step(f, s->promised, STEP_PROMISE, &(struct step_args){ .date_ms = at(20, 23, 59), .channel = "phone", .reason = "gel annoncé" });
	f->now_ms = at(16, 11, 0);
	s->closed = FIXTURE_LOG(f, .category = "horaires", .subject = "Horaires de la déchetterie", .requester = WHO({ "name", "Colin" }, { "phone", "0655443322" }));
	fixture_step(f, s->closed, STEP_ANSWER, &(struct step_args){ .channel = "phone", .text = "Ouverte de 9 h à 18 h." });
	fixture_step(f, s->closed, STEP_CLOSE, &(struct step_args){ 0 });
	f->now_ms = at(16, 15, 0);
	s->at_risk = FIXTURE_LOG(f, .category = "depot", .subject = "Dépôt de pneus", .commune = "aigues", .address = "8 rue du Lavoir",
		.requester = WHO({ "name", "Diallo" }, { "email", "diallo@example.org" }));
	f->now_ms = at(23, 10, 0);
	s->callback = FIXTURE_LOG(f, .category = "plainte", .subject = "Accueil jugé désagréable", .requester = WHO({ "title", "M." }, { "name", "Roussel" },
		{ "phone", "0677889900" }));
	fixture_step(f, s->callback, STEP_CALLBACK, &(struct step_args){ .at_ms = at(24, 9, 30) });
	make_incident(f, s);
	f->now_ms = at(24, 9, 10);
	s->unsorted = FIXTURE_LOG(f, .channel = "email", .subject = "Bruit étrange la nuit", .commune = "bois", .requester = WHO({ "name", "Faure" },
		{ "email", "faure@example.org" }));
	f->now_ms = at(24, 9, 40);
	s->leak = FIXTURE_LOG(f, .category = "fuite", .subject = "Fuite d'eau sur la chaussée", .commune = "aigues", .address = "1 place du Marché",
		.requester = WHO({ "name", "Nguyen" }, { "phone", "0633445566" }), .danger = true);
	f->now_ms = at(24, 10, 0);
}

int64_t scene_row(struct store_fixture *f, int64_t reference)
{
	int64_t row = 0;
	assert_int_equal(store_find_reference(f->store, reference, &row, 1), 1);
	return row;
}

struct loaded scene_load(struct store_fixture *f, int64_t reference)
{
	struct loaded l;
	if (store_load(f->store, reference, &l, &f->err))
		fail_msg("%s", f->err.message);
	return l;
}

enum status scene_status(struct store_fixture *f, int64_t reference)
{
	struct loaded l = scene_load(f, reference);
	enum status s = l.request.status;
	loaded_done(&l);
	return s;
}
