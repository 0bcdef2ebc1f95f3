// SPDX-License-Identifier: GPL-3.0-or-later
/* Files of the journal: photos and papers by their SHA-256, in pieces. A file is there with its row of blob_store, which is written with its last piece. */
#ifndef GUICHET_SERVER_LEDGER_FILES_H
#define GUICHET_SERVER_LEDGER_FILES_H

#include "guichet/server/ledger.h"

enum { FILE_PIECE = 256 * 1024 /* what is stored has it in its numbers: for ever */, FILE_PIECES_AT_ONCE = 16 /* that go in one transaction */ };

/* The n-th piece, FILE_PIECE bytes but the last. Inside a transaction; so is the next. */
enum guichet_rc ledger_file_piece(struct db *db, const char *sha256, int64_t n, const void *data, size_t bytes, int64_t now_ms, struct guichet_err *err);
/* After the last one. GUICHET_LOCKED: pieces of it were taken away meanwhile, it is to be brought again. */
enum guichet_rc ledger_file_end(struct db *db, const char *sha256, int64_t bytes, uint32_t device, struct guichet_err *err);
/* An erasure: nobody finds its files any more, and their pieces are to go; but those that something else has which stands. Inside its transaction. */
enum guichet_rc ledger_loosen_files(struct db *db, struct op_id subject, struct guichet_err *err);
/* Pieces that belong to nothing since before that moment; 1: those of erased files. A few, in a transaction of its own. */
bool ledger_has_loose(struct db *db, int64_t before_ms);
enum guichet_rc ledger_drop_loose(struct db *db, int64_t before_ms, bool *more, struct guichet_err *err);

#endif
