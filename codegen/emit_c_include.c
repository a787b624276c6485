#include "emit_c_include.h"

void includes_init(struct includes *includes, const struct module *from, struct arena *arena)
{
	buf_init(&includes->out, arena);
	table_init(&includes->seen, arena);
	includes->from = from;
}

void include_add(struct includes *includes, const struct module *module, struct str stem)
{
	struct arena *arena = includes->out.arena;
	struct str path = arena_format(arena, "%.*s.h", STR_ARGS(stem));

	if (module != includes->from)
		path = arena_format(arena, "../%.*s/%.*s", STR_ARGS(module->name), STR_ARGS(path));
	if (!table_add(&includes->seen, path, module))
		buf_add_format(&includes->out, "#include \"%.*s\"\n", STR_ARGS(path));
}
