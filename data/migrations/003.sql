-- SPDX-License-Identifier: GPL-3.0-or-later
-- Schema 3. A desk may follow a central server (src/store/replica.c).

-- 1: the server took it, and nobody folds it until it is settled.
ALTER TABLE op ADD COLUMN parked INTEGER;
-- Why, the server's code; 'aside': a supervisor set it aside.
ALTER TABLE op ADD COLUMN why TEXT;
-- 1: two wrote one of its fields, neither knowing of the other. NULL: nobody did.
ALTER TABLE request ADD COLUMN conflict INTEGER;
-- own: this store has written under that number. acked: its operations up to here have a seq; later ones wait to be sent.
ALTER TABLE device ADD COLUMN own INTEGER NOT NULL DEFAULT 1;
ALTER TABLE device ADD COLUMN acked INTEGER NOT NULL DEFAULT 0;
-- Who was merged with whom is the last word said of it, on whatever record: there are few.
CREATE INDEX op_merge ON op(id) WHERE kind IN ('requester-merge', 'requester-split');
CREATE INDEX op_parked ON op(id) WHERE parked = 1;
-- Who signed in on this desk: what the server said of the account, and Argon2id of the password for when the server can't be asked.
CREATE TABLE agent(login TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, services TEXT NOT NULL, verifier TEXT, online_ms INTEGER NOT NULL,
	refresh TEXT, access TEXT, access_until_ms INTEGER) WITHOUT ROWID;
-- sent: 0 waits to be sent to the server; 1 the server has it; 2 the server refused it.
ALTER TABLE blob ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blob_unsent ON blob(sha256) WHERE sent = 0;
-- Messages that are still in a mailbox that this machine reads (src/store/mailbox.c). state: 1 being read, 2 stored, 3 left where it is.
CREATE TABLE mailbox(box TEXT NOT NULL, uid INTEGER NOT NULL, validity INTEGER NOT NULL, state INTEGER NOT NULL, tries INTEGER NOT NULL,
	PRIMARY KEY(box, uid)) WITHOUT ROWID;
-- Messages that this machine tried to send and that no delivery speaks of yet (src/store/outbox.c). target: an operation's id as text.
CREATE TABLE outbox(target TEXT NOT NULL, purpose TEXT NOT NULL, level INTEGER NOT NULL, token TEXT NOT NULL, begun INTEGER NOT NULL, again INTEGER NOT NULL,
	tries INTEGER NOT NULL, code INTEGER NOT NULL, first_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, PRIMARY KEY(target, purpose, level)) WITHOUT ROWID;
-- Automatic messages of the last 24 hours, by a hash of the address.
CREATE TABLE outbox_automatic(address TEXT NOT NULL, at_ms INTEGER NOT NULL);
CREATE INDEX outbox_automatic_address ON outbox_automatic(address, at_ms);
-- Which operations name files? Does another one still need this blob?
DROP INDEX op_attach;
CREATE INDEX op_files ON op(id) WHERE kind IN ('attach', 'mail', 'delivery');
-- Projection: what goes out of a request. state NULL: owed since at_ms; else what became of it then (core/correspondence.h). target: an operation's local id.
CREATE TABLE outgoing(request INTEGER NOT NULL, target INTEGER NOT NULL, purpose INTEGER NOT NULL, level INTEGER NOT NULL, channel TEXT, state TEXT,
	at_ms INTEGER NOT NULL, token TEXT, PRIMARY KEY(request, target, purpose, level)) WITHOUT ROWID;
CREATE INDEX outgoing_owed ON outgoing(channel, at_ms, request) WHERE state IS NULL;
CREATE INDEX outgoing_gone ON outgoing(at_ms, request) WHERE state IS NOT NULL;
CREATE INDEX outgoing_token ON outgoing(token) WHERE token IS NOT NULL;
-- Projection: mails that came. message: a hash that finds doubles; request: local id of the operation that made the request.
CREATE TABLE mail(id INTEGER PRIMARY KEY, message TEXT NOT NULL, sort INTEGER NOT NULL, at_ms INTEGER NOT NULL, request INTEGER);
CREATE INDEX mail_message ON mail(message);
CREATE INDEX mail_at ON mail(at_ms, id, sort);
CREATE INDEX mail_quarantined ON mail(at_ms) WHERE sort = 4;
-- People whose last request was blanked when its retention was over (src/store/purge.c): looked at when the requests are done.
CREATE TABLE purge_person(id INTEGER PRIMARY KEY);
-- How often did this person write lately?
CREATE INDEX contact_email ON contact(requester, start_ms) WHERE channel = 'email';
