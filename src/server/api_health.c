// SPDX-License-Identifier: GPL-3.0-or-later
/* Is the server there, and can it serve. */
#include "api_inside.h"

enum api_next health_begin(struct api *a, struct db *read, struct api_call *c)
{
	(void)a;
	(void)read;
	api_json(c, 200, json_pack("{s:s}", "status", "ok"));
	return API_DONE;
}

enum api_next ready_begin(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct ledger_head head;
	(void)a;
	if (ledger_head(read, &head, &err))
		api_problem(c, 503, "not-ready", true, _("la base de données ne répond pas"));
	else
		api_json(c, 200, json_pack("{s:s, s:I, s:I}", "status", "ready", "epoch", (json_int_t)head.epoch, "seq", (json_int_t)head.seq));
	return API_DONE;
}
