-- SPDX-License-Identifier: GPL-3.0-or-later
-- Schema 1. Instants are UTC milliseconds; NULL: no such date. `op` is the truth; what is marked "projection" is rebuilt from it.
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Devices by a small local number: an operation's local id is device.no << 40 | dseq.
CREATE TABLE device(no INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE);
CREATE TABLE op(
	id INTEGER PRIMARY KEY,
	subject INTEGER NOT NULL,
	seq INTEGER,
	kind TEXT NOT NULL,
	v INTEGER NOT NULL,
	actor TEXT NOT NULL,
	wall_ms INTEGER NOT NULL,
	facts TEXT NOT NULL,
	personal TEXT,
	base TEXT,
	salt BLOB,
	hash BLOB NOT NULL);
CREATE INDEX op_subject ON op(subject);
CREATE INDEX op_attach ON op(id) WHERE kind = 'attach'; -- does another operation still need this blob?
CREATE UNIQUE INDEX op_seq ON op(seq) WHERE seq IS NOT NULL;

CREATE TABLE catalogue(hash BLOB PRIMARY KEY, applied_ms INTEGER NOT NULL, packed BLOB NOT NULL);
-- Services and categories that imports created.
CREATE TABLE local_code(kind TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, path TEXT, service TEXT,
	PRIMARY KEY(kind, code)) WITHOUT ROWID;
CREATE TABLE blob(sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, data BLOB NOT NULL);
-- What is being typed on a screen.
CREATE TABLE draft(id INTEGER PRIMARY KEY AUTOINCREMENT, actor TEXT NOT NULL, fields TEXT NOT NULL, started_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL);
-- Where an interrupted import stands.
CREATE TABLE import_run(file TEXT PRIMARY KEY, map TEXT NOT NULL, byte_offset INTEGER NOT NULL, line INTEGER NOT NULL,
	rows_read INTEGER NOT NULL, taken INTEGER NOT NULL, known INTEGER NOT NULL, rejected INTEGER NOT NULL,
	finished INTEGER NOT NULL, updated_ms INTEGER NOT NULL) WITHOUT ROWID;

-- Projection: one row a request, what lists show. id grows with the time of receipt (seconds << 16).
CREATE TABLE request(
	id INTEGER PRIMARY KEY,
	op INTEGER NOT NULL,
	reference INTEGER NOT NULL,
	status TEXT NOT NULL,
	open INTEGER NOT NULL,
	nature TEXT NOT NULL,
	channel TEXT NOT NULL,
	service TEXT NOT NULL,
	category TEXT NOT NULL,
	commune TEXT,
	assigned TEXT,
	priority INTEGER NOT NULL,
	danger INTEGER NOT NULL,
	untold INTEGER NOT NULL,
	paused INTEGER NOT NULL,     -- 1: waits, in time; 2: waits, was late already
	received_ms INTEGER NOT NULL,
	logged_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	closed_ms INTEGER,
	answered_ms INTEGER,
	due_acknowledge INTEGER,
	due_take INTEGER,
	due_complete INTEGER,
	due_answer INTEGER NOT NULL, -- 9000000000000000: none, sorts last
	due_legal INTEGER,
	risk_ms INTEGER,
	promised_ms INTEGER,
	requester INTEGER,
	parent INTEGER,              -- op id of the parent's create operation
	split_of INTEGER,            -- likewise, of the request that this one is a part of
	source_id TEXT,
	latitude REAL,
	longitude REAL,
	subject TEXT NOT NULL,
	address TEXT,
	area TEXT);
CREATE UNIQUE INDEX request_op ON request(op);
CREATE INDEX request_reference ON request(reference);
CREATE INDEX request_requester ON request(requester, id) WHERE requester IS NOT NULL;
CREATE INDEX request_parent ON request(parent, id) WHERE parent IS NOT NULL;
CREATE INDEX request_split ON request(split_of) WHERE split_of IS NOT NULL;
CREATE UNIQUE INDEX request_source ON request(source_id) WHERE source_id IS NOT NULL;
CREATE INDEX request_open_due ON request(due_answer, id) WHERE open = 1;
CREATE INDEX request_open_service ON request(service, due_answer, id) WHERE open = 1;
CREATE INDEX request_open_assigned ON request(assigned, due_answer, id) WHERE open = 1 AND assigned IS NOT NULL;
CREATE INDEX request_open_figures ON request(service, commune, nature, category, channel, status, paused, due_answer, risk_ms,
	received_ms) WHERE open = 1;
CREATE INDEX request_open ON request(id) WHERE open = 1;
CREATE INDEX request_open_area ON request(id) WHERE open = 1 AND area IS NOT NULL;
CREATE INDEX request_service ON request(service, id);
CREATE INDEX request_category ON request(category, id);
CREATE INDEX request_commune ON request(commune, id);

-- Projection: folded words of each request, and their index.
CREATE TABLE request_text(id INTEGER PRIMARY KEY, words TEXT NOT NULL);
CREATE VIRTUAL TABLE request_fts USING fts5(words, content='request_text', content_rowid='id', detail=none, columnsize=0,
	tokenize='ascii', prefix='2 3 4');
-- Twice the default: a call that is logged alone rewrites fewer pages; idle work merges the rest.
INSERT INTO request_fts(request_fts, rank) VALUES('automerge', 8);
CREATE VIRTUAL TABLE request_vocab USING fts5vocab(request_fts, instance);
-- Projection: words of names and streets with how often each stands, and each with one letter left out: finds one wrong letter.
CREATE TABLE name_word(word TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE name_near(variant TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY(variant, word)) WITHOUT ROWID;

-- Projections: people, contacts, bulletins, what is to be done.
CREATE TABLE requester(id INTEGER PRIMARY KEY, kind TEXT, title TEXT, name TEXT, organisation TEXT, phone TEXT, phone_reversed TEXT,
	email TEXT, postal_address TEXT, language TEXT, relay TEXT, needs TEXT, reply_by TEXT, behalf_of TEXT,
	confidential INTEGER NOT NULL, merged_into INTEGER);
CREATE INDEX requester_phone ON requester(phone_reversed) WHERE phone_reversed IS NOT NULL;
CREATE INDEX requester_email ON requester(email) WHERE email IS NOT NULL;
CREATE INDEX requester_merged ON requester(merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE requester_word(word TEXT NOT NULL, requester INTEGER NOT NULL, PRIMARY KEY(word, requester)) WITHOUT ROWID;
CREATE TABLE contact(id INTEGER PRIMARY KEY, channel TEXT NOT NULL, outcome TEXT NOT NULL, actor TEXT NOT NULL, number TEXT, note TEXT,
	start_ms INTEGER NOT NULL, end_ms INTEGER, outward INTEGER NOT NULL, requester INTEGER);
CREATE INDEX contact_start ON contact(start_ms, channel, outcome);
CREATE TABLE contact_request(contact INTEGER NOT NULL, request INTEGER NOT NULL, PRIMARY KEY(contact, request)) WITHOUT ROWID;
CREATE INDEX contact_request_request ON contact_request(request, contact);
CREATE TABLE bulletin(id INTEGER PRIMARY KEY, text TEXT NOT NULL, say TEXT, area TEXT, actor TEXT NOT NULL, from_ms INTEGER NOT NULL,
	until_ms INTEGER, ended INTEGER NOT NULL, request INTEGER);
CREATE TABLE todo(request INTEGER NOT NULL, kind INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY(request, kind)) WITHOUT ROWID;
CREATE INDEX todo_at ON todo(at_ms);

-- Projections: figures by day, and what routing has taught.
CREATE TABLE figure(service TEXT NOT NULL, commune TEXT NOT NULL, day INTEGER NOT NULL, measure INTEGER NOT NULL, category TEXT NOT NULL,
	nature TEXT NOT NULL, channel TEXT NOT NULL, bin INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY(service, commune, day, measure, category, nature, channel, bin)) WITHOUT ROWID;
-- Sums of whole days and months of it, written when idle (src/store/figures_roll.c). scope -1: this period is summed; 0: all; 1: of the service
-- `part`; 2: of the commune `part`.
CREATE TABLE figure_roll(period INTEGER NOT NULL, scope INTEGER NOT NULL, part TEXT NOT NULL, by INTEGER NOT NULL, value TEXT NOT NULL,
	counts BLOB NOT NULL, PRIMARY KEY(period, scope, part, by, value)) WITHOUT ROWID;
CREATE TABLE learn(feature INTEGER NOT NULL, category TEXT NOT NULL, service TEXT NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY(feature, category, service)) WITHOUT ROWID;
