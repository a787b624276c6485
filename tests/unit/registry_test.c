/*
 * Models, enums and serializers by their names, and what their descriptors tell a program that
 * knows none of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pg_catalog.h"
#include "quern_modules.h"
#include "shop.h"

static const qn_model *found_early;

/* Runs before main, and before what other sources may set up. */
__attribute__((constructor(101))) static void find_early(void)
{
	found_early = qn_modules_find(quern_modules, "shop.Product");
}

static void models_are_found_before_main(void **state)
{
	(void)state;
	assert_ptr_equal(found_early, &shop_product_model);
}

static void every_model_is_found_by_its_name(void **state)
{
	size_t count = 0;

	(void)state;
	for (const qn_module *const *module = quern_modules; *module; module++) {
		for (size_t i = 0; i < (*module)->model_count; i++, count++) {
			const qn_model *model = (*module)->models[i];

			assert_ptr_equal(qn_modules_find(quern_modules, model->name), model);
		}
	}
	assert_int_equal(count, shop_module.model_count + pg_catalog_module.model_count);
	assert_ptr_equal(qn_modules_find(quern_modules, "pg_catalog.Class"),
			 &pg_catalog_class_model);
}

static void enums_and_serializers_are_found_too(void **state)
{
	(void)state;
	assert_ptr_equal(qn_modules_find_enum(quern_modules, "shop.Status"), &shop_status_enum);
	assert_ptr_equal(qn_modules_find_serializer(quern_modules, "shop.ProductCard"),
			 &shop_product_card_serializer);
	assert_null(qn_modules_find_enum(quern_modules, "shop.Product"));
	assert_null(qn_modules_find_enum(quern_modules, "pg_catalog.Status"));
	assert_null(qn_modules_find_serializer(quern_modules, "shop.Status"));
	assert_null(qn_modules_find_serializer(quern_modules, NULL));
	assert_null(qn_modules_find(quern_modules, "shop.ProductCard"));
}

static void other_names_are_none(void **state)
{
	static const char *const names[] = {
		"",
		"shop",
		"shop.",
		".Product",
		"Product",
		"shop.product",
		"shop..",
		"shop.Product ",
		"shoq.Product",
		"shop.Product.tags",
		"sho.Product",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_null(qn_modules_find(quern_modules, names[i]));
	assert_null(qn_modules_find(quern_modules, NULL));
}

static void a_program_may_have_a_list_of_its_own(void **state)
{
	const qn_module *const catalog_alone[] = { &pg_catalog_module, NULL };
	const qn_module *const nothing[] = { NULL };

	(void)state;
	assert_non_null(qn_modules_find(catalog_alone, "pg_catalog.Class"));
	assert_null(qn_modules_find(catalog_alone, "shop.Product"));
	assert_null(qn_modules_find(nothing, "shop.Product"));
}

static void assert_type(const qn_model *model, int32_t field, const char *expected)
{
	char text[64];

	assert_int_equal(qn_field_sql_type(&model->fields[field - 1], text, sizeof(text)),
			 strlen(expected));
	assert_string_equal(text, expected);
}

static void types_are_written_as_sql_has_them(void **state)
{
	const qn_field wide = { .type = QN_TYPE_NUMERIC, .limit = 40 };
	const qn_field fixed = { .type = QN_TYPE_BPCHAR, .limit = 2, .flags = QN_FIELD_ARRAY };
	const qn_field other = { .type = QN_TYPE_OPAQUE, .sql_type = "int4range" };
	char text[64];

	(void)state;
	assert_type(&shop_product_model, SHOP_PRODUCT_ID, "bigint");
	assert_type(&shop_product_model, SHOP_PRODUCT_NAME, "varchar(200)");
	assert_type(&shop_product_model, SHOP_PRODUCT_PRICE, "numeric(10,2)");
	assert_type(&shop_product_model, SHOP_PRODUCT_STATUS, "\"shop_status\"");
	assert_type(&shop_product_model, SHOP_PRODUCT_ALIASES, "text[]");
	assert_type(&shop_product_model, SHOP_PRODUCT_CREATED_AT, "timestamptz");
	assert_type(&pg_catalog_index_model, PG_CATALOG_INDEX_INDKEY, "int2vector");
	qn_field_sql_type(&wide, text, sizeof(text));
	assert_string_equal(text, "numeric(40,0)");
	qn_field_sql_type(&fixed, text, sizeof(text));
	assert_string_equal(text, "char(2)[]");
	qn_field_sql_type(&other, text, sizeof(text));
	assert_string_equal(text, "int4range");
}

static void a_type_is_cut_where_there_is_no_room(void **state)
{
	const qn_field *name = &shop_product_model.fields[SHOP_PRODUCT_NAME - 1];
	char text[4] = "xxx";

	(void)state;
	assert_int_equal(qn_field_sql_type(name, NULL, 0), strlen("varchar(200)"));
	assert_int_equal(qn_field_sql_type(name, text, sizeof(text)), strlen("varchar(200)"));
	assert_string_equal(text, "var");
}

static void structs_can_be_made_without_their_types(void **state)
{
	(void)state;
	assert_int_equal(shop_product_model.row_size, sizeof(shop_product));
	assert_int_equal(shop_product_model.query_size, sizeof(shop_product_query));
	assert_int_equal(shop_product_model.new_size, sizeof(shop_product_new));
	assert_int_equal(shop_product_model.changes_size, sizeof(shop_product_changes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_are_found_before_main),
		cmocka_unit_test(every_model_is_found_by_its_name),
		cmocka_unit_test(enums_and_serializers_are_found_too),
		cmocka_unit_test(other_names_are_none),
		cmocka_unit_test(a_program_may_have_a_list_of_its_own),
		cmocka_unit_test(types_are_written_as_sql_has_them),
		cmocka_unit_test(a_type_is_cut_where_there_is_no_room),
		cmocka_unit_test(structs_can_be_made_without_their_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
