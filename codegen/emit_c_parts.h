/*
 * The parts of the C emitter, for emit_c.c alone. Each returns a whole file; texts live in the
 * arena.
 */
#ifndef QUERN_CODEGEN_EMIT_C_PARTS_H
#define QUERN_CODEGEN_EMIT_C_PARTS_H

#include "base/buf.h"
#include "model.h"

struct str emit_c_model_header(const struct model *model, struct arena *arena);
struct str emit_c_model_source(const struct model *model, struct arena *arena);
struct str emit_c_types_header(const struct module *module, struct arena *arena);
struct str emit_c_enums_header(const struct module *module, struct arena *arena);
struct str emit_c_enums_source(const struct module *module, struct arena *arena);
struct str emit_c_registry_header(const struct module *module, struct arena *arena);
struct str emit_c_registry_source(const struct module *module, struct arena *arena);
struct str emit_c_serializers_header(const struct module *module, struct arena *arena);
struct str emit_c_serializers_source(const struct module *module, struct arena *arena);
struct str emit_c_module_header(const struct module *module, struct arena *arena);
struct str emit_c_modules_header(const struct schema *schema, struct arena *arena);

/*
 * The first line of a file that comes of one source, named without its folders so that it is the
 * same from anywhere.
 */
struct str emit_c_source_banner(struct str source_path, struct arena *arena);
struct str emit_c_module_banner(const struct module *module, struct arena *arena);
struct str emit_c_project_banner(struct arena *arena);

/* False for what generates no C: link tables that nobody declared. */
bool emit_c_has_files(const struct model *model);

/* "shop.Product" */
struct str emit_c_model_name(const struct model *model, struct arena *arena);
/* The lines of a column's descriptor that say what it is in the database. */
struct str emit_c_facts(const struct model *model, const struct column *column,
			struct arena *arena);

/*
 * emit_c_relation.c: the types of a relation's members, and whether they are a pointer to one row.
 */
bool emit_c_is_to_one(const struct relation_end *end);
struct str emit_c_related_type(const struct relation_end *end, struct arena *arena);
struct str emit_c_related_where_type(const struct relation_end *end, struct arena *arena);
/* The headers of the modules that the members need, and of all that the descriptor does. */
struct str emit_c_related_types(const struct model *model, struct arena *arena);
struct str emit_c_related_headers(const struct model *model, struct arena *arena);
/* The tables of a model's descriptor, and the descriptors of links that nobody declared. */
void emit_c_relation_tables_add(struct buf *out, const struct model *model, struct arena *arena);
/* The functions of a model's relations: empty when it has none. */
struct str emit_c_relation_declarations(const struct model *model, struct arena *arena);
struct str emit_c_relation_definitions(const struct model *model, struct arena *arena);

/*
 * emit_c_write.c: the functions that write which rows are related, where a relation can be written.
 */
void emit_c_write_declarations_add(struct buf *out, const struct model *model);
void emit_c_write_definitions_add(struct buf *out, const struct model *model);

/* The C types of a column's members. */
bool emit_c_has_twin(const struct column *column); /* a nullable member without a NULL of its own */
struct str emit_c_row_type(const struct column *column, struct arena *arena);
struct str emit_c_where_type(const struct column *column, struct arena *arena);
/* The value itself for a required column, else the column's set type. */
struct str emit_c_new_type(const struct column *column, struct arena *arena);
struct str emit_c_changes_type(const struct column *column, struct arena *arena);
bool emit_c_is_required(const struct column *column);
bool emit_c_is_in_new(const struct column *column);
bool emit_c_is_in_changes(const struct column *column);
/* The elements of a query's .only: C has no empty arrays. */
size_t emit_c_only_capacity(const struct model *model);
/* Decimal digits. */
struct str emit_c_number(struct arena *arena, size_t value);
/* "type name;\n" */
void emit_c_member_add(struct buf *out, struct str type, struct str name);

#endif
