#include "forest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "random.h"

static const bool bools[] = { false, true };
static const int16_t smalls[] = { INT16_MIN, -1, 0, 1, INT16_MAX };
static const int64_t bigs[] = { INT64_MIN, -5, 0, 3, INT64_MAX };
static const double ratios[] = { -1e308, -0.5, 0.0, 4.9e-324, 1e308 };
static const qn_decimal prices[] = {
	{ -9999999999, 2 }, { -1, 2 }, { 0, 0 }, { 15, 1 }, { 9999999999, 2 }
};
static const char *const wides[] = { "-1e30", "-0.001", "0", "0.1", "100000000000000000000" };
static const qn_date dates[] = { { INT32_MIN }, { -2451545 }, { 0 }, { 366 }, { INT32_MAX } };
static const qn_timestamp times[] = { { INT64_MIN }, { -1 }, { 0 }, { 1 }, { INT64_MAX } };
static const qn_uuid uids[] = { { { 0 } }, { { 0, 1 } }, { { 1 } }, { { 0x7f } }, { { 0xff } } };
static const uint8_t some_bytes[] = { 0, 1, 255 };
static const qn_bytes blobs[] = { { some_bytes, 0 },
				  { some_bytes, 1 },
				  { some_bytes, 2 },
				  { some_bytes + 1, 1 },
				  { some_bytes + 2, 1 } };
static const test_kind kinds[] = { TEST_KIND_DRAFT, TEST_KIND_LIVE, TEST_KIND_ODD };
static const char *const places[] = { "(0,0)", "(1,2)", "(3,4)", "(5,6)", "(7,8)" };
static const char *const names[] = { "a", "ab", "b", "ba", "c" };
static const char *const titles[] = { "", "50% off", "Lamp_a", "lamp\\shade", "x_y%" };
static const char *const words[] = { "", "LAMP", "a", "%", "_", "\\", "50% OFF", "x_y%" };
static const int32_t one_two_three[] = { 1, 2, 3 };
static const qn_list_int32 numbers[] = { { one_two_three, 0 },
					 { one_two_three, 1 },
					 { one_two_three, 2 },
					 { one_two_three + 1, 2 },
					 { one_two_three + 2, 1 } };
static const char *const docs[] = { "{}", "{\"a\": 1}", "{\"a\": 1, \"b\": 2}", "{\"b\": 2}",
				    "[]" };
static const char *const doc_keys[] = { "a", "b", "c" };

unsigned forest_pick(struct forest *forest, unsigned count)
{
	return (unsigned)(random_next(&forest->seed) >> 16) % count;
}

unsigned forest_domain_size(enum column column)
{
	if (column == FLAG || column == MAYBE)
		return 2;
	return column == KIND || column == OTHER ? 3 : PLACES;
}

/* ---- the naive evaluator ---- */

static bool text_matches(const char *text, qn_lookup lookup, const char *word)
{
	size_t len = strlen(text);
	size_t word_len = strlen(word);

	switch (lookup) {
	case QN_LOOKUP_IEQ:
		return strcasecmp(text, word) == 0;
	case QN_LOOKUP_CONTAINS:
		return strstr(text, word);
	case QN_LOOKUP_ICONTAINS:
		return strcasestr(text, word);
	case QN_LOOKUP_STARTS_WITH:
		return strncmp(text, word, word_len) == 0;
	case QN_LOOKUP_ISTARTS_WITH:
		return strncasecmp(text, word, word_len) == 0;
	case QN_LOOKUP_ENDS_WITH:
		return word_len <= len && strcmp(text + len - word_len, word) == 0;
	default:
		return word_len <= len && strcasecmp(text + len - word_len, word) == 0;
	}
}

static bool list_has(qn_list_int32 list, int32_t number)
{
	for (size_t i = 0; i < list.len; i++)
		if (list.at[i] == number)
			return true;
	return false;
}

static bool list_contains(qn_list_int32 whole, qn_list_int32 part)
{
	for (size_t i = 0; i < part.len; i++)
		if (!list_has(whole, part.at[i]))
			return false;
	return true;
}

static bool numbers_match(qn_list_int32 value, qn_lookup lookup, qn_list_int32 other)
{
	if (lookup == QN_LOOKUP_ARRAY_CONTAINS)
		return list_contains(value, other);
	if (lookup == QN_LOOKUP_ARRAY_CONTAINED_BY)
		return list_contains(other, value);
	for (size_t i = 0; i < value.len; i++)
		if (list_has(other, value.at[i]))
			return true;
	return false;
}

static bool doc_matches(int place, qn_lookup lookup, int low)
{
	/*
	 * Which documents each contains, of the domain; an array contains no object and the other
	 * way round.
	 */
	static const bool contains[PLACES][PLACES] = {
		{ true },
		{ true, true },
		{ true, true, true, true },
		{ true, false, false, true },
		{ false, false, false, false, true },
	};

	if (lookup == QN_LOOKUP_JSON_HAS_KEY)
		return (low == 0 && (place == 1 || place == 2)) ||
		       (low == 1 && (place == 2 || place == 3));
	return lookup == QN_LOOKUP_JSON_CONTAINS ? contains[place][low] : contains[low][place];
}

static bool in_list(const struct condition *condition, int place)
{
	for (size_t i = 0; i < condition->list_len; i++)
		if (condition->list[i] == place)
			return true;
	return false;
}

static bool ordered_holds(const struct condition *condition, int place)
{
	switch (condition->lookup) {
	case QN_LOOKUP_EQ:
		return place == condition->low;
	case QN_LOOKUP_GT:
		return place > condition->low;
	case QN_LOOKUP_GTE:
		return place >= condition->low;
	case QN_LOOKUP_LT:
		return place < condition->low;
	case QN_LOOKUP_LTE:
		return place <= condition->low;
	case QN_LOOKUP_RANGE:
		return place >= condition->low && place <= condition->high;
	default:
		return in_list(condition, place);
	}
}

static bool condition_holds(const struct condition *condition, int place)
{
	qn_lookup lookup = condition->lookup;

	if (lookup == QN_LOOKUP_IS_NULL)
		return place < 0;
	if (lookup == QN_LOOKUP_IS_NOT_NULL)
		return place >= 0;
	if (lookup == QN_LOOKUP_NE)
		return place != condition->low;
	if (lookup == QN_LOOKUP_NOT_IN)
		return !in_list(condition, place);
	if (place < 0)
		return false;
	if (lookup >= QN_LOOKUP_IEQ && lookup <= QN_LOOKUP_IENDS_WITH)
		return text_matches(titles[place], lookup, words[condition->low]);
	if (condition->column == NUMBERS && lookup != QN_LOOKUP_EQ)
		return numbers_match(numbers[place], lookup, numbers[condition->low]);
	if (condition->column == DOC && lookup != QN_LOOKUP_EQ)
		return doc_matches(place, lookup, condition->low);
	return ordered_holds(condition, place);
}

static bool node_holds(const struct node *node, const int *row)
{
	bool any = !node->has_list[0];

	for (size_t i = 0; i < node->condition_count; i++)
		if (!condition_holds(&node->conditions[i], row[node->conditions[i].column]))
			return false;
	for (size_t i = 0; i < node->child_counts[0]; i++)
		any |= node_holds(&node->children[0][i], row);
	for (size_t i = 0; i < node->child_counts[1]; i++)
		if (!node_holds(&node->children[1][i], row))
			return false;
	for (size_t i = 0; i < node->child_counts[2]; i++)
		if (node_holds(&node->children[2][i], row))
			return false;
	return any;
}

/* ---- random conditions ---- */

static qn_lookup pick_of(struct forest *forest, const qn_lookup *lookups, size_t count)
{
	return lookups[forest_pick(forest, (unsigned)count)];
}

static qn_lookup pick_lookup(struct forest *forest, enum column column)
{
	static const qn_lookup equality[] = { QN_LOOKUP_EQ, QN_LOOKUP_NE, QN_LOOKUP_IN,
					      QN_LOOKUP_NOT_IN };
	static const qn_lookup arrays[] = { QN_LOOKUP_EQ, QN_LOOKUP_NE, QN_LOOKUP_ARRAY_CONTAINS,
					    QN_LOOKUP_ARRAY_CONTAINED_BY,
					    QN_LOOKUP_ARRAY_OVERLAPS };
	static const qn_lookup documents[] = { QN_LOOKUP_EQ, QN_LOOKUP_NE, QN_LOOKUP_JSON_CONTAINS,
					       QN_LOOKUP_JSON_CONTAINED_BY,
					       QN_LOOKUP_JSON_HAS_KEY };

	if (forest_pick(forest, 8) == 0)
		return forest_pick(forest, 2) ? QN_LOOKUP_IS_NULL : QN_LOOKUP_IS_NOT_NULL;
	switch (column) {
	case FLAG:
	case MAYBE:
	case KIND:
	case OTHER:
	case PLACE:
		return pick_of(forest, equality, 4);
	case NUMBERS:
		return pick_of(forest, arrays, 5);
	case DOC:
		return pick_of(forest, documents, 5);
	case TITLE:
		if (forest_pick(forest, 2))
			return QN_LOOKUP_IEQ +
			       forest_pick(forest, QN_LOOKUP_IENDS_WITH - QN_LOOKUP_IEQ + 1);
		return pick_of(forest, equality, 4);
	default:
		return QN_LOOKUP_EQ + forest_pick(forest, QN_LOOKUP_NOT_IN - QN_LOOKUP_EQ + 1);
	}
}

static void pick_condition(struct forest *forest, struct condition *condition)
{
	enum column column = (enum column)forest_pick(forest, COLUMNS);
	qn_lookup lookup = pick_lookup(forest, column);
	unsigned size = forest_domain_size(column);

	if (lookup >= QN_LOOKUP_IEQ && lookup <= QN_LOOKUP_IENDS_WITH)
		size = sizeof(words) / sizeof(words[0]);
	if (lookup == QN_LOOKUP_JSON_HAS_KEY)
		size = 3;
	*condition = (struct condition){
		.column = column,
		.lookup = lookup,
		.low = (int)forest_pick(forest, size),
		.high = (int)forest_pick(forest, size),
		.list_len = forest_pick(forest, LIST_MAX + 1),
	};
	for (size_t i = 0; i < condition->list_len; i++)
		condition->list[i] = (int)forest_pick(forest, size);
}

static void *take(struct forest *forest, size_t size)
{
	char *memory = forest->memory + forest->memory_used;

	forest->memory_used += (size + 15) / 16 * 16;
	assert_true(forest->memory_used <= sizeof(forest->memory));
	return memory;
}

/* The condition's list, as an array of the domain's values, which are `size` bytes each. */
static void *take_list(struct forest *forest, const struct condition *c, const void *domain,
		       size_t size)
{
	char *list = take(forest, LIST_MAX * size);

	for (size_t i = 0; i < c->list_len; i++)
		memcpy(list + i * size, (const char *)domain + (size_t)c->list[i] * size, size);
	return list;
}

/* The members that all filters with equality have. */
#define FILL_EQUALITY(filter, domain)                                                              \
	do {                                                                                       \
		(filter).op = c->lookup;                                                           \
		if (c->lookup == QN_LOOKUP_IN || c->lookup == QN_LOOKUP_NOT_IN) {                  \
			(filter).as.list.at = take_list(forest, c, (domain), sizeof((domain)[0])); \
			(filter).as.list.len = c->list_len;                                        \
		} else {                                                                           \
			(filter).as.value = (domain)[c->low];                                      \
		}                                                                                  \
	} while (0)

#define FILL_ORDERED(filter, domain)                                                  \
	do {                                                                          \
		FILL_EQUALITY(filter, domain);                                        \
		if (c->lookup == QN_LOOKUP_RANGE) {                                   \
			(filter).as.range.low = (domain)[c->low];                     \
			(filter).as.range.high = (domain)[c->high];                   \
		} else if (c->lookup >= QN_LOOKUP_GT && c->lookup <= QN_LOOKUP_LTE) { \
			(filter).as.bound = (domain)[c->low];                         \
		}                                                                     \
	} while (0)

static void fill_text(struct forest *forest, const struct condition *c, test_thing_where *where)
{
	if (c->column == NAME) {
		FILL_ORDERED(where->name, names);
	} else if (c->lookup >= QN_LOOKUP_IEQ && c->lookup <= QN_LOOKUP_IENDS_WITH) {
		where->title.op = c->lookup;
		where->title.as.pattern = words[c->low];
	} else {
		FILL_EQUALITY(where->title, titles);
	}
}

static void fill_special(const struct condition *c, test_thing_where *where)
{
	if (c->column == NUMBERS) {
		where->numbers.op = c->lookup;
		where->numbers.as.list = numbers[c->low];
		return;
	}
	where->doc.op = c->lookup;
	if (c->lookup == QN_LOOKUP_EQ || c->lookup == QN_LOOKUP_NE)
		where->doc.as.value = docs[c->low];
	else if (c->lookup == QN_LOOKUP_JSON_HAS_KEY)
		where->doc.as.document = doc_keys[c->low];
	else
		where->doc.as.document = docs[c->low];
}

static void fill_number(struct forest *forest, const struct condition *c, test_thing_where *where)
{
	switch (c->column) {
	case SMALL:
		FILL_ORDERED(where->small, smalls);
		break;
	case BIG:
		FILL_ORDERED(where->big, bigs);
		break;
	case RATIO:
		FILL_ORDERED(where->ratio, ratios);
		break;
	case PRICE:
		FILL_ORDERED(where->price, prices);
		break;
	default:
		FILL_ORDERED(where->wide, wides);
		break;
	}
}

static void fill_where(struct forest *forest, const struct condition *c, test_thing_where *where)
{
	switch (c->column) {
	case FLAG:
		FILL_EQUALITY(where->flag, bools);
		break;
	case MAYBE:
		FILL_EQUALITY(where->maybe, bools);
		break;
	case BORN:
		FILL_ORDERED(where->born, dates);
		break;
	case SEEN:
		FILL_ORDERED(where->seen, times);
		break;
	case UID:
		FILL_ORDERED(where->uid, uids);
		break;
	case DATA:
		FILL_ORDERED(where->data, blobs);
		break;
	case KIND:
		FILL_EQUALITY(where->kind, kinds);
		break;
	case OTHER:
		FILL_EQUALITY(where->other, kinds);
		break;
	case PLACE:
		FILL_EQUALITY(where->place, places);
		break;
	case NAME:
	case TITLE:
		fill_text(forest, c, where);
		break;
	case NUMBERS:
	case DOC:
		fill_special(c, where);
		break;
	default:
		fill_number(forest, c, where);
		break;
	}
}

static void grow(struct forest *forest, size_t at, unsigned depth)
{
	struct node *node = &forest->nodes[at];
	test_thing_where *where = &forest->wheres[at];
	test_thing_wheres *lists[] = { &where->any_of, &where->all_of, &where->none_of };

	for (unsigned n = forest_pick(forest, CONDITIONS_MAX + 1); n > 0; n--) {
		struct condition *condition = &node->conditions[node->condition_count];
		bool is_twice = false;

		pick_condition(forest, condition);
		for (size_t i = 0; i < node->condition_count; i++)
			is_twice |= node->conditions[i].column == condition->column;
		if (is_twice)
			continue;
		fill_where(forest, condition, where);
		node->condition_count++;
	}
	for (size_t i = 0; i < 3 && depth < DEPTH_MAX; i++) {
		unsigned count = forest_pick(forest, 3);
		size_t first = forest->used;

		if (forest_pick(forest, 2) || first + count > NODES_MAX)
			continue;
		forest->used += count;
		node->has_list[i] = true;
		node->children[i] = &forest->nodes[first];
		node->child_counts[i] = count;
		*lists[i] = (test_thing_wheres){ &forest->wheres[first], count };
		for (size_t child = 0; child < count; child++)
			grow(forest, first + child, depth + 1);
	}
}

static void forest_clear(struct forest *forest)
{
	memset(forest->nodes, 0, sizeof(forest->nodes));
	memset(forest->wheres, 0, sizeof(forest->wheres));
	forest->used = 1;
	forest->memory_used = 0;
}

void forest_grow(struct forest *forest)
{
	forest_clear(forest);
	grow(forest, 0, 0);
}

void forest_grow_one(struct forest *forest)
{
	struct node *node = &forest->nodes[0];

	forest_clear(forest);
	pick_condition(forest, &node->conditions[0]);
	node->condition_count = 1;
	fill_where(forest, &node->conditions[0], &forest->wheres[0]);
}

bool forest_holds(const struct forest *forest, const int *row)
{
	return node_holds(&forest->nodes[0], row);
}

#define FILL_NULLABLE(member, column, domain)                                 \
	do {                                                                  \
		if (row[column] >= 0) {                                       \
			values.set_##member.op = QN_SET_TO_VALUE;             \
			values.set_##member.as.value = (domain)[row[column]]; \
		}                                                             \
	} while (0)

test_thing_new forest_values(const int *row)
{
	test_thing_new values = {
		.name = names[row[NAME]],
		.flag = bools[row[FLAG]],
		.price = prices[row[PRICE]],
		.set_kind = QN_SET(kinds[row[KIND]]),
	};

	FILL_NULLABLE(title, TITLE, titles);
	FILL_NULLABLE(maybe, MAYBE, bools);
	FILL_NULLABLE(small, SMALL, smalls);
	FILL_NULLABLE(big, BIG, bigs);
	FILL_NULLABLE(ratio, RATIO, ratios);
	FILL_NULLABLE(wide, WIDE, wides);
	FILL_NULLABLE(born, BORN, dates);
	FILL_NULLABLE(seen, SEEN, times);
	FILL_NULLABLE(uid, UID, uids);
	FILL_NULLABLE(data, DATA, blobs);
	FILL_NULLABLE(other, OTHER, kinds);
	FILL_NULLABLE(place, PLACE, places);
	FILL_NULLABLE(doc, DOC, docs);
	if (row[NUMBERS] >= 0)
		values.set_numbers = (qn_set_array_int32)QN_SET_ARRAY(numbers[row[NUMBERS]].at,
								      numbers[row[NUMBERS]].len);
	return values;
}
