/*
 * What there is: all of the models, and all of a model.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dump.h"

#include "quern_modules.h"

enum {
	LONGEST_NAME = 127, /* two names of 63 bytes and a dot */
	TYPE_ROOM = 160,
};

static int widest_model(void)
{
	size_t widest = 0;

	for (const qn_module *const *module = quern_modules; *module; module++) {
		for (size_t i = 0; i < (*module)->model_count; i++) {
			size_t len = strlen((*module)->models[i]->name);

			widest = len > widest ? len : widest;
		}
	}
	return (int)widest;
}

/* Those of any module may be for the model. */
static void serializers_write(const qn_model *model, const char *before, const char *behind)
{
	for (const qn_module *const *module = quern_modules; *module; module++)
		for (size_t i = 0; i < (*module)->serializer_count; i++)
			if ((*module)->serializers[i]->model == model)
				printf("%s%s%s", before, (*module)->serializers[i]->name, behind);
}

void models_list(void)
{
	int width = widest_model();

	for (const qn_module *const *module = quern_modules; *module; module++) {
		for (size_t i = 0; i < (*module)->model_count; i++) {
			const qn_model *model = (*module)->models[i];

			printf("%-*s  %s", width, model->name, model->sql_name);
			serializers_write(model, "  --serializer ", "");
			putchar('\n');
		}
	}
}

static int widest_member(const qn_model *model)
{
	size_t widest = 0;

	for (uint16_t i = 0; i < model->field_count; i++) {
		size_t len = strlen(model->fields[i].name);

		widest = len > widest ? len : widest;
	}
	for (uint16_t i = 0; i < model->relation_count; i++) {
		size_t len = strlen(model->relations[i].name);

		widest = len > widest ? len : widest;
	}
	return (int)widest;
}

static void field_describe(const qn_field *field, int width)
{
	char type[TYPE_ROOM];

	qn_field_sql_type(field, type, sizeof(type));
	printf("  %-*s  %s%s%s%s%s\n", width, field->name, type,
	       field->flags & QN_FIELD_NULLABLE ? " null" : "",
	       field->flags & QN_FIELD_PRIMARY_KEY ? " primary key" : "",
	       field->flags & QN_FIELD_UNIQUE ? " unique" : "",
	       field->flags & QN_FIELD_HAS_DEFAULT ? " default" : "");
	if (field->type != QN_TYPE_ENUM)
		return;
	printf("  %*s ", width, "");
	for (uint32_t i = 0; i < field->enumeration->len; i++)
		printf(" '%s'", field->enumeration->labels[i]);
	putchar('\n');
}

static void fields_write(const qn_model *model, const uint16_t *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%s%s", i ? ", " : "", model->fields[fields[i]].name);
}

static void relation_describe(const qn_model *model, const qn_relation *relation, int width)
{
	bool is_one =
		relation->kind == QN_RELATION_FORWARD || relation->kind == QN_RELATION_REVERSE_ONE;

	printf("  %-*s  %s %s ", width, relation->name, is_one ? "the" : "all",
	       relation->model->name);
	if (relation->link) {
		printf("linked by %s\n", relation->link->model->name);
		return;
	}
	printf("whose ");
	fields_write(relation->model, relation->other, relation->other_len);
	printf(" = ");
	fields_write(model, relation->own, relation->own_len);
	putchar('\n');
}

void model_describe(const qn_model *model)
{
	int width = widest_member(model);

	printf("%s  %s\n", model->name, model->sql_name);
	for (uint16_t i = 0; i < model->field_count; i++)
		field_describe(&model->fields[i], width);
	for (uint16_t i = 0; i < model->relation_count; i++)
		relation_describe(model, &model->relations[i], width);
	serializers_write(model, "  --serializer ", "\n");
}

/*
 * How many letters have to be added, left out or changed to make the one of the other; case is no
 * difference.
 */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST_NAME + 1];
	size_t len = strlen(b);

	if (len > LONGEST_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
			size_t change = corner + !same;
			size_t add = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;

			corner = row[j + 1];
			row[j + 1] = change < add ? change : add;
		}
	}
	return row[len];
}

struct nearest {
	const char *wanted;
	const char *name;
	size_t distance; /* of `name`; a name that is farther off is another word */
};

static struct nearest nearest_to(const char *wanted)
{
	return (struct nearest){ .wanted = wanted, .distance = strlen(wanted) / 3 + 2 };
}

/* The name without its module may have been meant, too. */
static void nearest_consider(struct nearest *nearest, const char *name)
{
	size_t whole = distance(nearest->wanted, name);
	size_t bare = distance(nearest->wanted, strchr(name, '.') + 1);
	size_t least = whole < bare ? whole : bare;

	if (least < nearest->distance) {
		nearest->name = name;
		nearest->distance = least;
	}
}

const char *model_nearest(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (const qn_module *const *module = quern_modules; *module; module++)
		for (size_t i = 0; i < (*module)->model_count; i++)
			nearest_consider(&nearest, (*module)->models[i]->name);
	return nearest.name;
}

const char *serializer_nearest(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (const qn_module *const *module = quern_modules; *module; module++)
		for (size_t i = 0; i < (*module)->serializer_count; i++)
			nearest_consider(&nearest, (*module)->serializers[i]->name);
	return nearest.name;
}
