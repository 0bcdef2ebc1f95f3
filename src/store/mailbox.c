// SPDX-License-Identifier: GPL-3.0-or-later
/* See mailbox.h. */
#include "guichet/store/mailbox.h"

#include "internal.h"

enum guichet_rc mailbox_open(struct store *s, const char *box, uint32_t validity, struct guichet_err *err)
{
	if (!sql_value(s, 0, "SELECT 1 FROM mailbox WHERE box = ?1 AND validity <> ?2", "ti", box, (int64_t)validity))
		return GUICHET_OK;
	return sql_run(s, err, "DELETE FROM mailbox WHERE box = ?1 AND validity <> ?2", "ti", box, (int64_t)validity);
}

void mailbox_get(struct store *s, const char *box, uint32_t uid, struct mailbox_message *out)
{
	int64_t both = sql_value(s, 0, "SELECT state * 1000 + min(tries, 999) FROM mailbox WHERE box = ?1 AND uid = ?2",
		"ti", box, (int64_t)uid);
	*out = (struct mailbox_message){.state = (enum mailbox_state)(both / 1000), .tries = (int)(both % 1000)};
}

enum guichet_rc mailbox_put(struct store *s, const char *box, uint32_t validity, uint32_t uid,
	const struct mailbox_message *m, struct guichet_err *err)
{
	return sql_run(s, err,
		"INSERT OR REPLACE INTO mailbox(box, uid, validity, state, tries) VALUES(?1, ?2, ?3, ?4, ?5)", "tiiii", box,
		(int64_t)uid, (int64_t)validity, (int64_t)m->state, (int64_t)m->tries);
}

enum guichet_rc mailbox_forget(struct store *s, const char *box, uint32_t uid, struct guichet_err *err)
{
	return sql_run(s, err, "DELETE FROM mailbox WHERE box = ?1 AND uid = ?2", "ti", box, (int64_t)uid);
}
