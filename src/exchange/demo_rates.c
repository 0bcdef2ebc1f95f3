// SPDX-License-Identifier: GPL-3.0-or-later
/* When, by which channel and about what people call: tables measured on a real call centre (see demo_rates.def), and drawing from them. Knows
 * no store. */
#include "demo_inside.h"

#include <math.h>
#include <stdlib.h>

enum { MONTHS = 12, HOURS = 24, CHANNELS = 4 };

/* Requests by weekday (Monday first) and hour, of 100,000. */
static const int by_hour[7][HOURS] = {
	{31, 21, 22, 12, 14, 28, 82, 262, 1007, 1919, 1721, 1839, 1564, 1687, 1704, 1564, 1284, 859, 665, 498, 256, 111, 65,
		63},
	{40, 25, 11, 11, 15, 30, 98, 305, 1170, 2105, 2029, 1820, 1769, 1824, 1778, 1633, 1439, 1049, 762, 615, 371, 146,
		164, 57},
	{32, 28, 21, 7, 22, 28, 119, 339, 1148, 1998, 1888, 1819, 1600, 1721, 1680, 1567, 1238, 955, 743, 513, 325, 121,
		109, 80},
	{53, 32, 23, 16, 15, 40, 91, 356, 1063, 1937, 1892, 1785, 1559, 1588, 1593, 1438, 1221, 872, 698, 518, 290, 135,
		115, 58},
	{41, 32, 16, 16, 11, 26, 82, 238, 851, 1677, 1710, 1718, 1449, 1540, 1512, 1462, 1126, 656, 476, 334, 217, 99, 74,
		52},
	{41, 32, 21, 32, 16, 25, 43, 101, 206, 710, 743, 643, 730, 641, 650, 626, 547, 251, 188, 151, 114, 117, 70, 59},
	{54, 17, 22, 25, 15, 16, 26, 80, 137, 495, 583, 588, 567, 550, 565, 546, 515, 250, 185, 182, 125, 84, 91, 72},
};

/* Of a thousand requests in an hour of a weekday or of the weekend: phone, email, counter, web. Letters are taken from all of them. */
static const int by_channel[2][HOURS][CHANNELS] = {
	{{497, 0, 19, 484}, {670, 0, 80, 250}, {763, 0, 13, 224}, {784, 0, 118, 98}, {823, 0, 65, 113}, {748, 0, 73, 179},
		{554, 3, 73, 370}, {593, 36, 25, 346}, {780, 11, 32, 177}, {844, 18, 39, 99}, {845, 18, 44, 93},
		{829, 35, 47, 88}, {796, 59, 42, 103}, {801, 71, 42, 87}, {793, 62, 48, 97}, {799, 65, 42, 95},
		{792, 40, 35, 133}, {731, 28, 8, 233}, {712, 33, 8, 247}, {665, 52, 19, 263}, {592, 58, 18, 332},
		{414, 4, 30, 552}, {363, 5, 12, 621}, {486, 4, 20, 490}},
	{{558, 0, 104, 338}, {425, 0, 200, 375}, {686, 0, 86, 229}, {630, 0, 239, 130}, {760, 0, 80, 160},
		{697, 0, 30, 273}, {607, 18, 18, 357}, {562, 21, 7, 411}, {550, 11, 7, 432}, {727, 42, 8, 222},
		{723, 58, 7, 212}, {726, 45, 13, 216}, {685, 65, 10, 240}, {714, 43, 6, 238}, {699, 54, 14, 233},
		{681, 80, 6, 232}, {662, 90, 7, 242}, {484, 20, 0, 496}, {384, 3, 0, 613}, {353, 4, 45, 599},
		{492, 10, 78, 420}, {337, 12, 86, 564}, {359, 0, 46, 595}, {434, 0, 113, 453}},
};
static const enum channel channels[CHANNELS] = {CHANNEL_PHONE, CHANNEL_EMAIL, CHANNEL_DESK, CHANNEL_WEB};
static const double share_of_letters = 0.04, share_unsorted = 0.015, holiday_as_sunday = 0.35, storm_days = 0.012;

static const struct {
	const char *code;
	int by_month[MONTHS];
} categories[] = {
#define DEMO_RATE(code, ...) {code, {__VA_ARGS__}},
#include "demo_rates.def"
#undef DEMO_RATE
};
enum { CATEGORIES = sizeof categories / sizeof *categories };

struct rates {
	const struct category *category[CATEGORIES];
	const struct category *unsorted;
	const struct commune **communes;
	double *inhabitants; /* cumulative */
	size_t count, commune_count;
	double cumulative[MONTHS][CATEGORIES];
	int hours[7][HOURS]; /* cumulative */
};

/* --- chance --- */

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

size_t chance_below(struct chance *c, size_t n)
{
	return n ? (size_t)(chance_next(c) % n) : 0;
}
double chance_unit(struct chance *c)
{
	return (double)(chance_next(c) >> 11) / 9007199254740992.0;
}
bool chance_is(struct chance *c, double probability)
{
	return chance_unit(c) < probability;
}
double chance_exponential(struct chance *c, double mean)
{
	return -mean * log(1.0 - chance_unit(c));
}

/* --- tables made ready --- */

static void gather_communes(struct rates *r, const struct catalogue *c)
{
	double sum = 0;
	r->communes = guichet_alloc((c->commune_count + 1) * sizeof *r->communes);
	r->inhabitants = guichet_alloc((c->commune_count + 1) * sizeof *r->inhabitants);
	for (size_t i = 0; i < c->commune_count; i++) {
		sum += c->communes[i].inhabitants > 0 ? c->communes[i].inhabitants : 1;
		r->communes[i] = &c->communes[i];
		r->inhabitants[i] = sum;
	}
	r->commune_count = c->commune_count;
}

struct rates *rates_new(const struct catalogue *c)
{
	struct rates *r = guichet_alloc(sizeof *r);
	r->unsorted = c->unsorted;
	/* A catalogue that lacks some of these is served with what it has. */
	for (size_t i = 0; i < CATEGORIES; i++) {
		const struct category *category = catalogue_category(c, categories[i].code);
		if (!category)
			continue;
		for (int m = 0; m < MONTHS; m++)
			r->cumulative[m][r->count] = (r->count ? r->cumulative[m][r->count - 1] : 0) + categories[i].by_month[m];
		r->category[r->count++] = category;
	}
	for (size_t i = 0; r->count == 0 && i < c->category_count && i < CATEGORIES; i++)
		for (int m = 0; m < MONTHS; m++)
			r->cumulative[m][i] = (double)i + 1, r->category[i] = c->categories[i];
	if (r->count == 0)
		r->count = c->category_count < CATEGORIES ? c->category_count : CATEGORIES;
	for (int d = 0; d < 7; d++)
		for (int h = 0, sum = 0; h < HOURS; h++)
			r->hours[d][h] = sum += by_hour[d][h];
	gather_communes(r, c);
	return r;
}

void rates_free(struct rates **r)
{
	if (*r) {
		free((*r)->communes);
		free((*r)->inhabitants);
	}
	free(*r);
	*r = NULL;
}

/* --- drawing --- */

double rates_day(const struct rates *r, const struct catalogue *c, int32_t day, struct chance *noise)
{
	int year, month, day_of_month, weekday = day_weekday(day);
	day_to_date(day, &year, &month, &day_of_month);
	int32_t first = day_from_date(year, month, 1);
	int32_t next = month == MONTHS ? day_from_date(year + 1, 1, 1) : day_from_date(year, month + 1, 1);
	double weight = r->cumulative[month - 1][r->count - 1] / (double)(next - first) * r->hours[weekday][HOURS - 1];
	if (holiday_name(day, c->calendar && c->calendar->alsace_moselle) && weekday < 5)
		weight *= holiday_as_sunday;
	weight *= 0.85 + 0.3 * chance_unit(noise);
	return chance_is(noise, storm_days) ? weight * 1.7 : weight;
}

int rates_minute(const struct rates *r, int weekday, struct chance *c)
{
	int at = (int)chance_below(c, (size_t)r->hours[weekday][HOURS - 1]), hour = 0;
	while (r->hours[weekday][hour] <= at)
		hour++;
	return hour * 60 + (int)chance_below(c, 60);
}

double rates_elapsed(const struct rates *r, int weekday, int minute)
{
	int hour = minute / 60;
	double before = hour ? r->hours[weekday][hour - 1] : 0, during = r->hours[weekday][hour] - before;
	return (before + during * (minute % 60) / 60.0) / r->hours[weekday][HOURS - 1];
}

enum channel rates_channel(const struct rates *r, int weekday, int hour, struct chance *c)
{
	const int *shares = by_channel[weekday > 4][hour];
	int at = (int)chance_below(c, 1000), i = 0;
	(void)r;
	if (weekday < 5 && chance_is(c, share_of_letters))
		return CHANNEL_POST;
	while (i < CHANNELS - 1 && at >= shares[i])
		at -= shares[i++];
	/* The counter is open in office hours only; a call at night reaches the on-call desk. */
	if (channels[i] == CHANNEL_DESK && (weekday > 4 || hour < 9 || hour > 17))
		return CHANNEL_PHONE;
	return channels[i];
}

static size_t find_cumulative(const double *sums, size_t count, double at)
{
	size_t low = 0, high = count - 1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (sums[middle] > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

const struct category *rates_category(const struct rates *r, int month, struct chance *c)
{
	const double *sums = r->cumulative[month - 1];
	if (r->unsorted && chance_is(c, share_unsorted))
		return r->unsorted;
	return r->category[find_cumulative(sums, r->count, chance_unit(c) * sums[r->count - 1])];
}

const struct commune *rates_commune(const struct rates *r, struct chance *c)
{
	if (!r->commune_count)
		return NULL;
	return r->communes[find_cumulative(
		r->inhabitants, r->commune_count, chance_unit(c) * r->inhabitants[r->commune_count - 1])];
}
