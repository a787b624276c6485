/*
 * PostgreSQL's own tables, through models of them: the catalog is a schema like any other. The
 * pages are those that the server counted at its last VACUUM or ANALYZE; the size is the size now,
 * which only a function of the server can tell.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "demo.h"

enum {
	TABLE_COUNT = 10,
};

struct catalog {
	pg_catalog_class_list tables;
	pg_catalog_index_list indexes;
	qn_sql_result sizes;
	uint32_t oids[TABLE_COUNT];
};

static bool find_tables(struct demo *demo, struct catalog *catalog)
{
	pg_catalog_namespace *home;

	if (!demo_await(pg_catalog_namespace_get(demo->session, &home,
						 &(pg_catalog_namespace_where){
							 .nspname = QN_EQ("pg_catalog") })))
		return false;
	if (!demo_await(pg_catalog_class_find(
		    demo->session, &catalog->tables,
		    &(pg_catalog_class_query){
			    .where = { .relnamespace = QN_EQ(home->oid), .relkind = QN_EQ('r') },
			    .order_by = { -PG_CATALOG_CLASS_RELPAGES, PG_CATALOG_CLASS_RELNAME },
			    .limit = TABLE_COUNT,
			    .only = { PG_CATALOG_CLASS_RELNAME, PG_CATALOG_CLASS_RELPAGES,
				      PG_CATALOG_CLASS_RELTUPLES, PG_CATALOG_CLASS_RELNATTS },
		    })))
		return false;
	for (size_t i = 0; i < catalog->tables.len; i++)
		catalog->oids[i] = catalog->tables.at[i].oid;
	return true;
}

static bool find_indexes(struct demo *demo, struct catalog *catalog)
{
	return demo_await(pg_catalog_index_find(
		demo->session, &catalog->indexes,
		&(pg_catalog_index_query){
			.where = { .indrelid = QN_IN_LIST(catalog->oids, catalog->tables.len) },
			.only = { PG_CATALOG_INDEX_INDRELID },
		}));
}

/* Parameters of plain SQL are text: a list of oids is an array's text. */
static bool measure_tables(struct demo *demo, struct catalog *catalog)
{
	char list[16 * TABLE_COUNT];
	const char *parameters[] = { list };
	size_t len = 0;

	for (size_t i = 0; i < catalog->tables.len; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%c%" PRIu32, i ? ',' : '{',
					catalog->oids[i]);
	snprintf(list + len, sizeof(list) - len, "%s", len ? "}" : "{}");
	return demo_await(qn_sql(demo->session, &catalog->sizes,
				 "SELECT pg_total_relation_size(wanted.oid) FROM "
				 "unnest($1::oid[]) WITH ORDINALITY AS wanted (oid, place) "
				 "ORDER BY wanted.place",
				 parameters, 1));
}

static unsigned count_indexes(const struct catalog *catalog, uint32_t oid)
{
	unsigned count = 0;

	for (size_t i = 0; i < catalog->indexes.len; i++)
		count += catalog->indexes.at[i].indrelid == oid;
	return count;
}

static void say_tables(struct demo *demo, const struct catalog *catalog)
{
	const struct table_column columns[] = {
		{ "table", 18, true }, { "columns", 7, false }, { "indexes", 7, false },
		{ "rows", 7, false },  { "pages", 5, false },   { "size in kB", 10, false },
	};

	screen_table_heading(&demo->screen, columns, 6);
	for (size_t i = 0; i < catalog->tables.len && i < catalog->sizes.row_count; i++) {
		const pg_catalog_class *table = &catalog->tables.at[i];
		char natts[16];
		char indexes[16];
		char rows[32];
		char pages[16];
		char size[32];

		snprintf(natts, sizeof(natts), "%d", table->relnatts);
		snprintf(indexes, sizeof(indexes), "%u", count_indexes(catalog, table->oid));
		number_text((uint64_t)(table->reltuples < 0 ? 0 : table->reltuples), rows,
			    sizeof(rows));
		snprintf(pages, sizeof(pages), "%d", table->relpages);
		number_text(strtoull(catalog->sizes.values[i], NULL, 10) / 1024, size,
			    sizeof(size));
		screen_table_row(&demo->screen, columns,
				 (const char *const[]){ table->relname, natts, indexes, rows, pages,
							size },
				 6);
	}
	screen_say(&demo->screen, "rows and pages as last vacuumed or analysed; the size with "
				  "indexes and TOAST, now");
}

bool chapter_catalog(struct demo *demo)
{
	struct catalog catalog = { 0 };

	if (!find_tables(demo, &catalog) || !find_indexes(demo, &catalog) ||
	    !measure_tables(demo, &catalog))
		return false;
	say_tables(demo, &catalog);
	return true;
}
