// SPDX-License-Identifier: GPL-3.0-or-later
/* Moving a server's database from SQLite to PostgreSQL and back: everything, once, also when it was interrupted, and never over something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <getopt.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/server/daemon.h"
#include "guichet/server/ledger.h"
#include "server_fixture.h"

enum { DESK = 100, REQUESTS = 900 };

/* --- what is moved --- */

static void add(struct op *op, uint64_t dseq, struct op_id subject)
{
	uint8_t salt[OP_SALT] = { (uint8_t)dseq, (uint8_t)(dseq >> 8) };
	op->id = (struct op_id){ DESK, dseq };
	op->subject = op_id_is_none(subject) ? op->id : subject;
	assert_int_equal(op_seal(op, salt, NULL), GUICHET_OK);
}

static void push_some(struct server_fixture *f, uint64_t first, size_t count)
{
	struct op *ops = guichet_alloc(count * sizeof *ops);
	struct push_result *results = guichet_alloc(count * sizeof *results);
	for (size_t i = 0; i < count; i++) {
		bool note = (first + i) % 3 == 0;
		op_init(&ops[i], note ? OP_NOTE : OP_CREATE, (struct op_id){ 0, 0 }, "s.martin", 1795000000000);
		if (note) {
			op_personal_text(&ops[i], "text", "Rappeler Mme Lefèvre");
		} else {
			op_write_text(&ops[i], NULL, FIELD_STATUS, "new");
			op_write_text(&ops[i], NULL, FIELD_SERVICE, "voirie");
			op_fact_int(&ops[i], "reference", 2000000000 + (int64_t)(first + i));
			op_personal_text(&ops[i], "subject", "Nid de poule, l'été dernier");
		}
		add(&ops[i], first + i, note ? (struct op_id){ DESK, first + i - 1 } : (struct op_id){ 0, 0 });
	}
	struct push p = { .who = { .device = DESK, .roles = 1u << 0 | 1u << 1 | 1u << 2, .scope = { .all = true } }, .ops = ops, .count = count, .results = results };
	struct push *list = &p;
	struct ledger_head head;
	assert_int_equal(db_begin(f->db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_lock(f->db, &list, 1, &head, &f->err), GUICHET_OK);
	assert_int_equal(ledger_check(f->db, &p, &f->err), GUICHET_OK);
	assert_int_equal(p.verdict, PUSH_TAKEN);
	assert_int_equal(ledger_write(f->db, &head, &list, 1, 1795000005000, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(f->db, &f->err), GUICHET_OK);
	for (size_t i = 0; i < count; i++)
		op_done(&ops[i]);
	free(ops);
	free(results);
}

/* Something in every table. */
static void fill(struct server_fixture *f)
{
	static const uint8_t bytes[] = { 0, 1, 2, 0, 255 };
	struct db *db = f->db;
	for (uint64_t i = 0; i < REQUESTS / 150; i++)
		push_some(f, 1 + i * 150, 150);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO device(" "id, token, name, role, services, enrolled_ms, seen_ms, revoked_ms, version, encrypted, cursor_seq, "
		"scope_version, retired) VALUES(100, ?1, 'Accueil « é »', 'agent', '*', 1, 2, NULL, '0.1.0', 1, 7, 1, 0)", "b", (const void *)bytes, sizeof bytes), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'x', 'agent', '*', 5, 1)", "b",
		(const void *)bytes, sizeof bytes), GUICHET_OK);
	for (int i = 0; i < 3; i++) {
		static const char *const logins[] = { "Zoé", "a.martin", "é.ole" };
		assert_int_equal(db_run(db, &f->err, "INSERT INTO account(login, name, password, roles, services, disabled, failed, failed_ms) VALUES(?1, ?1, NULL, 'agent', "
			"'*', 0, 0, 0)", "t", logins[i]), GUICHET_OK);
		assert_int_equal(db_run(db, &f->err, "INSERT INTO device_account(device, login, roles, services, signed_ms) VALUES(100, ?1, 'agent', '*', 5)", "t", logins[i]),
			GUICHET_OK);
	}
	assert_int_equal(db_run(db, &f->err, "INSERT INTO session(family, login, device, access, access_until_ms, refresh, refresh_before, refreshed_ms, started_ms, revoked) "
		"VALUES(?1, 'Zoé', 100, ?1, 9, ?1, NULL, 8, 7, 0)", "b", (const void *)bytes, sizeof bytes), GUICHET_OK);
	for (int i = 0; i < 9; i++) {
		char sha[65];
		snprintf(sha, sizeof sha, "%064x", i * 7919);
		assert_int_equal(db_run(db, &f->err, "INSERT INTO blob_store(sha256, bytes, device) VALUES(?1, 5, 100)", "t", sha), GUICHET_OK);
		assert_int_equal(db_run(db, &f->err, "INSERT INTO blob_part(sha256, n, data) VALUES(?1, ?2, ?3)", "tib", sha, (int64_t)i, (const void *)bytes, sizeof bytes),
			GUICHET_OK);
		assert_int_equal(db_run(db, &f->err, "INSERT INTO blob_use(sha256, subject_device, subject_dseq) VALUES(?1, 100, ?2)", "ti", sha, (int64_t)i + 1), GUICHET_OK);
	}
	assert_int_equal(db_run(db, &f->err, "INSERT INTO blob_loose(sha256, since_ms) VALUES('e', 3)", ""), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO catalogue(hash, applied_ms, packed) VALUES('abc', 1, ?1)", "b", (const void *)bytes, sizeof bytes), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO contact_person(device, dseq, contact_device, contact_dseq) VALUES(100, 1, 100, 3)", ""), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO person_same(device, dseq, other_device, other_dseq) VALUES(100, 1, 100, 2)", ""), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO contact_use(device, dseq, request_device, request_dseq) VALUES(100, 3, 100, 1)", ""), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO purge_order(one, at_ms, visa, total) VALUES(1, 2, 'AD 7', 3)", ""), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO audit(id, at_ms, who, device, what, subject, seq, chain) VALUES(1, 2, 'Zoé', 100, 'look', NULL, 1, ?1)", "b", (const void *)bytes, sizeof bytes), GUICHET_OK);
	assert_int_equal(db_run(db, &f->err, "INSERT INTO attempt(bucket, failed, failed_ms) VALUES(3, 2, 1)", ""), GUICHET_OK);
	int64_t first;
	size_t lent;
	assert_int_equal(ledger_lend(db, DESK, 1, 5, &first, &lent, &f->err), GUICHET_OK);
	assert_int_equal(db_begin(db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_erase(db, (struct op_id){ DESK, 4 }, "dpo", 1795000006000, f->random, &f->err), GUICHET_OK);
	assert_int_equal(db_commit(db, &f->err), GUICHET_OK);
	assert_int_equal(ledger_restored(db, &f->err), GUICHET_OK);
}

/* --- moving --- */

/* The program itself, with these words; its exit status. */
static int guichetd(char *const *words)
{
	int status, count = 0;
	while (words[count])
		count++;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		if (!getenv("MIGRATE_SPEAKS"))
			dup2(null, 2);
		optind = 0;
		_exit(guichetd_main(count, (char **)(uintptr_t)words));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int migrate(const char *from_option, const char *from, const char *to_option, const char *to)
{
	char *words[] = { (char *)(uintptr_t)"guichetd", (char *)(uintptr_t)from_option, (char *)(uintptr_t)from, (char *)(uintptr_t)"admin", (char *)(uintptr_t)"migrate",
		(char *)(uintptr_t)to_option, (char *)(uintptr_t)to, NULL };
	return guichetd(words);
}

/* Every row of every table, as text, read by SQLite alone: what the program forgot to move is missed here. */
static char *dump(const char *path)
{
	struct text out = TEXT_INIT, ask = TEXT_INIT;
	sqlite3 *db;
	sqlite3_stmt *tables, *rows;
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	/* Words are read out of the journal again, wherever it lies. */
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('word', 'word_head') ORDER BY name", -1, &tables, NULL), SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW) {
		text_clear(&ask);
		text_add(&ask, "SELECT * FROM ");
		text_add(&ask, (const char *)sqlite3_column_text(tables, 0));
		text_add(&ask, " ORDER BY 1, 2");
		assert_int_equal(sqlite3_prepare_v2(db, text_str(&ask), -1, &rows, NULL), SQLITE_OK);
		size_t before = out.len;
		while (sqlite3_step(rows) == SQLITE_ROW) {
			text_addf(&out, "%s:", sqlite3_column_text(tables, 0));
			for (int i = 0; i < sqlite3_column_count(rows); i++) {
				const unsigned char *bytes = sqlite3_column_blob(rows, i);
				text_addf(&out, " %d ", sqlite3_column_type(rows, i));
				for (int k = 0; k < sqlite3_column_bytes(rows, i); k++)
					text_addf(&out, "%02x", bytes[k]);
			}
			text_addc(&out, '\n');
		}
		/* A table that came into the schema since must be filled here, or nobody would see that it is left behind. */
		if (out.len == before)
			fail_msg("nothing is in table %s", sqlite3_column_text(tables, 0));
		sqlite3_finalize(rows);
	}
	sqlite3_finalize(tables);
	sqlite3_close(db);
	text_done(&ask);
	return text_take(&out);
}

static void copy_path(const struct server_fixture *f, const char *name, char *out, size_t room)
{
	snprintf(out, room, "%s/%s", f->folder, name);
}

static void drop(const struct server_fixture *f, const char *name)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	char path[288];
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%s%s", f->folder, name, suffixes[i]);
		unlink(path);
	}
}

static struct server_fixture *there;  /* on PostgreSQL, or with no database */

static int set_up(void **state)
{
	void *other = NULL;
	if (server_fixture_postgres(&other))
		return -1;
	there = other;
	return server_fixture_sqlite(state);
}

static int tear_down(void **state)
{
	struct server_fixture *f = *state;
	void *other = there;
	drop(f, "back.db");
	drop(f, "other.db");
	char path[288];
	snprintf(path, sizeof path, "%s.lock", f->path);
	unlink(path);
	server_fixture_done(&other);
	return server_fixture_done(state);
}

static void empty_there(void)
{
	server_fixture_needs(there);
	assert_int_equal(db_script(there->db, "DO $$ BEGIN EXECUTE 'DROP SCHEMA ' || current_schema() || ' CASCADE; CREATE SCHEMA ' || current_schema(); END $$", &there->err),
		GUICHET_OK);
	db_close(&there->db);
	assert_int_equal(db_open(&(struct db_options){ .postgres = there->path }, &there->db, &there->err), GUICHET_OK);
}

/* Protects: all of it goes there and back, byte for byte; nothing is written over. */
static void there_and_back(void **state)
{
	struct server_fixture *f = *state;
	char back[288];
	empty_there();
	fill(f);
	db_close(&f->db);
	char *before = dump(f->path);
	assert_int_equal(migrate("--store", f->path, "--to-postgres", there->path), 0);
	char *after = dump(f->path);
	assert_string_equal(before, after);
	free(after);
	assert_int_equal(migrate("--store", f->path, "--to-postgres", there->path), GUICHET_REFUSED);
	copy_path(f, "back.db", back, sizeof back);
	assert_int_equal(migrate("--postgres", there->path, "--to-sqlite", back), 0);
	after = dump(back);
	assert_string_equal(before, after);
	free(after);
	assert_int_equal(migrate("--postgres", there->path, "--to-sqlite", f->path), GUICHET_REFUSED);
	after = dump(f->path);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* Protects: a desk goes on where it was, in the same epoch. */
static void desks_do_not_notice(void **state)
{
	struct server_fixture *f = *state;
	struct ledger_head head;
	empty_there();
	fill(f);
	struct pull p = { .scope = { .all = true }, .device = DESK, .max_items = 100, .max_bytes = 1 << 20 };
	assert_int_equal(ledger_pull(f->db, &p, &f->err), GUICHET_OK);
	struct wire_cursor at = p.to;
	json_decref(p.items);
	db_close(&f->db);
	assert_int_equal(migrate("--store", f->path, "--to-postgres", there->path), 0);
	assert_int_equal(ledger_prepare(there->db, there->random, &there->err), GUICHET_OK);
	p = (struct pull){ .scope = { .all = true }, .device = DESK, .max_items = 100, .max_bytes = 1 << 20, .from = at };
	assert_int_equal(ledger_pull(there->db, &p, &there->err), GUICHET_OK);
	assert_int_equal(p.verdict, PULL_FINE);
	assert_int_equal(json_array_size(p.items), 100);
	json_decref(p.items);
	assert_int_equal(ledger_head(there->db, &head, &there->err), GUICHET_OK);
	assert_int_equal(head.epoch, 2);
	push_some(there, REQUESTS + 1, 2);
}

/* Protects: a move that was interrupted is no server's database, and ends right when it is asked for again, although somebody was erased meanwhile. */
static void goes_on(void **state)
{
	struct server_fixture *f = *state;
	char back[288];
	empty_there();
	fill(f);
	db_close(&f->db);
	assert_int_equal(migrate("--store", f->path, "--to-postgres", there->path), 0);
	/* As it stands in the middle: no head, some rows not there, some there no longer as they were. */
	assert_int_equal(db_script(there->db, "CREATE TABLE moving(identity TEXT PRIMARY KEY); INSERT INTO moving SELECT identity FROM head; DELETE FROM head; DELETE FROM op WHERE "
		"seq > 400; DELETE FROM item WHERE dseq % 5 = 0; UPDATE op SET personal = 'ancien' WHERE seq = 7; INSERT INTO serial_block VALUES(1, 2, 3)", &there->err), GUICHET_OK);
	assert_int_not_equal(ledger_prepare(there->db, there->random, &there->err), GUICHET_OK);
	assert_int_equal(migrate("--store", f->path, "--to-postgres", there->path), 0);
	copy_path(f, "back.db", back, sizeof back);
	assert_int_equal(migrate("--postgres", there->path, "--to-sqlite", back), 0);
	char *before = dump(f->path), *after = dump(back);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* Protects: a journal that does not follow itself is not put into service. */
static void a_broken_chain_is_seen(void **state)
{
	struct server_fixture *f = *state;
	char other[288];
	fill(f);
	assert_int_equal(db_run(f->db, &f->err, "UPDATE op SET hash = zeroblob(32) WHERE seq = 12", ""), GUICHET_OK);
	db_close(&f->db);
	copy_path(f, "other.db", other, sizeof other);
	assert_int_equal(migrate("--store", f->path, "--to-sqlite", other), GUICHET_DATA);
	struct db *db;
	assert_int_equal(db_open(&(struct db_options){ .sqlite = other }, &db, &f->err), GUICHET_OK);
	assert_int_not_equal(ledger_prepare(db, f->random, &f->err), GUICHET_OK);
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(desks_do_not_notice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_chain_is_seen, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, server_fixture_group, server_fixture_group_done);
}
