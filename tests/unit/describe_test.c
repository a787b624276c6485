/*
 * What descriptors say of relations, and what reading one does that was not loaded. Built with
 * NDEBUG and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#ifndef NDEBUG
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static const qn_relation *relation_of(const qn_model *model, int32_t constant)
{
	return &model->relations[constant - model->field_count - 1];
}

static void set_loaded(shop_product *product, shop_product_field field)
{
	product->qn_loaded[((size_t)field - 1) / 64] |= UINT64_C(1) << (((size_t)field - 1) % 64);
}

static void a_relation_is_loaded_apart_from_its_key_and_others(void **state)
{
	shop_product product = { 0 };

	(void)state;
	set_loaded(&product, SHOP_PRODUCT_AUTHOR_ID);
	assert_false(shop_product_is_loaded(&product, SHOP_PRODUCT_AUTHOR));
	set_loaded(&product, SHOP_PRODUCT_TAGS);
	assert_true(shop_product_is_loaded(&product, SHOP_PRODUCT_TAGS));
	assert_false(shop_product_is_loaded(&product, SHOP_PRODUCT_AUTHOR));
	product.qn_loaded[0] = UINT64_MAX;
	assert_false(qn_model_is_loaded(&shop_product_model, &product, SHOP_PRODUCT_TAGS + 1));
	assert_false(qn_model_is_loaded(&shop_product_model, &product, 0));
	assert_false(qn_model_is_loaded(&shop_product_model, NULL, SHOP_PRODUCT_TAGS));
}

static void loaded_relations_are_read(void **state)
{
	shop_author author = { .id = 7 };
	shop_tag tags[2] = { { .id = 1 }, { .id = 2 } };
	shop_product product = { .author = &author, .tags = { tags, 2 } };

	(void)state;
	set_loaded(&product, SHOP_PRODUCT_AUTHOR);
	set_loaded(&product, SHOP_PRODUCT_TAGS);
	assert_ptr_equal(shop_product_author(&product), &author);
	assert_ptr_equal(shop_product_tags(&product).at, tags);
	assert_int_equal(shop_product_tags(&product).len, 2);
	product.author = NULL;
	assert_null(shop_product_author(&product));
}

#ifdef NDEBUG

static void without_assertions_what_was_not_loaded_reads_as_nothing(void **state)
{
	shop_product product = { 0 };

	(void)state;
	assert_null(shop_product_author(&product));
	assert_int_equal(shop_product_tags(&product).len, 0);
}

#else

/* Runs it in a process of its own, which must abort; what that said on stderr. */
static void said_when_aborted(void (*run)(void), char *text, size_t size)
{
	const struct rlimit no_core = { 0, 0 };
	size_t len = 0;
	ssize_t got;
	int fds[2];
	int status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		if (dup2(fds[1], STDERR_FILENO) < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0)
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		run();
		_exit(0);
	}
	assert_true(child > 0);
	close(fds[1]);
	while (len + 1 < size && (got = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void author_read(void)
{
	(void)shop_product_author(&(shop_product){ .author_id = 7 });
}

static void tags_read(void)
{
	(void)shop_product_tags(&(shop_product){ 0 });
}

static void products_read(void)
{
	(void)shop_author_products(NULL);
}

static void no_relation_read(void)
{
	qn_model_assert_loaded(&shop_product_model, &(shop_product){ 0 }, SHOP_PRODUCT_TAGS + 1);
}

static void reading_what_was_not_loaded_stops_and_names_it(void **state)
{
	char said[4096];

	(void)state;
	said_when_aborted(author_read, said, sizeof(said));
	assert_string_equal(said, "shop.Product.author was not loaded: name it in .select_related "
				  "or .prefetch_related\n");
	said_when_aborted(tags_read, said, sizeof(said));
	assert_string_equal(said,
			    "shop.Product.tags was not loaded: name it in .prefetch_related\n");
	said_when_aborted(products_read, said, sizeof(said));
	assert_string_equal(said,
			    "shop.Author.products was not loaded: name it in .prefetch_related\n");
	said_when_aborted(no_relation_read, said, sizeof(said));
	assert_string_equal(said, "shop.Product has no relation 15\n");
}

#endif

static void assert_same_types(const qn_model *left, const uint16_t *left_fields,
			      const qn_model *right, const uint16_t *right_fields, uint16_t len)
{
	for (uint16_t i = 0; i < len; i++) {
		assert_true(left_fields[i] < left->field_count);
		assert_true(right_fields[i] < right->field_count);
		assert_int_equal(left->fields[left_fields[i]].type,
				 right->fields[right_fields[i]].type);
	}
}

static void relation_is_sound(const qn_model *model, const qn_relation *relation)
{
	const qn_link *link = relation->link;

	assert_int_equal(link != NULL, relation->kind == QN_RELATION_MANY);
	assert_int_equal(relation->constraint != NULL, relation->kind == QN_RELATION_FORWARD);
	if (!link) {
		assert_int_equal(relation->own_len, relation->other_len);
		assert_same_types(model, relation->own, relation->model, relation->other,
				  relation->own_len);
		return;
	}
	assert_same_types(model, relation->own, link->model, link->own, relation->own_len);
	assert_same_types(relation->model, relation->other, link->model, link->other,
			  relation->other_len);
}

static void dependent_is_sound(const qn_model *model, const qn_dependent *dependent)
{
	const qn_relation *relation = &dependent->model->relations[dependent->relation];

	assert_true(dependent->relation < dependent->model->relation_count);
	assert_int_equal(relation->kind, QN_RELATION_FORWARD);
	assert_ptr_equal(relation->model, model);
}

static void relations_join_fields_of_one_type(void **state)
{
	size_t relations = 0;
	size_t dependents = 0;

	(void)state;
	for (size_t i = 0; i < shop_module.model_count; i++) {
		const qn_model *model = shop_module.models[i];

		for (uint16_t j = 0; j < model->relation_count; j++)
			relation_is_sound(model, &model->relations[j]);
		for (uint16_t j = 0; j < model->dependent_count; j++)
			dependent_is_sound(model, &model->dependents[j]);
		relations += model->relation_count;
		dependents += model->dependent_count;
	}
	/* Three foreign keys and a many to many; two of the keys and it have reverse names. */
	assert_int_equal(relations, 7);
	assert_int_equal(dependents, 5);
}

static void a_link_is_a_model_without_structs(void **state)
{
	const qn_relation *tags = relation_of(&shop_product_model, SHOP_PRODUCT_TAGS);
	const qn_relation *products = relation_of(&shop_tag_model, SHOP_TAG_PRODUCTS);
	const qn_model *link = tags->link->model;

	(void)state;
	assert_ptr_equal(link, &shop_product_tags_link);
	assert_ptr_equal(products->link->model, link);
	assert_int_equal(tags->link->own[0], products->link->other[0]);
	assert_int_equal(tags->link->other[0], products->link->own[0]);
	assert_string_equal(link->name, "shop.Product.tags");
	assert_string_equal(link->sql_name, "\"shop_product_tags\"");
	assert_string_equal(link->fields[tags->link->own[0]].column, "product_id");
	assert_string_equal(link->fields[tags->link->other[0]].column, "tag_id");
	assert_int_equal(link->primary_key_len, 2);
	for (uint16_t i = 0; i < link->relation_count; i++) {
		relation_is_sound(link, &link->relations[i]);
		assert_int_equal(link->relations[i].on_delete, QN_ON_DELETE_CASCADE);
		assert_int_equal(link->relations[i].row, QN_NO_OFFSET);
	}
	assert_null(qn_module_find(&shop_module, "tags"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_relation_is_loaded_apart_from_its_key_and_others),
		cmocka_unit_test(loaded_relations_are_read),
#ifdef NDEBUG
		cmocka_unit_test(without_assertions_what_was_not_loaded_reads_as_nothing),
#else
		cmocka_unit_test(reading_what_was_not_loaded_stops_and_names_it),
#endif
		cmocka_unit_test(relations_join_fields_of_one_type),
		cmocka_unit_test(a_link_is_a_model_without_structs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
