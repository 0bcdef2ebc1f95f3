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
