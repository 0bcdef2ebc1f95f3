// SPDX-License-Identifier: GPL-3.0-or-later
/* Questions to a folded request. */
#include <math.h>

#include "request_inside.h"

static const json_t *shown(const struct request *r, enum request_field f)
{
	return r->fields[f].count > 0 ? r->fields[f].heads[0].value : NULL;
}

const char *request_text(const struct request *r, enum request_field f)
{
	const char *s = json_string_value(shown(r, f));

	return s ? s : "";
}

int64_t request_int(const struct request *r, enum request_field f, int64_t fallback)
{
	const json_t *value = shown(r, f);

	if (json_is_boolean(value))
		return json_is_true(value);
	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

double request_real(const struct request *r, enum request_field f)
{
	const json_t *value = shown(r, f);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

bool request_in_conflict(const struct request *r, enum request_field f)
{
	const struct field_state *s = &r->fields[f];

	for (size_t i = 1; i < s->count; i++)
		if (!s->heads[i].value != !s->heads[0].value ||
			(s->heads[i].value && !json_equal(s->heads[i].value, s->heads[0].value)))
			return true;
	return false;
}

bool request_has_conflict(const struct request *r)
{
	for (int f = 0; f < FIELD_COUNT; f++)
		if (request_in_conflict(r, (enum request_field)f))
			return true;
	return false;
}

bool request_is_anonymous(const struct request *r)
{
	return !*request_text(r, FIELD_REQUESTER);
}

bool request_is_held(const struct request *r)
{
	const struct field_state *s = &r->fields[FIELD_HOLD];

	for (size_t i = 0; i < s->count; i++)
		if (json_is_true(s->heads[i].value))
			return true;
	return false;
}

const struct promise *request_promise(const struct request *r)
{
	return r->promise_count > 0 ? &r->promises[r->promise_count - 1] : NULL;
}

const struct answer *request_answer(const struct request *r)
{
	for (size_t i = r->answer_count; i-- > r->answer_epoch;)
		if (r->answers[i].told && !r->answers[i].bounced)
			return &r->answers[i];
	return NULL;
}

bool request_danger_untold(const struct request *r)
{
	return r->danger_told_count == 0 && request_int(r, FIELD_DANGER, 0);
}

bool request_is_open(const struct request *r)
{
	switch (r->status) {
	case STATUS_ANSWERED:
	case STATUS_DUPLICATE:
		return r->answered_ms == NO_INSTANT;
	case STATUS_REDIRECTED:
		return !r->notice_given && !request_is_anonymous(r);
	case STATUS_CLOSED:
	case STATUS_CANCELLED:
		return false;
	default:
		return true;
	}
}
