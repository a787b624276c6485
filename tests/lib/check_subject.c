#include "check_subject.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"

static const char schema[] =
	"module t;\n"
	"enum Mood { sad \"S'ad\", fine, great }\n"
	"enum Weather { sun, rain }\n"
	"model Row {\n"
	"  id bigint primary key;\n"
	"  flag boolean?; other_flag boolean?;\n"
	"  small smallint?; whole integer?; big bigint?;\n"
	"  price numeric(10,2)?; wide numeric?;\n"
	"  single real?; ratio double?;\n"
	"  name text?; code varchar(20)?; fixed char(4)?; word name? column \"Word\";\n"
	"  mood Mood?; other_mood Mood?; weather Weather?;\n"
	"  day date?; other_day date?; clock time?;\n"
	"  moment timestamp?; instant timestamptz?; span interval?;\n"
	"  key uuid?; tags text[]?; meta jsonb?; number oid?;\n"
	"  user text? column \"user\"; place opaque \"point\"?;\n"
	"  least integer?; time time?;\n"
	"}\n";

static void memory_exhausted(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

static const qn_enum *enum_of(struct arena *arena, const struct enumeration *enumeration)
{
	qn_enum *made = arena_alloc(arena, sizeof(*made));
	const char **labels = arena_alloc_array(arena, enumeration->label_count, sizeof(*labels));

	for (size_t i = 0; i < enumeration->label_count; i++)
		labels[i] = arena_cstring(arena, enumeration->labels[i].label);
	made->name = arena_cstring(arena, enumeration->name);
	made->labels = labels;
	made->len = (uint32_t)enumeration->label_count;
	return made;
}

static void model_init(struct check_subject *subject)
{
	const struct model *table = subject->table;
	qn_field *fields = arena_alloc_array(&subject->arena, table->column_count, sizeof(*fields));

	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		fields[i].name = arena_cstring(&subject->arena, column->name);
		fields[i].column = arena_cstring(&subject->arena, column->sql_name);
		fields[i].type = (uint8_t)type_info_id(column->type.info);
		fields[i].flags = column->type.is_array ? QN_FIELD_ARRAY : 0;
		fields[i].limit = column->type.precision;
		fields[i].scale = (int16_t)column->type.scale;
		if (column->type.length)
			fields[i].limit = column->type.length;
		if (column->type.enumeration)
			fields[i].enumeration = enum_of(&subject->arena, column->type.enumeration);
	}
	subject->model = (qn_model){
		.name = "t.Row",
		.fields = fields,
		.field_count = (uint16_t)table->column_count,
	};
}

bool check_subject_init(struct check_subject *subject)
{
	struct source *source;
	struct diagnostics diagnostics;
	struct buf said;

	arena_init(&subject->arena, 0, memory_exhausted);
	source = arena_alloc(&subject->arena, sizeof(*source));
	*source = (struct source){ .path = STR("subject.quern"), .text = STR(schema) };
	diagnostics_init(&diagnostics, &subject->arena);
	if (!schema_compile(source, 1, &subject->arena, &diagnostics, &subject->schema)) {
		buf_init(&said, &subject->arena);
		diagnostics_render_text(&diagnostics, false, &said);
		fprintf(stderr, "%.*s\n", STR_ARGS(buf_str(&said)));
		arena_free(&subject->arena);
		return false;
	}
	subject->table = &subject->schema->modules[0].models[0];
	model_init(subject);
	return true;
}

void check_subject_free(struct check_subject *subject)
{
	arena_free(&subject->arena);
}

const qn_check *check_subject_compile(struct check_subject *subject, struct str sql)
{
	struct arena *arena = &subject->arena;
	struct expression expression;
	qn_check *check;
	qn_node *nodes;

	if (!expression_compile(subject->table, sql, arena, &expression))
		return NULL;
	check = arena_alloc(arena, sizeof(*check));
	nodes = arena_alloc_array(arena, expression.count, sizeof(*nodes));
	for (size_t i = 0; i < expression.count; i++) {
		const struct expression_node *node = &expression.nodes[i];

		nodes[i].kind = (uint8_t)node->kind;
		nodes[i].type = (uint8_t)node->type;
		nodes[i].count = node->count;
		nodes[i].field = node->column ? (uint16_t)node->column->index : 0;
		nodes[i].text = node->text.at ? arena_cstring(arena, node->text) : NULL;
	}
	check->sql = arena_cstring(arena, sql);
	check->nodes = nodes;
	check->node_count = (uint16_t)expression.count;
	return check;
}
