// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever stands in a template: no crash; and one without a mistake is filled, with everything that may be absent absent, and prints no hole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/core/template.h"
#include "guichet/core/typography.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *context, int line, const char *message)
{
	(void)context;
	(void)line;
	(void)message;
}

/* What is never absent from an answer; `all`: what may be, too. */
static struct template_values values(bool all)
{
	static const enum template_field always[] = {TEMPLATE_FIELD_METROPOLE, TEMPLATE_FIELD_DESK, TEMPLATE_FIELD_DATE, TEMPLATE_FIELD_GREETING, TEMPLATE_FIELD_ANSWER,
		TEMPLATE_FIELD_REFERENCE, TEMPLATE_FIELD_SUBJECT, TEMPLATE_FIELD_CATEGORY, TEMPLATE_FIELD_RECEIVED, TEMPLATE_FIELD_CHANNEL, TEMPLATE_FIELD_SERVICE};
	struct template_values v = {.fields = {0}};

	for (unsigned f = 0; all && f < TEMPLATE_FIELD_COUNT; f++)
		v.fields[f] = "{x} \xC2\xAB";
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		v.fields[always[i]] = "un\n\n\ndeux !";
	return v;
}

static void fill(const struct catalogue *c, const char *s, bool all, bool good)
{
	struct template_values v = values(all), each[2] = {values(all), values(!all)};
	struct text out = TEXT_INIT, again = TEXT_INIT;

	v.requests = each;
	v.request_count = 2;
	if (template_fill(c, s, &v, &out, NULL) && good)
		abort();
	typography_french(&again, text_str(&out));
	if (strcmp(text_str(&again), text_str(&out)) != 0 || strstr(text_str(&out), "\n\n\n"))
		abort();
	text_done(&out);
	text_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message_template part = {.code = "p", .name = "p", .use = TEMPLATE_PART, .text = "{si agent}{agent}{fin}"};
	const struct catalogue c = {.templates = &part, .template_count = 1};
	char *s = guichet_strndup((const char *)data, size);
	bool good = template_check(&c, s, TEMPLATE_ANSWER, ignore, NULL) == 0;

	fill(&c, s, false, good);
	fill(&c, s, true, good);
	free(s);
	return 0;
}
