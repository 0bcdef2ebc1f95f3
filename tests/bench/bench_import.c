// SPDX-License-Identifier: GPL-3.0-or-later
/* Importing a file of requests, beside bare SQLite's bulk insert of the rows that it gave. BENCH_DIR=FOLDER: where the
 * store is made. Exit 1 when the limit was not kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/exchange/import.h"
#include "stores.h"

enum { IMPORTED = 20000 };

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->message);
	exit(70);
}

static size_t draw(size_t n)
{
	static uint64_t chance = 1;
	uint64_t x = chance += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (size_t)((x ^ x >> 31) % n);
}

static char *path_of(const char *folder, const char *name)
{
	struct text t = TEXT_INIT;
	text_addf(&t, "%s/%s", folder, name);
	return text_take(&t);
}

static const char bench_map[] =
	"[map]\nname = bench\nseparator = comma\ndates = iso\n[fields]\nsource_id = {id}\nsubject = {type}\ndescription = {text}\n"
	"service = {service}\ncategory = {type}\naddress_string = {address}\nlat = {lat}\nlong = {long}\nreceived = {date}\nchannel = {channel}\n"
	"[service]\ncreate = yes\n[category]\ncreate = yes\n[channel]\nphone = phone\ndefault = web\n";

static void write_csv(const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f)
		exit(74);
	fputs("id,type,text,service,address,lat,long,date,channel\n", f);
	for (size_t i = 0; i < IMPORTED; i++)
		fprintf(f,
			"B%zu,Type de motif %zu,\"Signalement numéro %zu : objets abandonnés devant l'immeuble, gêne le passage\",Service %zu,"
			"\"%zu rue des Essais-%zu, 75012 PARIS\",48.%04zu,2.%04zu,20%02zu-%02zu-%02zuT%02zu:%02zu:00,%s\n",
			i, draw(60), i, draw(6), 1 + draw(150), draw(400), draw(10000), draw(10000), 16 + i * 10 / IMPORTED,
			1 + draw(12), 1 + draw(28), draw(24), draw(60), draw(2) ? "phone" : "web");
	fclose(f);
}

static bool measure_import(const char *folder)
{
	struct guichet_err err = {0};
	struct problems problems = {0};
	struct import_map *map = NULL;
	struct import_result result = {0};
	struct samples own = {0}, floor = {0};
	static const struct actor supervisor = {"c.lefevre", "Claire Lefèvre", ROLE_SUPERVISOR, NULL};
	struct import_options options = {.actor = &supervisor};
	char *csv = path_of(folder, "import.csv"), *path = path_of(folder, "import.db"),
		 *copy = path_of(folder, "floor-import.db");
	struct store *s = NULL;
	write_csv(csv);
	stores_make_empty(path);
	if (import_map_parse("bench.ini", bench_map, strlen(bench_map), &map, &problems)) {
		fprintf(stderr, "bench: map: %s\n", problems.count ? problems.items[0].message : "");
		exit(70);
	}
	if (store_open(path, NULL, &s, &err))
		die("import", &err);
	int64_t from = measure_start();
	if (import_file(s, map, csv, &options, &result, &err))
		die("import", &err);
	samples_add(&own, from);
	store_close(&s);
	floor_bulk(path, copy, &floor);
	bool kept = measure_report(
		(size_t)result.counts.taken, "import, all rows (floor: bare bulk insert)", &own, &floor, LIMIT_RATE, 0.5);
	samples_done(&own);
	samples_done(&floor);
	import_result_done(&result);
	import_map_free(&map);
	problems_done(&problems);
	unlink(csv);
	stores_drop(path);
	stores_drop(copy);
	free(csv);
	free(path);
	free(copy);
	return kept;
}

int main(void)
{
	i18n_start("fr");
	char *folder = stores_folder();
	measure_heading();
	bool kept = measure_import(folder);
	rmdir(folder);
	free(folder);
	return !kept;
}
