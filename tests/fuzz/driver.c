// SPDX-License-Identifier: GPL-3.0-or-later
/* Runs a fuzz target without libFuzzer, so that gcc alone can: replays the seeds, then feeds mutations of them.
 *
 *	fuzz_csv [-runs=N] [-seconds=S] [-seed=N] [-keep=FOLDER/] [FILE|FOLDER]...
 *
 * The same seed gives the same inputs, in the same order; -seconds only ends a run early on a slow machine. An input that
 * makes the target abort is written to FOLDER/crash-<target> (here by default) and named on standard error. It must not know any target.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

enum { INPUT_MAX = 1 << 16, SEEDS_MAX = 4096, ALLOWED_STEPS = 8 };

struct seed {
	uint8_t *bytes;
	size_t size;
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;
static uint8_t input[INPUT_MAX];
static size_t input_size;
static char crash_path[512];

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t limit)
{
	return limit ? (size_t)(next_random(state) % limit) : 0;
}

/* Runs while the process dies: only calls that a signal handler may make. */
static void keep_input(void)
{
	int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	if (write(fd, input, input_size) == (ssize_t)input_size && write(2, "input kept in ", 14) > 0 &&
		write(2, crash_path, strlen(crash_path)) > 0 && write(2, "\n", 1) > 0)
		fsync(fd);
	close(fd);
}

static void feed(void)
{
	/* A copy of the exact size, so that one byte too far is seen. */
	uint8_t *copy = malloc(input_size ? input_size : 1);

	if (!copy)
		exit(70);
	memcpy(copy, input, input_size);
	LLVMFuzzerTestOneInput(copy, input_size);
	free(copy);
}

static void seed_add_file(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(66);
	}
	if (seed_count < SEEDS_MAX) {
		size_t size = fread(input, 1, sizeof(input), file);
		uint8_t *bytes = malloc(size ? size : 1);
		if (!bytes)
			exit(70);
		memcpy(bytes, input, size);
		seeds[seed_count++] = (struct seed){bytes, size};
	}
	fclose(file);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A folder that does not exist is a target without seeds yet. */
static void seed_add(const char *path)
{
	struct stat about;
	struct dirent **entries;
	int count;

	if (stat(path, &about) != 0)
		return;
	if (!S_ISDIR(about.st_mode)) {
		seed_add_file(path);
		return;
	}
	count = scandir(path, &entries, visible, alphasort);
	for (int i = 0; i < count; i++) {
		char name[4096];
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		seed_add_file(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* Replaces `cut` bytes at `at` by `size` bytes; what does not fit is dropped. */
static void replace_bytes(size_t at, size_t cut, const uint8_t *bytes, size_t size)
{
	if (cut > input_size - at)
		cut = input_size - at;
	if (size > INPUT_MAX - (input_size - cut))
		size = INPUT_MAX - (input_size - cut);
	memmove(input + at + size, input + at + cut, input_size - at - cut);
	memmove(input + at, bytes, size);
	input_size += size;
	input_size -= cut;
}

static void mutate_once(uint64_t *state)
{
	static const char *const hard[] = {"\0", "\n", "\r\n", "\"", "'", ";", "#", "=", "%s", "\\", "-1", "0",
		"9223372036854775807", "2147483648", "99999999999999999999", "\xc3", "\xe2\x80\xae", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xef\xbb\xbf", "\x1b[2J", "\xcc\x81", "é", "œ", "[", "]", "{", "}", "29/02/2027",
		"2027-03-28T02:30", "+33"};
	uint8_t piece[64];
	size_t at = below(state, input_size + 1);
	size_t length;

	switch (below(state, 6)) {
	case 0: /* a bit */
		if (at < input_size)
			input[at] = (uint8_t)(input[at] ^ (1u << below(state, 8)));
		break;
	case 1: /* a byte */
		if (at < input_size)
			input[at] = (uint8_t)next_random(state);
		break;
	case 2: /* a cut */
		replace_bytes(at, below(state, 32), piece, 0);
		break;
	case 3: { /* something hard */
		size_t which = below(state, sizeof(hard) / sizeof(hard[0]));
		length = which ? strlen(hard[which]) : 1; /* the first is NUL itself */
		replace_bytes(at, below(state, 2) * length, (const uint8_t *)hard[which], length);
		break;
	}
	case 4: /* a piece of itself, again */
		length = below(state, sizeof(piece));
		if (length > input_size - at)
			length = input_size - at;
		memcpy(piece, input + at, length);
		replace_bytes(below(state, input_size + 1), 0, piece, length);
		break;
	default: /* the end of another seed */
		if (seed_count) {
			const struct seed *other = &seeds[below(state, seed_count)];
			size_t from = below(state, other->size);
			replace_bytes(at, input_size - at, other->bytes + from, other->size - from);
		}
	}
}

static void mutate(uint64_t *state)
{
	size_t steps = 1 + below(state, ALLOWED_STEPS);

	input_size = 0;
	if (seed_count) {
		const struct seed *from = &seeds[below(state, seed_count)];
		memcpy(input, from->bytes, from->size);
		input_size = from->size;
	}
	while (steps--)
		mutate_once(state);
}

static bool option(const char *argument, const char *name, uint64_t *value)
{
	size_t length = strlen(name);
	char *end;

	if (strncmp(argument, name, length) != 0)
		return false;
	*value = strtoull(argument + length, &end, 10);
	return end != argument + length && *end == '\0';
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *keep = "";
	uint64_t runs = 10000, seconds = 3600, state = 1, done = 0;
	time_t end;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			seed_add(argv[i]);
		else if (strncmp(argv[i], "-keep=", 6) == 0)
			keep = argv[i] + 6;
		else if (!option(argv[i], "-runs=", &runs) && !option(argv[i], "-seconds=", &seconds) &&
			!option(argv[i], "-seed=", &state)) {
			fprintf(stderr, "usage: %s [-runs=N] [-seconds=S] [-seed=N] [-keep=FOLDER/] [FILE|FOLDER]...\n", name);
			return 64;
		}
	}
	snprintf(crash_path, sizeof(crash_path), "%scrash-%s", keep, name);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_input);
	input_size = 0;
	feed();
	for (size_t i = 0; i < seed_count; i++) {
		memcpy(input, seeds[i].bytes, seeds[i].size);
		input_size = seeds[i].size;
		feed();
	}
	for (end = time(NULL) + (time_t)seconds; done < runs && time(NULL) < end; done++) {
		mutate(&state);
		feed();
	}
	printf("%s: %zu seeds, %llu mutations\n", name, seed_count, (unsigned long long)done);
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].bytes);
	return 0;
}
