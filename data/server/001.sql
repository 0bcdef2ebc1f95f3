-- SPDX-License-Identifier: GPL-3.0-or-later
-- The server's schema 1, for SQLite and PostgreSQL. Instants are UTC milliseconds. `op` is the truth; `item` is a projection of it.
CREATE TABLE head(one BIGINT PRIMARY KEY, schema_version BIGINT NOT NULL, identity TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
	chain BLOB NOT NULL, epoch_seq BIGINT NOT NULL, epoch_chain BLOB NOT NULL, -- where the epoch began: up to there it is the journal of the one before
	backup_seq BIGINT NOT NULL, next_serial BIGINT NOT NULL);
CREATE TABLE op(seq BIGINT PRIMARY KEY, device BIGINT NOT NULL, dseq BIGINT NOT NULL, subject_device BIGINT NOT NULL, subject_dseq BIGINT NOT NULL,
	kind TEXT NOT NULL, v BIGINT NOT NULL, actor TEXT NOT NULL, wall_ms BIGINT NOT NULL, recv_ms BIGINT NOT NULL, pushed_by BIGINT NOT NULL,
	account TEXT, facts TEXT NOT NULL, personal TEXT, base TEXT, salt BLOB, hash BLOB NOT NULL, chain BLOB NOT NULL,
	parked TEXT,                    -- why nobody folds it; NULL: it counts
	was TEXT, now TEXT,             -- its services (item.service) before and after, of a request; NULL: none
	settles BIGINT,                 -- seq of the parked operation that this row applies; its payload is there
	late BIGINT NOT NULL);          -- 1: its request had ended before: desks that let it go get it whole
CREATE UNIQUE INDEX op_id ON op(device, dseq) WHERE settles IS NULL;
CREATE INDEX op_subject ON op(subject_device, subject_dseq, seq);
CREATE INDEX op_parked ON op(seq) WHERE parked IS NOT NULL;
CREATE INDEX op_settles ON op(settles) WHERE settles IS NOT NULL;
-- What exists, and who may see it. `service`: two of them, with a space between, while two routes are in conflict.
CREATE TABLE item(device BIGINT NOT NULL, dseq BIGINT NOT NULL, subject BIGINT NOT NULL, service TEXT, reference BIGINT, requester_device BIGINT,
	requester_dseq BIGINT, open BIGINT NOT NULL, closed_ms BIGINT, seq BIGINT NOT NULL, erased BIGINT NOT NULL, PRIMARY KEY(device, dseq));
CREATE INDEX item_reference ON item(reference) WHERE reference IS NOT NULL;
CREATE INDEX item_requester ON item(requester_device, requester_dseq) WHERE requester_device IS NOT NULL;
CREATE INDEX item_open ON item(service, open, closed_ms) WHERE subject = 0;
CREATE INDEX item_bulletin ON item(device, dseq) WHERE subject = 3;
-- What ended requests are found by: hashes of words, by the operation in which they stand; written behind the journal, up to word_head.
CREATE TABLE word(hash BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY(hash, seq)) WITHOUT ROWID;
CREATE TABLE word_head(one BIGINT PRIMARY KEY, seq BIGINT NOT NULL);
INSERT INTO word_head(one, seq) VALUES(1, 0);
-- Ids whose personal data is gone for good; kept outside of backups too, and replayed after a restore.
CREATE TABLE erased(device BIGINT NOT NULL, dseq BIGINT NOT NULL, seq BIGINT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY(device, dseq));
CREATE INDEX erased_seq ON erased(seq);
CREATE INDEX erased_untold ON erased(device, dseq) WHERE seq = 0;

-- Desks. `id` is the device number in operations; tokens only as SHA-256.
CREATE TABLE device(id BIGINT PRIMARY KEY, token BLOB NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, services TEXT NOT NULL,
	enrolled_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, revoked_ms BIGINT, version TEXT NOT NULL, encrypted BIGINT NOT NULL, cursor_seq BIGINT NOT NULL,
	scope_version BIGINT NOT NULL, retired BIGINT NOT NULL,
	differs BIGINT NOT NULL DEFAULT 0, differs_ms BIGINT NOT NULL DEFAULT 0); -- how often its scope hash differed; when last
CREATE TABLE enrol_code(code BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, services TEXT NOT NULL, until_ms BIGINT NOT NULL, uses BIGINT NOT NULL);
-- Blocks of serials, each lent once and for ever.
CREATE TABLE serial_block(first BIGINT PRIMARY KEY, device BIGINT NOT NULL, lent_ms BIGINT NOT NULL);
-- People. `password` is libsodium's Argon2id string; NULL: the system's (PAM).
CREATE TABLE account(login TEXT PRIMARY KEY, name TEXT NOT NULL, password TEXT, roles TEXT NOT NULL, services TEXT NOT NULL, disabled BIGINT NOT NULL,
	failed BIGINT NOT NULL, failed_ms BIGINT NOT NULL);
CREATE TABLE session(family BLOB PRIMARY KEY, login TEXT NOT NULL, device BIGINT NOT NULL, access BLOB NOT NULL UNIQUE, access_until_ms BIGINT NOT NULL,
	refresh BLOB NOT NULL, refresh_before BLOB, refreshed_ms BIGINT NOT NULL, started_ms BIGINT NOT NULL, revoked BIGINT NOT NULL);
-- What an account was when it last signed in on a desk: its operations made there are judged by that.
CREATE TABLE device_account(device BIGINT NOT NULL, login TEXT NOT NULL, roles TEXT NOT NULL, services TEXT NOT NULL, signed_ms BIGINT NOT NULL,
	PRIMARY KEY(device, login));
-- Wrong tries under logins that nobody has, by a hash of the login: they wait as accounts do.
CREATE TABLE attempt(bucket BIGINT PRIMARY KEY, failed BIGINT NOT NULL, failed_ms BIGINT NOT NULL);
CREATE INDEX session_refresh ON session(refresh);
CREATE INDEX session_before ON session(refresh_before) WHERE refresh_before IS NOT NULL;

-- Files, in pieces of 256 KiB: each is written in a transaction of its own, and the row here with the last one: until then there is no such file.
CREATE TABLE blob_store(sha256 TEXT PRIMARY KEY, bytes BIGINT NOT NULL, device BIGINT NOT NULL);
CREATE TABLE blob_part(sha256 TEXT NOT NULL, n BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY(sha256, n));
-- Pieces that belong to no file: since when it is being brought, or 0, erased.
CREATE TABLE blob_loose(sha256 TEXT PRIMARY KEY, since_ms BIGINT NOT NULL);
CREATE TABLE blob_use(sha256 TEXT NOT NULL, subject_device BIGINT NOT NULL, subject_dseq BIGINT NOT NULL, PRIMARY KEY(sha256, subject_device, subject_dseq));
-- Calls and mails, and the requests that they are about.
CREATE TABLE contact_use(device BIGINT NOT NULL, dseq BIGINT NOT NULL, request_device BIGINT NOT NULL, request_dseq BIGINT NOT NULL,
	PRIMARY KEY(device, dseq, request_device, request_dseq));
CREATE INDEX contact_request ON contact_use(request_device, request_dseq);
-- Whom a call or a mail names; and people of whom somebody said that they are one, both ways.
CREATE TABLE contact_person(device BIGINT NOT NULL, dseq BIGINT NOT NULL, contact_device BIGINT NOT NULL, contact_dseq BIGINT NOT NULL,
	PRIMARY KEY(device, dseq, contact_device, contact_dseq));
CREATE TABLE person_same(device BIGINT NOT NULL, dseq BIGINT NOT NULL, other_device BIGINT NOT NULL, other_dseq BIGINT NOT NULL,
	PRIMARY KEY(device, dseq, other_device, other_dseq));
-- A purge that was begun and not ended: what for, by whose visa, how many requests it was to take.
CREATE TABLE purge_order(one BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, visa TEXT NOT NULL, total BIGINT NOT NULL);
CREATE TABLE catalogue(hash TEXT PRIMARY KEY, applied_ms BIGINT NOT NULL, packed BLOB NOT NULL);
-- Who looked at or changed what, each line chained to the one before (audit.c); `first_*`: the last line that has aged.
CREATE TABLE audit(id BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, who TEXT NOT NULL, device BIGINT NOT NULL, what TEXT NOT NULL, subject TEXT, seq BIGINT NOT NULL,
	chain BLOB NOT NULL);
CREATE UNIQUE INDEX audit_seq ON audit(seq);
CREATE TABLE audit_head(one BIGINT PRIMARY KEY, seq BIGINT NOT NULL, chain BLOB, first_seq BIGINT NOT NULL, first_chain BLOB);
INSERT INTO audit_head(one, seq, first_seq) VALUES(1, 0, 0);
