-- SPDX-License-Identifier: GPL-3.0-or-later
-- Schema 2. A call that is logged rewrites few pages: indexes that others can stand in for are gone, and what it is searched by is written later
-- (src/store/settle.c).

-- A subject's first operation has its number.
DROP INDEX op_subject;
CREATE INDEX op_subject ON op(subject) WHERE subject <> id;

-- One index lists a service's open requests by due date and holds all that figures count of them.
DROP INDEX request_open_figures;
DROP INDEX request_open_service;
CREATE INDEX request_open_service ON request(service, due_answer, id, commune, nature, category, channel, status, paused, risk_ms, received_ms)
	WHERE open = 1;

-- Subjects up to this operation have been added to the search index, the words of names and streets, and learned routing; later ones wait.
INSERT OR REPLACE INTO meta(key, value) SELECT 'settled', CAST(coalesce(max(id), 0) AS TEXT) FROM op;
