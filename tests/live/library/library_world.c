#include "library_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

/* In the order in which they can be filled. */
static const qn_model *const models[WORLD_TABLES] = {
	&library_country_model,  &library_author_model,     &library_profile_model,
	&library_series_model,   &library_tag_model,        &library_book_model,
	&library_club_model,     &library_loan_model,       &library_membership_model,
	&library_book_tags_link, &library_tag_similar_link,
};

static const char *const letters[] = { "a", "b", "c", "d", "e" };

/* For columns whose values are not to repeat soon. */
static const char *const pairs[] = {
	"aa", "ab", "ac", "ad", "ae", "ba", "bb", "bc", "bd", "be", "ca", "cb", "cc",
	"cd", "ce", "da", "db", "dc", "dd", "de", "ea", "eb", "ec", "ed", "ee",
};

enum {
	LETTERS = sizeof(letters) / sizeof(*letters),
	PAIRS = sizeof(pairs) / sizeof(*pairs),
	ATTEMPTS = 20,
};

unsigned world_pick(struct world *world, unsigned count)
{
	return (unsigned)(random_next(&world->seed) >> 16) % count;
}

const struct table *world_table(const struct world *world, const qn_model *model)
{
	for (size_t i = 0; i < WORLD_TABLES; i++)
		if (world->tables[i].model == model)
			return &world->tables[i];
	return NULL;
}

bool relation_is_one(const qn_relation *relation)
{
	return relation->kind == QN_RELATION_FORWARD || relation->kind == QN_RELATION_REVERSE_ONE;
}

static bool is_numeric(const qn_field *field)
{
	return field->type == QN_TYPE_INT64 || field->type == QN_TYPE_INT32;
}

struct cell world_cell(struct world *world, const qn_field *field)
{
	struct cell cell = { .is_null = false };

	if (field->type == QN_TYPE_INT64)
		cell.number = 1 + world_pick(world, WORLD_ROWS);
	else if (is_numeric(field))
		cell.number = world_pick(world, LETTERS);
	else if (field->type == QN_TYPE_BPCHAR || (field->flags & QN_FIELD_UNIQUE) != 0)
		cell.text = pairs[world_pick(world, PAIRS)];
	else
		cell.text = letters[world_pick(world, LETTERS)];
	return cell;
}

static bool cells_are_equal(struct cell a, struct cell b)
{
	if (a.is_null || b.is_null)
		return false;
	return a.text ? strcmp(a.text, b.text) == 0 : a.number == b.number;
}

static bool fields_are_equal(const struct cell *a, const uint16_t *of_a, const struct cell *b,
			     const uint16_t *of_b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!cells_are_equal(a[of_a[i]], b[of_b[i]]))
			return false;
	return true;
}

/* False: there is no row to refer to. */
static bool refer(struct world *world, struct cell *row, const qn_relation *relation)
{
	const struct table *target = world_table(world, relation->model);
	bool is_none = relation->is_nullable && world_pick(world, 3) == 0;

	if (!target->count && !relation->is_nullable)
		return false;
	is_none |= target->count == 0;
	for (size_t i = 0, of = is_none ? 0 : world_pick(world, (unsigned)target->count);
	     i < relation->own_len; i++)
		row[relation->own[i]] = is_none ? (struct cell){ .is_null = true }
						: target->rows[of][relation->other[i]];
	/* A key of which a part is NULL refers to nothing. */
	if (relation->own_len > 1 && relation->is_nullable && world_pick(world, 4) == 0)
		row[relation->own[world_pick(world, relation->own_len)]].is_null = true;
	return true;
}

static bool row_grow(struct world *world, struct table *table, struct cell *row)
{
	const qn_model *model = table->model;

	for (size_t i = 0; i < model->field_count; i++) {
		row[i] = world_cell(world, &model->fields[i]);
		if ((model->fields[i].flags & QN_FIELD_NULLABLE) != 0)
			row[i].is_null = world_pick(world, 3) == 0;
	}
	for (size_t i = 0; i < model->relation_count; i++)
		if (model->relations[i].kind == QN_RELATION_FORWARD &&
		    model->relations[i].model != model && !refer(world, row, &model->relations[i]))
			return false;
	return true;
}

static bool is_taken(const struct table *table, const struct cell *row)
{
	const qn_model *model = table->model;

	for (size_t i = 0; i < table->count; i++) {
		const struct cell *other = table->rows[i];

		if (fields_are_equal(row, model->primary_key, other, model->primary_key,
				     model->primary_key_len))
			return true;
		for (size_t j = 0; j < model->field_count; j++)
			if ((model->fields[j].flags & QN_FIELD_UNIQUE) != 0 &&
			    cells_are_equal(row[j], other[j]))
				return true;
	}
	return false;
}

/*
 * References within the table, once all its rows are there: circles, and rows that refer to
 * themselves.
 */
static void refer_within(struct world *world, struct table *table)
{
	for (size_t i = 0; i < table->model->relation_count; i++) {
		const qn_relation *relation = &table->model->relations[i];

		for (size_t row = 0; row < table->count; row++)
			if (relation->kind == QN_RELATION_FORWARD &&
			    relation->model == table->model)
				(void)refer(world, table->rows[row], relation);
	}
}

/* The same pairs the other way round. */
static void mirror(struct table *table, const qn_link *link)
{
	size_t count = table->count;

	for (size_t i = 0; i < count && table->count < WORLD_ROWS; i++) {
		struct cell *added = table->rows[table->count];

		added[link->own[0]] = table->rows[i][link->other[0]];
		added[link->other[0]] = table->rows[i][link->own[0]];
		table->count += !is_taken(table, added);
	}
}

static void table_grow(struct world *world, struct table *table, const qn_model *model)
{
	size_t count = world_pick(world, 9) == 0 ? 0 : 10 + world_pick(world, WORLD_ROWS - 9);

	table->model = model;
	table->count = 0;
	if (model == &library_tag_similar_link)
		count /= 2;
	for (size_t attempts = 0; table->count < count && attempts < ATTEMPTS;) {
		bool fits = row_grow(world, table, table->rows[table->count]) &&
			    !is_taken(table, table->rows[table->count]);

		attempts = fits ? 0 : attempts + 1;
		table->count += fits;
	}
	refer_within(world, table);
	if (model == &library_tag_similar_link)
		mirror(table, library_tag_model.relations[0].link);
}

void world_grow(struct world *world)
{
	for (size_t i = 0; i < WORLD_TABLES; i++)
		world->tables[i] = (struct table){ .model = models[i] };
	for (size_t i = 0; i < WORLD_TABLES; i++)
		table_grow(world, &world->tables[i], models[i]);
}

static void cell_write(FILE *out, struct cell cell)
{
	if (cell.is_null)
		fputs("NULL", out);
	else if (cell.text)
		fprintf(out, "'%s'", cell.text);
	else
		fprintf(out, "%" PRId64, cell.number);
}

static bool has_value(const qn_field *field)
{
	return field->type != QN_TYPE_TIMESTAMPTZ;
}

static void table_write(FILE *out, const struct table *table)
{
	const qn_model *model = table->model;

	fprintf(out, "INSERT INTO %s", model->sql_name);
	for (size_t i = 0; i < model->field_count; i++)
		if (has_value(&model->fields[i]))
			fprintf(out, "%s\"%s\"", i ? ", " : " (", model->fields[i].column);
	fputs(") VALUES", out);
	for (size_t row = 0; row < table->count; row++) {
		for (size_t i = 0; i < model->field_count; i++) {
			if (!has_value(&model->fields[i]))
				continue;
			fputs(i ? ", " : row ? ", (" : " (", out);
			cell_write(out, table->rows[row][i]);
		}
		fputc(')', out);
	}
	fputs(";\n", out);
}

char *world_sql(const struct world *world)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = WORLD_TABLES; i-- > 0;)
		fprintf(out, "DELETE FROM %s;\n", world->tables[i].model->sql_name);
	for (size_t i = 0; i < WORLD_TABLES; i++)
		if (world->tables[i].count)
			table_write(out, &world->tables[i]);
	return fclose(out) == 0 ? text : NULL;
}

bool row_has_key(const struct table *table, size_t row, const qn_relation *relation)
{
	for (size_t i = 0; i < relation->own_len; i++)
		if (table->rows[row][relation->own[i]].is_null)
			return false;
	return true;
}

static void add_matching(const struct table *related, struct found *found, const struct cell *key,
			 const uint16_t *of_key, const qn_relation *relation)
{
	for (size_t i = 0; i < related->count && found->len < WORLD_ROWS; i++)
		if (fields_are_equal(key, of_key, related->rows[i], relation->other,
				     relation->other_len))
			found->at[found->len++] = i;
}

struct found world_related(const struct world *world, const struct table *table, size_t row,
			   const qn_relation *relation)
{
	const struct table *related = world_table(world, relation->model);
	const qn_link *link = relation->link;
	struct found found = { 0 };
	const struct table *links;

	if (!link) {
		add_matching(related, &found, table->rows[row], relation->own, relation);
		return found;
	}
	links = world_table(world, link->model);
	for (size_t i = 0; i < links->count; i++)
		if (fields_are_equal(table->rows[row], relation->own, links->rows[i], link->own,
				     relation->own_len))
			add_matching(related, &found, links->rows[i], link->other, relation);
	return found;
}

struct found world_all(const struct table *table)
{
	struct found found = { .len = table->count };

	for (size_t i = 0; i < table->count; i++)
		found.at[i] = i;
	return found;
}

static int cells_compare(struct cell a, struct cell b)
{
	if (a.text)
		return strcmp(a.text, b.text);
	return (a.number > b.number) - (a.number < b.number);
}

/* NULL equals nothing and is in no list, and so it is not equal and not in the list. */
static bool value_matches(struct cell cell, const struct filter *filter)
{
	bool is_in = false;

	for (size_t i = 0; i < filter->value_count; i++)
		is_in |= cells_are_equal(cell, filter->values[i]);
	switch ((int)filter->lookup) {
	case QN_LOOKUP_IS_NULL:
		return cell.is_null;
	case QN_LOOKUP_IS_NOT_NULL:
		return !cell.is_null;
	case QN_LOOKUP_EQ:
	case QN_LOOKUP_IN:
		return is_in;
	case QN_LOOKUP_NE:
	case QN_LOOKUP_NOT_IN:
		return !is_in;
	case QN_LOOKUP_GT:
		return !cell.is_null && cells_compare(cell, filter->values[0]) > 0;
	default:
		return !cell.is_null && cells_compare(cell, filter->values[0]) <= 0;
	}
}

static bool row_matches(const struct world *world, const struct table *table, size_t row,
			const struct filters *where);

static bool related_match(const struct world *world, const struct table *table, size_t row,
			  const struct filter *filter)
{
	const qn_relation *relation = &table->model->relations[filter->number];
	struct found related = world_related(world, table, row, relation);
	size_t matching = 0;

	if (filter->kind == FILTER_COUNT)
		return value_matches((struct cell){ .number = (int64_t)related.len }, filter);
	for (size_t i = 0; i < related.len; i++)
		matching += row_matches(world, world_table(world, relation->model), related.at[i],
					filter->lists);
	if (filter->kind == FILTER_NONE)
		return matching == 0;
	return filter->kind == FILTER_EVERY ? matching == related.len : matching > 0;
}

static bool filter_matches(const struct world *world, const struct table *table, size_t row,
			   const struct filter *filter)
{
	size_t matching = 0;

	if (filter->kind == FILTER_FIELD)
		return value_matches(table->rows[row][filter->number], filter);
	if (filter->kind < FILTER_ANY_OF)
		return related_match(world, table, row, filter);
	for (size_t i = 0; i < filter->list_count; i++)
		matching += row_matches(world, table, row, &filter->lists[i]);
	if (filter->kind == FILTER_NONE_OF)
		return matching == 0;
	return filter->kind == FILTER_ALL_OF ? matching == filter->list_count : matching > 0;
}

static bool row_matches(const struct world *world, const struct table *table, size_t row,
			const struct filters *where)
{
	for (size_t i = 0; i < where->len; i++)
		if (!filter_matches(world, table, row, &where->at[i]))
			return false;
	return true;
}

/*
 * Two rows that are compared: numbers of rows, or NO_ROW where a relation leads to none, whose
 * columns are all NULL.
 */
enum { NO_ROW = WORLD_ROWS };

struct comparison {
	const struct world *world;
	const struct table *table;
	const struct plan *plan; /* NULL: joined for the order alone */
	size_t rows[2];
};

enum nulls { NULLS_LARGE, NULLS_FIRST, NULLS_LAST };

/* What an order term says; a minus before a relation turns all of its order round. */
struct bearing {
	bool is_descending;
	enum nulls nulls;
};

static int compare(const struct comparison *of, const int32_t *terms, size_t count,
		   struct bearing around);

static int compare_field(const struct comparison *of, size_t field, struct bearing bearing)
{
	struct cell cells[2];
	int order;

	for (size_t i = 0; i < 2; i++)
		cells[i] = of->rows[i] == NO_ROW ? (struct cell){ .is_null = true }
						 : of->table->rows[of->rows[i]][field];
	if (cells[0].is_null || cells[1].is_null) {
		order = cells[0].is_null - cells[1].is_null;
		if (bearing.nulls != NULLS_LARGE)
			return bearing.nulls == NULLS_LAST ? order : -order;
	} else {
		order = cells_compare(cells[0], cells[1]);
	}
	return bearing.is_descending ? -order : order;
}

static int compare_relation(const struct comparison *of, size_t number, struct bearing bearing)
{
	const qn_relation *relation = &of->table->model->relations[number];
	const qn_model *model = relation->model;
	struct comparison inner = { .world = of->world,
				    .table = world_table(of->world, model),
				    .plan = of->plan ? of->plan->selected[number] : NULL };
	int order = 0;

	for (size_t i = 0; i < 2; i++) {
		struct found related = { 0 };

		if (of->rows[i] != NO_ROW)
			related = world_related(of->world, of->table, of->rows[i], relation);
		inner.rows[i] = related.len ? related.at[0] : NO_ROW;
	}
	if (inner.plan && inner.plan->order_by[0])
		return compare(&inner, inner.plan->order_by, QN_ORDER_BY_MAX, bearing);
	if (model->order_by_len)
		return compare(&inner, model->order_by, model->order_by_len, bearing);
	for (size_t i = 0; i < model->primary_key_len && !order; i++)
		order = compare_field(&inner, model->primary_key[i], bearing);
	return order;
}

static int compare_term(const struct comparison *of, int32_t term, struct bearing around)
{
	int32_t magnitude = term < 0 ? -term : term;
	enum nulls nulls = (enum nulls)(magnitude / 0x10000);
	int32_t number = magnitude % 0x10000;
	struct bearing bearing = { (term < 0) != around.is_descending, nulls };

	if (nulls != NULLS_LARGE && around.is_descending)
		bearing.nulls = nulls == NULLS_FIRST ? NULLS_LAST : NULLS_FIRST;
	if (around.nulls != NULLS_LARGE)
		bearing.nulls = around.nulls;
	if (number > of->table->model->field_count)
		return compare_relation(of, (size_t)number - of->table->model->field_count - 1,
					bearing);
	return compare_field(of, (size_t)number - 1, bearing);
}

static int compare(const struct comparison *of, const int32_t *terms, size_t count,
		   struct bearing around)
{
	int order = 0;

	for (size_t i = 0; i < count && terms[i] && !order; i++)
		order = compare_term(of, terms[i], around);
	return order;
}

static bool comes_before(const struct world *world, const struct plan *plan, size_t a, size_t b)
{
	const struct comparison of = { world, plan->table, plan, { a, b } };
	const struct bearing ascending = { false, NULLS_LARGE };
	const qn_model *model = plan->table->model;

	if (plan->order_by[0])
		return compare(&of, plan->order_by, QN_ORDER_BY_MAX, ascending) < 0;
	return compare(&of, model->order_by, model->order_by_len, ascending) < 0;
}

struct found world_find(const struct world *world, const struct plan *plan, struct found rows)
{
	struct found found = { 0 };
	size_t offset = (size_t)plan->offset;

	for (size_t i = 0; i < rows.len; i++) {
		size_t place = found.len;

		if (!row_matches(world, plan->table, rows.at[i], &plan->where))
			continue;
		for (; place && comes_before(world, plan, rows.at[i], found.at[place - 1]); place--)
			found.at[place] = found.at[place - 1];
		found.at[place] = rows.at[i];
		found.len++;
	}
	if (plan->limit == QN_LIMIT_NONE)
		return (struct found){ 0 };
	offset = offset < found.len ? offset : found.len;
	found.len -= offset;
	memmove(found.at, found.at + offset, found.len * sizeof(*found.at));
	if (plan->limit && (size_t)plan->limit < found.len)
		found.len = (size_t)plan->limit;
	return found;
}
