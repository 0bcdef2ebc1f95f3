// SPDX-License-Identifier: GPL-3.0-or-later
/* See store_fixture.h. */
#include "store_fixture.h"

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"

#define OFFICE_DAY "\"08:30-12:00 13:30-17:30\"\n"
#define WHOLE_DAY "\"00:00-24:00\"\n"

const char fixture_metropole_ini[] =
	"[metropole]\nname = Métropole VERTE\ncalendar = bureau\ndesk = proximite\nunsorted = a-qualifier\n"
	"[calendar:bureau]\nname = Bureaux\nmonday = " OFFICE_DAY "tuesday = " OFFICE_DAY "wednesday = " OFFICE_DAY
	"thursday = " OFFICE_DAY "friday = " OFFICE_DAY "saturday = \"\"\nsunday = \"\"\n"
	"[calendar:astreinte]\nname = Astreinte\nmonday = " WHOLE_DAY "tuesday = " WHOLE_DAY "wednesday = " WHOLE_DAY
	"thursday = " WHOLE_DAY "friday = " WHOLE_DAY "saturday = " WHOLE_DAY "sunday = " WHOLE_DAY "holidays = open\n"
	"[service:proximite]\nname = Service de Proximité\ncalendar = bureau\n"
	"[service:voirie]\nname = Voirie\ncalendar = bureau\non_call_calendar = astreinte\non_call_phone = 01 23 45 67 80\n"
	"[service:nettoyage]\nname = Nettoyage\ncalendar = bureau\n"
	"[body:ville]\nname = Ville centre\nkind = town\nphone = 3975\n"
	"[commune:aigues]\nname = Aigues-sur-Verte\npostcodes = 73010\ntown_hall = ville\n"
	"[commune:bois]\nname = Bois-Joli\npostcodes = 73020\n";

const char fixture_categories_ini[] =
	"[group:voirie]\nname = Voirie\n[group:chaussee]\nname = Chaussée\nparent = voirie\n[group:reseaux]\nname = Réseaux\n"
	"[group:divers]\nname = Divers\n"
	"[defaults:courant]\nacknowledge = 1j\ntake = 4h\ncomplete = 5j\nanswer = 6j\nlegal = 2mois\nsilence = refuses\npriority = 3\n"
	"[category:nid-de-poule]\nname = Nid de poule\ngroup = chaussee\nnature = report\nservice = voirie\ndefaults = courant\n"
	"near_metres = 80\nnear_hours = 720\n"
	"[category:affaissement]\nname = Affaissement\ngroup = chaussee\nnature = report\nservice = voirie\ndefaults = courant\n"
	"near_metres = 80\nnear_hours = 720\n"
	"[category:fuite]\nname = Fuite d'eau\ngroup = reseaux\nnature = report\nservice = voirie\ndefaults = courant\ndanger = yes\n"
	"complete = 2h\npriority = 1\nnear_metres = 300\nnear_hours = 48\n"
	"[category:depot]\nname = Dépôt sauvage\ngroup = divers\nnature = report\nservice = nettoyage\ndefaults = courant\n"
	"complete = 2j\npriority = 4\nexcept.bois = service:voirie\n"
	"[category:horaires]\nname = Horaires\ngroup = divers\nnature = information\nservice = proximite\ndefaults = courant\nshort_path = yes\n"
	"[category:plainte]\nname = Plainte\ngroup = divers\nnature = complaint\nservice = proximite\ndefaults = courant\nretention = 5ans\n"
	"[category:ecole]\nname = École\ngroup = divers\nnature = report\nbody = ville\ndefaults = courant\n"
	"[category:a-qualifier]\nname = À qualifier\ngroup = divers\nnature = report\ndefaults = courant\n";

static const char *const all_services[] = {"*", NULL};
const struct actor fixture_agent = {.login = "marie", .name = "Marie", .roles = ROLE_AGENT};
const struct actor fixture_chief = {.login = "chef",
	.name = "Chef",
	.services = all_services,
	.roles = ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_ADMIN | ROLE_DPO};

void fixture_catalogue(struct catalogue_source *out)
{
	*out = (struct catalogue_source){0};
	catalogue_source_add(out, "metropole.ini", fixture_metropole_ini, strlen(fixture_metropole_ini));
	catalogue_source_add(out, "motifs.ini", fixture_categories_ini, strlen(fixture_categories_ini));
}

static void must(struct store_fixture *f, enum guichet_rc rc)
{
	if (rc == GUICHET_OK)
		return;
	fprintf(stderr, "%s\n", f->err.message);
	abort();
}

static struct store_options options_of(struct store_fixture *f)
{
	return (struct store_options){.clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed)};
}

struct store_fixture *fixture_new(bool exercise)
{
	struct store_fixture *f = guichet_alloc(sizeof *f);
	struct catalogue_source source;
	f->now_ms = paris_instant(day_from_date(2026, 11, 24), 10 * 60);
	f->seed = 20261124;
	const char *base = getenv("TMPDIR");
	snprintf(f->folder, sizeof f->folder, "%s/guichet-XXXXXX", base && strlen(base) < 40 ? base : "/tmp");
	if (!mkdtemp(f->folder))
		abort();
	snprintf(f->path, sizeof f->path, "%s/desk.db", f->folder);
	struct store_options options = options_of(f);
	fixture_catalogue(&source);
	must(f, store_create(f->path, &source, exercise, &options, &f->err));
	catalogue_source_done(&source);
	must(f, store_open(f->path, &options, &f->store, &f->err));
	return f;
}

static void remove_folder(const char *folder)
{
	DIR *d = opendir(folder);
	char path[512];
	for (struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) {
			snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
			unlink(path);
		}
	if (d)
		closedir(d);
	rmdir(folder);
}

void fixture_free(struct store_fixture **f)
{
	if (!*f)
		return;
	store_close(&(*f)->store);
	remove_folder((*f)->folder);
	free(*f);
	*f = NULL;
}

int fixture_setup(void **state)
{
	*state = fixture_new(false);
	return 0;
}

int fixture_teardown(void **state)
{
	struct store_fixture *f = *state;
	fixture_free(&f);
	return 0;
}

void fixture_reopen(struct store_fixture *f)
{
	struct store_options options = options_of(f);
	store_close(&f->store);
	must(f, store_open(f->path, &options, &f->store, &f->err));
}

void fixture_path(const struct store_fixture *f, const char *name, char out[160])
{
	snprintf(out, 160, "%s/%s", f->folder, name);
}

int64_t fixture_log(struct store_fixture *f, const struct call *call, int64_t *row)
{
	struct call c = *call;
	struct logged l;
	if (!c.channel)
		c.channel = "phone";
	if (desk_log(f->store, &fixture_agent, &c, NULL, &l, &f->err) != GUICHET_OK)
		fail_msg("log refused: %s", f->err.message);
	int64_t reference = l.reference;
	if (row)
		*row = l.row_id;
	logged_done(&l);
	return reference;
}

void fixture_step(struct store_fixture *f, int64_t reference, enum step step, struct step_args *args)
{
	if (desk_step(f->store, &fixture_chief, reference, step, args, NULL, &f->err) != GUICHET_OK)
		fail_msg("step refused: %s", f->err.message);
}
