/*
 * What the stages behind the parser share: drafts of the model, which grow from stage to stage.
 *
 * A *field* is what one member of a model declares, shared by the models that inherit it; a
 * *field_use* is the field in one model. Emitters never see drafts. Drafts of abstract models have
 * no `model`.
 */
#ifndef QUERN_CHECK_INSIDE_H
#define QUERN_CHECK_INSIDE_H

#include "ast.h"
#include "diagnostics.h"
#include "model.h"
#include "names.h"
#include "suggest.h"
#include "table.h"

#define COLUMNS_MAX               ((size_t)1600)
#define RELATIONS_MAX             ((size_t)10000) /* their constants have to fit an order's terms */
#define INDEX_COLUMNS_MAX         ((size_t)32)
#define INHERITANCE_DEPTH_MAX     ((size_t)64)
#define KEY_DEPTH_MAX             ((size_t)64)
#define NESTING_DEPTH_MAX         ((size_t)32) /* rows that the runtime writes within each other */
#define BIGGEST_VARCHAR           10485760
#define BIGGEST_NUMERIC_PRECISION 1000

struct module_draft;
struct model_draft;

enum field_kind {
	FIELD_BROKEN, /* an error was found: it takes a name, and nothing else is said about it */
	FIELD_SCALAR,
	FIELD_RELATION,
	FIELD_MANY,
};

struct field {
	const struct ast_member *member;
	struct module_draft *module; /* where its names are looked up */
	enum field_kind kind;
	struct column_type type;    /* FIELD_SCALAR */
	struct model_draft *target; /* FIELD_RELATION, FIELD_MANY */
	struct model_draft *through;
	struct default_value default_value; /* FIELD_SCALAR */
	const struct rule *rules; /* without names of functions, which each model has its own of */
	size_t rule_count;
	struct str name;
};

struct field_use {
	struct field *field;
	struct model_draft *owner;
	bool is_in_key;
	size_t first_column; /* of its columns in the model */
	size_t column_count;
	struct relation *relation;
	struct many_to_many *many_to_many;
	struct model_draft *through;
};

/* A column of a primary key, known before the columns of the model are. */
struct key_part {
	struct str name;
	struct column_type type;
	struct field_use *use;
};

enum progress {
	NOT_BEGUN,
	BEGUN,
	DONE,
};

struct member_list {
	const struct ast_member **at;
	size_t count;
	size_t capacity;
};

struct model_draft {
	const struct ast_declaration *ast;
	struct module_draft *module;
	const struct source *source;
	bool is_implicit;
	const struct model_draft *link_owner; /* of an implicit one: whose field it is for */
	const struct field *link_field;
	struct model *model; /* what emitters will see, of a model that is not abstract */
	struct field_use *uses;
	size_t use_count;
	size_t use_capacity;
	struct table uses_by_name;
	struct member_list members;     /* those that are no fields; inherited ones first */
	const struct ast_member *key;   /* primary key (...), or NULL */
	const struct ast_member *order; /* order by, or NULL */
	const struct ast_member *hook;  /* valid hook, or NULL */
	bool is_unmanaged;
	bool has_no_key;
	enum progress expansion;
	size_t depth; /* models that it inherits through */
	enum progress key_progress;
	bool key_is_good;
	size_t key_depth; /* models that it refers through */
	struct key_part *key_parts;
	size_t key_len;
	size_t key_capacity;
	struct table columns_by_name;
	struct table columns_by_sql_name; /* of those with another name there */
	struct table members_c;           /* names of members of its structs */
	struct table reverse_by_name;
};

/* Where a serializer nests another one. */
struct nesting {
	struct serializer_draft *to;
	struct span span;
};

struct serializer_draft {
	const struct ast_declaration *ast;
	struct module_draft *module;
	struct serializer *serializer;   /* what emitters will see */
	const struct model_draft *model; /* NULL: an error was found */
	struct nesting *nestings;
	size_t nesting_count;
	size_t followed; /* which of them is being looked at, while nesting_progress is BEGUN */
	enum progress nesting_progress;
	size_t height; /* how deep it nests */
};

struct declared {
	const struct ast_declaration *ast;
	struct enumeration *enumeration;     /* of an enum */
	struct model_draft *draft;           /* of a model, abstract or not */
	struct serializer_draft *serializer; /* of a serializer */
};

struct module_draft {
	struct module *module;
	struct span span; /* of its name where it was first seen */
	struct ast_name sql_schema;
	struct table declared;       /* by name, of struct declared */
	struct model_draft **drafts; /* abstract ones included, in the order of their names */
	size_t draft_count;
	size_t draft_capacity;
	struct serializer_draft **serializers; /* in the order of their names */
};

struct checker {
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct module_draft **modules; /* by name */
	size_t module_count;
	struct table modules_by_name;
	/* "schema.name" of tables, types, indexes and constraints, to their spans. */
	struct table sql_names;
	struct table sql_numbers; /* the last number of those names that needed one */
	struct table constants;   /* enumeration constants of C */
	struct table functions;   /* those of relations and serializers, to their spans */
	struct table stems;       /* names of types of C */
	bool is_partial; /* a source could not be read: a name that is not found may be there */
	bool has_all_columns; /* no error took one away, nor a label */
};

/* resolve.c: modules, declarations, enums; a draft of each model without fields. */
void modules_resolve(struct checker *checker, const struct ast_file *const *files, size_t count);
/* The declaration that a path means, or NULL with an error. `what` is "model", "type" and so on. */
const struct declared *path_resolve(struct checker *checker, const struct module_draft *module,
				    const struct ast_path *path, const char *what);
/* As path_resolve, without an error. */
const struct declared *path_find(const struct checker *checker, const struct module_draft *module,
				 const struct ast_path *path);
struct model_draft *draft_add(struct checker *checker, struct module_draft *module,
			      const struct ast_declaration *ast, const struct source *source);

/* inherit.c: fields and members of a model, its own and those of its bases. */
void draft_expand(struct checker *checker, struct model_draft *draft, size_t depth);
struct field_use *draft_use(const struct model_draft *draft, struct str name);
/* Appends a field. What draft_use returned is not valid any more. */
void draft_use_add(struct checker *checker, struct model_draft *draft, struct field *field);

/* check_field.c: what a field is, and whether its attributes suit it. */
void field_check(struct checker *checker, struct field *field);

/* check_type.c: the type of a scalar field. False: an error was found. */
bool type_check(struct checker *checker, const struct module_draft *module,
		const struct ast_type *ast, struct column_type *type);
/* A whole number within the limits; false with an error otherwise. */
bool whole_number_check(struct checker *checker, const struct ast_value *value, long least,
			long most, int32_t *out);
/* Whether it is the name of a type in another case, or in SQL or another language. */
bool type_is_meant(struct str name);
/* Considers the names of all types of the language. */
void types_consider(struct suggestion *suggestion);
/* How messages and SQL spell a type: varchar(20)[] */
struct str type_spell(struct arena *arena, const struct column_type *type);

/* check_value.c: a default, as SQL. VALUE_NONE is no default. */
struct default_value default_check(struct checker *checker, const struct column_type *type,
				   const struct ast_value *value);
/*
 * Why a number or a text is no value of the type, as what is said of a default: "is not a number";
 * NULL: it is one. `plain` is it without its quotes.
 */
const char *literal_refuse(struct checker *checker, const struct column_type *type,
			   const struct ast_value *value, struct str *plain);

/* check_rule.c: what a field says by `valid`, and whether that suits it. */
void field_rules_check(struct checker *checker, struct field *field);
/* The names of the program's hooks. */
void hooks_check(struct checker *checker, struct model_draft *draft);

/* link.c: the models of many-to-many fields that name none. */
void links_add(struct checker *checker, struct module_draft *module);

/* check_key.c: the columns of the primary key. False when it refers to itself or is broken; said
 * once. */
bool key_check(struct checker *checker, struct model_draft *draft, size_t depth);
void key_declare(struct checker *checker, struct model_draft *draft);

/* check_column.c */
void columns_check(struct checker *checker, struct model_draft *draft);

/* check_relation.c: what fields refer to, once all columns are there. */
void relations_check(struct checker *checker, struct model_draft *draft);
void many_to_many_check(struct checker *checker, struct model_draft *draft);
void reverse_check(struct checker *checker);

/* check_end.c: what each model calls its related rows, and the names of that in C. */
void ends_check(struct checker *checker);

/* check_list.c: order by, primary key, unique, index, check. */
void lists_check(struct checker *checker, struct model_draft *draft);

/* check_condition.c: conditions in SQL that PostgreSQL would refuse, as far as quern reads them. */
void conditions_check(struct checker *checker, struct model_draft *draft);

/* check_serializer.c: what serializers write, once all relations are there. */
void serializers_check(struct checker *checker);
/*
 * Takes the name of a function for a serializer; false: it is taken, and that was said. `what` is
 * "serializer" and so on.
 */
bool symbol_check(struct checker *checker, struct str symbol, const struct ast_name *name,
		  const char *what);

/* check_entry.c: the entries of a serializer, once what all serializers are for is known. */
void entries_check(struct checker *checker, struct serializer_draft *draft);

/* check_name.c: names of tables, types and constants, once all drafts have their `model`. */
void names_check(struct checker *checker);
/* Names of the members and constants of a model, once its columns are there. */
void column_names_check(struct checker *checker, struct model_draft *draft);
/* A free member of the structs of a model: the name, or the name with _ behind it. */
struct str member_name(struct checker *checker, struct model_draft *draft, struct str name);
/* A free enumeration constant for it: PREFIX_NAME, or that with _ behind it. */
struct str constant_name(struct checker *checker, const struct model *model, struct str name,
			 const struct span *place);
/*
 * A free name for the functions of a relation, model_name or that with _ behind it; to many: also
 * the beginning of others.
 */
struct str function_name(struct checker *checker, const struct model *model, struct str name,
			 bool is_to_many);
/*
 * Takes the name of a function. The place of what has it already, without a source where quern has
 * it; NULL: it was free.
 */
const struct span *symbol_take(struct checker *checker, struct str symbol,
			       const struct span *place);

/* check_sql_name.c: names in the database. Those of a module's enums and tables. */
void sql_names_take(struct checker *checker, const struct module_draft *draft);
/*
 * A free name for a constraint or an index: table_columns_label, with a number where that is taken.
 */
struct str constraint_name(struct checker *checker, const struct model *model, struct str columns,
			   const char *label);

/* Checks that a name has one of the language's forms. */
void snake_check(struct checker *checker, const struct ast_name *name, const char *what);
void camel_check(struct checker *checker, const struct ast_name *name, const char *what);

#endif
