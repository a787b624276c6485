#include "emit_c_parts.h"

#include "template.h"
#include "templates.h"

/*
 * A function of a relation, with its declaration for a many to many and for the reverse of a
 * foreign key. What takes rows finds them by their key.
 */
struct write {
	const char *verb;
	const struct str *many;
	const struct str *reverse; /* NULL: there is none */
	const struct str *definition;
	bool makes_links;
	bool unlinks; /* of the reverse: makes rows refer to none */
};

static const struct write writes[] = {
	{
		.verb = "add",
		.many = &template_many_add_declaration,
		.reverse = &template_reverse_add_declaration,
		.definition = &template_write_definition,
		.makes_links = true,
	},
	{
		.verb = "remove",
		.many = &template_many_remove_declaration,
		.reverse = &template_reverse_remove_declaration,
		.definition = &template_write_definition,
		.unlinks = true,
	},
	{
		.verb = "set",
		.many = &template_many_set_declaration,
		.reverse = &template_reverse_set_declaration,
		.definition = &template_write_definition,
		.makes_links = true,
		.unlinks = true,
	},
	{
		.verb = "clear",
		.many = &template_many_clear_declaration,
		.reverse = &template_reverse_clear_declaration,
		.definition = &template_clear_definition,
		.unlinks = true,
	},
	{
		.verb = "create",
		.many = &template_many_create_declaration,
		.definition = &template_create_definition,
		.makes_links = true,
	},
};

static bool has_write(const struct relation_end *end, const struct write *write)
{
	bool needs_key = write->definition == &template_write_definition;

	if (end->kind == RELATION_MANY)
		return true;
	if (end->kind != RELATION_REVERSE || !write->reverse)
		return false;
	return (end->key->is_nullable || !write->unlinks) &&
	       (end->to->primary_key_len > 0 || !needs_key);
}

static void write_add(struct buf *out, const struct model *model, const struct relation_end *end,
		      const struct write *write, const struct str *text)
{
	bool sets_link = write->makes_links && end->many && !end->many->through->is_implicit;
	struct str nothing = { "", 0 };
	struct str link = nothing;

	if (sets_link)
		link = arena_format(out->arena, ", const %.*s_new *link",
				    STR_ARGS(end->many->through->c_name));
	template_add(out, *text,
		     SLOTS({ "function", end->c_function },
			   { "verb", str_from_cstring(write->verb) }, { "model", model->c_name },
			   { "related", end->to->c_name }, { "constant", end->c_constant },
			   { "link", link },
			   { "link_member", sets_link ? STR(" .link = link,") : nothing }));
}

void emit_c_write_declarations_add(struct buf *out, const struct model *model)
{
	for (size_t i = 0; i < model->end_count; i++)
		for (size_t j = 0; j < sizeof(writes) / sizeof(*writes); j++) {
			const struct relation_end *end = &model->ends[i];
			const struct str *text = end->many ? writes[j].many : writes[j].reverse;

			if (has_write(end, &writes[j]))
				write_add(out, model, end, &writes[j], text);
		}
}

void emit_c_write_definitions_add(struct buf *out, const struct model *model)
{
	for (size_t i = 0; i < model->end_count; i++)
		for (size_t j = 0; j < sizeof(writes) / sizeof(*writes); j++) {
			const struct relation_end *end = &model->ends[i];

			if (!has_write(end, &writes[j]))
				continue;
			write_add(out, model, end, &writes[j], writes[j].definition);
			buf_add_char(out, '\n');
		}
}
