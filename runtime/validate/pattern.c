#include "validate/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "validate/pattern_options.h"

/*
 * PCRE2's own limit of a match is one for each place where it may begin. So the work is counted
 * here: a step for each part of the pattern that is tried, and one for each byte that it goes over.
 * What a back reference or x{1000} goes over in vain is not seen, so that it counts as much as it
 * could be; to go on by one character takes a fraction of a step.
 */
#define STEPS_BASE       ((size_t)1000000)
#define STEPS_PER_BYTE   ((size_t)8)
#define REPEATS_PER_STEP ((size_t)8)

enum {
	HEAP_KIB_MAX = 8192,
	PLACES_FIRST = 16,
};

struct place {
	char *text;       /* NULL: free */
	pcre2_code *code; /* NULL: it is no regular expression */
	size_t repeats;   /* how often one of its parts has to follow itself, at most */
};

struct patterns {
	pcre2_general_context *general;
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	struct place *places; /* a hash table, at most half full */
	size_t place_count;   /* a power of two, or 0 */
	size_t count;
};

struct work {
	size_t steps; /* that are left */
	size_t at;    /* in the text */
	size_t more;  /* that a step takes beside itself */
	bool has_references;
};

static void *memory_give(size_t size, void *context)
{
	(void)context;
	return malloc(size);
}

static void memory_take(void *memory, void *context)
{
	(void)context;
	free(memory);
}

/* Of the groups that were matched so far. */
static size_t longest_group(const pcre2_callout_block *block)
{
	size_t longest = 0;

	for (size_t i = 1; i < block->capture_top; i++) {
		size_t from = block->offset_vector[2 * i];
		size_t to = block->offset_vector[2 * i + 1];

		if (from != PCRE2_UNSET && to > from && to - from > longest)
			longest = to - from;
	}
	return longest;
}

static int work_count(pcre2_callout_block *block, void *context)
{
	struct work *work = context;
	size_t at = block->current_position;
	size_t steps = 1 + work->more + (at > work->at ? at - work->at : work->at - at);

	if (work->has_references)
		steps += longest_group(block);
	work->at = at;
	if (steps > work->steps)
		return PCRE2_ERROR_MATCHLIMIT;
	work->steps -= steps;
	return 0;
}

struct patterns *patterns_new(void)
{
	return calloc(1, sizeof(struct patterns));
}

void patterns_free(struct patterns *patterns)
{
	if (!patterns)
		return;
	for (size_t i = 0; i < patterns->place_count; i++) {
		pcre2_code_free(patterns->places[i].code);
		free(patterns->places[i].text);
	}
	free(patterns->places);
	pcre2_match_context_free(patterns->match);
	pcre2_compile_context_free(patterns->compile);
	pcre2_general_context_free(patterns->general);
	free(patterns);
}

/* What all patterns share. False: out of memory. */
static bool contexts_make(struct patterns *patterns)
{
	if (!patterns->general)
		patterns->general = pcre2_general_context_create(memory_give, memory_take, NULL);
	if (patterns->general && !patterns->compile)
		patterns->compile = pcre2_compile_context_create(patterns->general);
	if (patterns->compile && !patterns->match)
		patterns->match = pcre2_match_context_create(patterns->general);
	if (!patterns->match)
		return false;
	(void)pcre2_set_parens_nest_limit(patterns->compile, PATTERN_NESTING_MAX);
	(void)pcre2_set_heap_limit(patterns->match, HEAP_KIB_MAX);
	return true;
}

/* Only in a table that has a free place. */
static struct place *place_find(struct place *places, size_t count, const char *text)
{
	size_t at = (size_t)str_hash(str_from_cstring(text)) & (count - 1);

	while (places[at].text && strcmp(places[at].text, text) != 0)
		at = (at + 1) & (count - 1);
	return &places[at];
}

/* Room for one more. False: out of memory. */
static bool places_grow(struct patterns *patterns)
{
	size_t count = patterns->place_count ? 2 * patterns->place_count : PLACES_FIRST;
	struct place *places;

	if (2 * (patterns->count + 1) <= patterns->place_count)
		return true;
	places = calloc(count, sizeof(*places));
	if (!places)
		return false;
	for (size_t i = 0; i < patterns->place_count; i++)
		if (patterns->places[i].text)
			*place_find(places, count, patterns->places[i].text) = patterns->places[i];
	free(patterns->places);
	patterns->places = places;
	patterns->place_count = count;
	return true;
}

/*
 * For pcre2_callout_enumerate, whose parts may end behind the pattern. A repeat behind a
 * parenthesis is of parts that count themselves, and what is in braces behind a backslash and a
 * letter is none.
 */
static int repeats_find(pcre2_callout_enumerate_block *part, void *context)
{
	struct place *place = context;
	const char *from = place->text + part->pattern_position;
	const char *brace = memrchr(from, '{', strnlen(from, part->next_item_length));
	size_t repeats;

	if (!brace || *from == ')' || (*from == '\\' && brace == from + 2))
		return 0;
	repeats = strtoul(brace + 1, NULL, 10);
	if (repeats > place->repeats)
		place->repeats = repeats;
	return 0;
}

/* False: out of memory. */
static bool place_fill(struct patterns *patterns, struct place *place, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);
	PCRE2_SIZE offset;
	int error;

	if (!copy)
		return false;
	memcpy(copy, text, size);
	place->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PATTERN_OPTIONS,
				    &error, &offset, patterns->compile);
	if (!place->code && error == PCRE2_ERROR_HEAP_FAILED) {
		free(copy);
		return false;
	}
	place->text = copy;
	if (place->code)
		(void)pcre2_callout_enumerate(place->code, repeats_find, place);
	patterns->count++;
	return true;
}

/* NULL: out of memory. */
static const struct place *place_of(struct patterns *patterns, const char *text)
{
	struct place *place;

	if (!contexts_make(patterns) || !places_grow(patterns))
		return NULL;
	place = place_find(patterns->places, patterns->place_count, text);
	if (!place->text && !place_fill(patterns, place, text))
		return NULL;
	return place;
}

static bool has_references(const pcre2_code *code)
{
	uint32_t highest = 0;

	return pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest) == 0 && highest > 0;
}

static enum pattern_verdict verdict_of(int result)
{
	if (result >= 0)
		return PATTERN_MATCHES;
	if (result == PCRE2_ERROR_NOMATCH)
		return PATTERN_MISSES;
	return result == PCRE2_ERROR_NOMEMORY ? PATTERN_NO_MEMORY : PATTERN_UNDECIDED;
}

enum pattern_verdict pattern_match(struct patterns *patterns, const char *pattern, struct str text)
{
	const struct place *place = place_of(patterns, pattern);
	struct work work = { .steps = STEPS_BASE + STEPS_PER_BYTE * text.len };
	pcre2_match_data *data;
	int result;

	if (!place)
		return PATTERN_NO_MEMORY;
	if (!place->code)
		return PATTERN_UNDECIDED;
	data = pcre2_match_data_create(1, patterns->general);
	if (!data)
		return PATTERN_NO_MEMORY;
	work.more = place->repeats / REPEATS_PER_STEP;
	work.has_references = has_references(place->code);
	(void)pcre2_set_callout(patterns->match, work_count, &work);
	result = pcre2_match(place->code, (PCRE2_SPTR)(text.at ? text.at : ""), text.len, 0,
			     PCRE2_NO_UTF_CHECK, data, patterns->match);
	pcre2_match_data_free(data);
	return verdict_of(result);
}
