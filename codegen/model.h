/*
 * The checked model: what a project's schemas say, with every name resolved and every rule kept.
 *
 * It is made by schema_check (check.h) and const from there on. Emitters are pure functions of it.
 * Everything in it lives in one arena; the texts of the sources must outlive it. Arrays are in the
 * order of declaration, modules and models in the order of their names, so that the order of files
 * on the command line changes nothing.
 *
 * Words: a *field* is what a schema declares; a *column* is what the table has. A scalar field is
 * one column, a foreign key one column for each column of the key it refers to, a many-to-many
 * none.
 */
#ifndef QUERN_CODEGEN_MODEL_H
#define QUERN_CODEGEN_MODEL_H

#include "codec/type.h"
#include "source.h"

struct model;
struct module;
struct column;
struct relation;

struct enum_label {
	struct span span;
	struct str name;       /* in the schema */
	struct str label;      /* in the database */
	struct str c_constant; /* SHOP_STATUS_DRAFT */
	struct str comment;
};

struct enumeration {
	struct span span;
	const struct module *module;
	struct str name;     /* Status */
	struct str sql_name; /* shop_status, not quoted */
	struct str c_name;   /* shop_status: the C enum; begins shop_status_where and so on */
	struct str comment;
	const struct enum_label *labels;
	size_t label_count;
};

struct column_type {
	const struct type_info *info;
	const struct enumeration *enumeration; /* of QN_TYPE_ENUM */
	struct str opaque;                     /* the SQL type of QN_TYPE_OPAQUE */
	int32_t length;                        /* varchar(n), char(n); 0: none */
	int32_t precision; /* numeric(p, s); 0: none. timestamp(p) and so on have none */
	int32_t scale;
	bool is_array;
};

enum default_kind {
	DEFAULT_NONE,
	DEFAULT_LITERAL,    /* sql: a literal ready for SQL, `'draft'`, `0`, `true` */
	DEFAULT_EXPRESSION, /* sql: an expression, `now()` */
};

struct default_value {
	enum default_kind kind;
	struct str sql;
};

enum identity {
	IDENTITY_NONE,
	IDENTITY_BY_DEFAULT,
	IDENTITY_ALWAYS,
};

struct check {
	struct span span;
	struct str name; /* of the constraint in the database */
	struct str sql;  /* without the parentheses */
};

/* What `valid` asks of the values of a column, in words of the runtime. */
struct rule {
	struct span span;
	qn_rule_kind kind;
	struct str text;       /* QN_RULE_PATTERN, QN_RULE_FROM, QN_RULE_TO: without quotes */
	int32_t number;        /* QN_RULE_MIN_LENGTH, QN_RULE_MAX_LENGTH */
	struct str c_function; /* QN_RULE_HOOK: the program's shop_author_check_born */
};

struct column {
	struct span span;
	struct str name;       /* as C and JSON call it before mangling: author_id */
	struct str sql_name;   /* not quoted */
	struct str c_name;     /* the member of the structs */
	struct str c_constant; /* SHOP_PRODUCT_AUTHOR_ID */
	struct str comment;
	struct str renamed_from; /* the old sql_name, or empty */
	struct column_type type;
	struct default_value default_value;
	enum identity identity;
	bool is_nullable;
	bool is_primary_key;
	bool is_unique; /* alone, by a constraint of its own (the key excluded) */
	bool on_update_now;
	const struct check *checks;
	size_t check_count;
	const struct rule *rules; /* in their order; the hook is the last */
	size_t rule_count;
	const struct relation *relation; /* the foreign key that it belongs to, or NULL */
	const struct column *target; /* the column of the other table that it refers to, or NULL */
	size_t index;                /* in its model's columns */
};

enum foreign_action {
	ACTION_NO_ACTION,
	ACTION_RESTRICT,
	ACTION_CASCADE,
	ACTION_SET_NULL,
	ACTION_SET_DEFAULT,
};

/* A foreign key. */
struct relation {
	struct span span;
	struct str name;         /* author */
	struct str c_name;       /* the member author */
	struct str reverse_name; /* products, or empty */
	struct str constraint_name;
	struct str comment;
	const struct model *from;
	const struct model *to;
	/* Of `from`, in the order of the target's primary key. */
	const struct column *const *columns;
	size_t column_count;
	enum foreign_action on_delete;
	enum foreign_action on_update;
	bool is_nullable;
	bool is_one_to_one; /* its columns are unique or the primary key */
};

/* Tag[]: through a link table, which is a model of its own, implicit or declared. */
struct many_to_many {
	struct span span;
	struct str name; /* tags */
	struct str c_name;
	struct str reverse_name; /* products, or empty */
	struct str comment;
	const struct model *from;
	const struct model *to;
	const struct model *through;
	const struct relation *link_from; /* through's foreign key to `from` */
	const struct relation *link_to;
	bool is_symmetrical; /* to itself without a reverse name */
};

enum relation_kind {
	RELATION_FORWARD,     /* a foreign key of the model: one row, or none */
	RELATION_REVERSE_ONE, /* a one-to-one foreign key of the other: one row, or none */
	RELATION_REVERSE,     /* a foreign key of the other: any number of rows */
	RELATION_MANY,        /* from either side of a many to many: any number of rows */
};

/* What a model calls the rows that are related to its own: a relation from one of its two sides. */
struct relation_end {
	struct span span;
	enum relation_kind kind;
	struct str name;
	struct str c_name;     /* the member of the structs */
	struct str c_constant; /* SHOP_PRODUCT_TAGS */
	struct str c_function; /* shop_product_tags: begins shop_product_tags_add and so on too */
	struct str comment;
	const struct model *to;
	const struct relation *key;        /* the foreign key; of RELATION_MANY NULL, and ... */
	const struct many_to_many *many;   /* ... of it alone, */
	const struct relation *link_own;   /* the link's foreign key to this side */
	const struct relation *link_other; /* and to the other */
};

enum order_nulls {
	NULLS_DEFAULT,
	NULLS_FIRST,
	NULLS_LAST,
};

/* One term of an order, or of an index: a column or, in an index, an expression. */
struct order_term {
	struct span span;
	const struct column *column; /* NULL: an expression */
	struct str expression;       /* SQL without the parentheses */
	struct str operator_class;   /* or empty */
	bool descending;
	enum order_nulls nulls;
};

/* A unique constraint, or one that is an index because of `where` or expressions. */
struct unique {
	struct span span;
	struct str name;
	const struct order_term *terms;
	size_t term_count;
	struct str where; /* SQL, or empty */
	const struct column *const *include;
	size_t include_count;
	bool nulls_not_distinct;
	bool is_index; /* has `where`, expressions: CREATE UNIQUE INDEX */
};

struct index {
	struct span span;
	struct str name;
	struct str method; /* btree, gin, ...: never empty */
	const struct order_term *terms;
	size_t term_count;
	const struct column *const *include;
	size_t include_count;
	struct str where;
};

struct model {
	struct span span;
	const struct module *module;
	struct str name;       /* Product */
	struct str sql_schema; /* not quoted; empty: the search path decides */
	struct str sql_name;   /* shop_product, not quoted */
	struct str c_name;     /* shop_product */
	struct str c_prefix;   /* SHOP_PRODUCT */
	/* As shop_product_model; of an implicit link as shop_product_tags_link. */
	struct str c_descriptor;
	struct str file_stem; /* product: generated/shop/product.h */
	struct str comment;
	struct str renamed_from; /* the old table name, or empty */
	struct str source_path;  /* where it is declared, as given on the command line */
	bool is_unmanaged;       /* no DDL */
	bool is_implicit;        /* a link table that nobody declared: C has its descriptor alone */
	bool is_one_of_many;     /* some relation has any number of its rows */
	const struct column *columns;
	size_t column_count;
	const struct column *const *primary_key;
	size_t primary_key_len;
	struct str primary_key_name; /* of the constraint */
	const struct relation *relations;
	size_t relation_count;
	const struct many_to_many *many_to_many;
	size_t many_to_many_count;
	/* Foreign keys of other models, and its own, that refer to it. */
	const struct relation *const *reverse;
	size_t reverse_count;
	/*
	 * Foreign keys, many to manys, then what has a reverse name here, by the model that
	 * declares it.
	 */
	const struct relation_end *ends;
	size_t end_count;
	const struct order_term *order_by;
	size_t order_by_len;
	const struct unique *uniques; /* those of single columns included */
	size_t unique_count;
	const struct index *indexes;
	size_t index_count;
	const struct check *checks; /* of the table */
	size_t check_count;
	struct str new_hook; /* the program's shop_author_check_new, or empty */
	struct str changes_hook;
};

/* What a serializer writes under one key: a column, a relation or what the program computes. */
struct serializer_entry {
	struct span span;
	struct str name; /* in the model, or of what is computed */
	struct str key;  /* in JSON */
	const struct column *column;
	const struct relation_end *relation;
	/* Of a relation; NULL: as its model is written by itself. */
	const struct serializer *nested;
	struct str c_function; /* of what is computed: the program's shop_product_card_discount */
	bool is_read_only;     /* written, never taken */
	bool is_write_only;    /* taken, never written */
};

struct serializer {
	struct span span;
	const struct module *module;
	struct str name;   /* ProductCard */
	struct str c_name; /* shop_product_card: begins the names of its functions */
	struct str comment;
	const struct model *model;
	const struct serializer_entry *entries; /* in the order of the keys */
	size_t entry_count;
	bool takes_context; /* it, or one that it nests, computes something */
};

struct module {
	struct str name;       /* shop */
	struct str sql_schema; /* default of its models */
	struct str c_name;
	struct str comment;
	const struct enumeration *enums; /* by name */
	size_t enum_count;
	const struct model *models; /* by name */
	size_t model_count;
	const struct serializer *serializers; /* by name */
	size_t serializer_count;
};

/* A whole project. */
struct schema {
	const struct module *modules; /* by name */
	size_t module_count;
};

#endif
