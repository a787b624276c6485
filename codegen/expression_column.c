#include "expression_inside.h"

#include "lexer.h"
#include "sql_text.h"

/*
 * Words that stand for functions and types, but for columns too where nothing makes them that:
 * PostgreSQL's keywords that "cannot be function or type names".
 */
static const char *const shared_words[] = {
	"between",       "bigint",         "bit",           "boolean",        "char",
	"character",     "coalesce",       "dec",           "decimal",        "exists",
	"extract",       "float",          "greatest",      "grouping",       "inout",
	"int",           "integer",        "interval",      "json",           "json_array",
	"json_arrayagg", "json_exists",    "json_object",   "json_objectagg", "json_query",
	"json_scalar",   "json_serialize", "json_table",    "json_value",     "least",
	"merge_action",  "national",       "nchar",         "none",           "normalize",
	"nullif",        "numeric",        "out",           "overlay",        "position",
	"precision",     "real",           "row",           "setof",          "smallint",
	"substring",     "time",           "timestamp",     "treat",          "trim",
	"values",        "varchar",        "xmlattributes", "xmlconcat",      "xmlelement",
	"xmlexists",     "xmlforest",      "xmlnamespaces", "xmlparse",       "xmlpi",
	"xmlroot",       "xmlserialize",   "xmltable",
};

/* Any other keyword that is not free is no name of a column without quotes. */
static bool is_column_word(struct arena *arena, struct str word)
{
	for (size_t i = 0; i < sizeof(shared_words) / sizeof(shared_words[0]); i++)
		if (str_equal(word, str_from_cstring(shared_words[i])))
			return true;
	return str_equal(sql_ident(arena, word), word);
}

const struct column *column_find(const struct model *model, struct arena *arena,
				 const struct sql_token *name)
{
	if (name->kind == SQL_NAME && !is_column_word(arena, name->text))
		return NULL;
	for (size_t i = 0; i < model->column_count; i++)
		if (str_equal(model->columns[i].sql_name, name->text))
			return &model->columns[i];
	return NULL;
}

/* What a row has beside its columns. */
static bool is_of_row(const struct model *model, struct str name)
{
	static const struct str system_columns[] = {
		STR_INIT("cmax"),     STR_INIT("cmin"), STR_INIT("ctid"),
		STR_INIT("tableoid"), STR_INIT("xmax"), STR_INIT("xmin"),
	};

	for (size_t i = 0; i < sizeof(system_columns) / sizeof(system_columns[0]); i++)
		if (str_equal(name, system_columns[i]))
			return true;
	return str_equal(name, model->sql_name);
}

/*
 * Names that PostgreSQL cuts are left to it, as is every word that some use of SQL keeps for
 * itself. The table may have columns that the model does not know, when quern does not make it.
 */
bool column_is_missing(const struct model *model, struct arena *arena, const struct sql_token *name)
{
	if (model->is_unmanaged || name->text.len > NAME_LENGTH_MAX || is_of_row(model, name->text))
		return false;
	if (name->kind == SQL_NAME && !str_equal(sql_ident(arena, name->text), name->text))
		return false;
	return column_find(model, arena, name) == NULL;
}
