/*
 * Random trees of nested transactions against a simple model: the statements that are sent, the
 * statuses that the blocks return, and what is kept at the end. A failing seed is printed;
 * `transaction_tree_test SEED` runs it alone.
 */
#include "fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

enum {
	SEEDS = 10000,
	ACTIONS_MAX = 6,
	DEPTH_MAX = 5,
	NODES_MAX = 200,
	PENDING_MAX = 512,
};

enum action_kind {
	DO_OK,         /* a statement that works, awaited */
	DO_OK_LATER,   /* not awaited */
	DO_FAIL,       /* a statement that fails, awaited */
	DO_FAIL_LATER, /* not awaited */
	DO_BLOCK,
	DO_ROLLBACK, /* qn_tx_set_rollback */
	ACTION_KINDS,
};

struct action {
	enum action_kind kind;
	struct node *block;
	bool stops; /* a failure of this action ends the function with it */
	char sql[16];
};

struct node {
	struct action actions[ACTIONS_MAX];
	size_t action_count;
	qn_status returns;
};

struct tree {
	struct node nodes[NODES_MAX];
	size_t node_count;
	unsigned names;
	uint64_t random;
};

static uint32_t tree_random(struct tree *tree, uint32_t below)
{
	tree->random = tree->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(tree->random >> 33) % below;
}

static struct node *tree_grow(struct tree *tree, int depth)
{
	struct node *node = &tree->nodes[tree->node_count++];

	node->action_count = tree_random(tree, ACTIONS_MAX + 1);
	node->returns = tree_random(tree, 6) == 0 ? QN_NOT_FOUND : QN_OK;
	for (size_t i = 0; i < node->action_count; i++) {
		struct action *action = &node->actions[i];
		uint32_t dice = tree_random(tree, 20);

		action->stops = tree_random(tree, 2);
		action->kind = dice < 7    ? DO_OK
			       : dice < 9  ? DO_OK_LATER
			       : dice < 10 ? DO_FAIL
			       : dice < 11 ? DO_FAIL_LATER
			       : dice < 12 ? DO_ROLLBACK
					   : DO_BLOCK;
		if (action->kind == DO_BLOCK &&
		    (depth == DEPTH_MAX || tree->node_count == NODES_MAX))
			action->kind = DO_OK;
		if (action->kind == DO_OK || action->kind == DO_OK_LATER)
			snprintf(action->sql, sizeof(action->sql), "ok n%u", tree->names++);
		else
			snprintf(action->sql, sizeof(action->sql), "fail");
		if (action->kind == DO_BLOCK)
			action->block = tree_grow(tree, depth + 1);
	}
	return node;
}

/* The subject. */
static qn_status run_node(qn_session *session, void *argument)
{
	const struct node *node = argument;

	for (size_t i = 0; i < node->action_count; i++) {
		const struct action *action = &node->actions[i];
		qn_status status = QN_OK;

		if (action->kind == DO_BLOCK)
			status = qn_atomic(session, run_node, action->block, NULL);
		else if (action->kind == DO_ROLLBACK)
			status = qn_tx_set_rollback(session);
		else if (action->kind == DO_OK || action->kind == DO_FAIL)
			status = qn_await(qn_sql(session, NULL, action->sql, NULL, 0));
		else
			(void)qn_sql(session, NULL, action->sql, NULL, 0);
		if (status != QN_OK && action->stops)
			return status;
	}
	return node->returns;
}

/* The model. */
struct block {
	struct block *outer;
	bool is_broken;
	bool rolls_back;
};

struct pending {
	struct block *block;
	const char *sql; /* NULL: transaction control */
};

struct model {
	struct buf sent;
	char names[FAKE_NAMES_MAX][16];
	size_t name_count;
	bool is_aborted;
	struct block blocks[DEPTH_MAX + 1]; /* those that are open, by depth */
	struct pending pending[PENDING_MAX];
	size_t pending_count;
};

static bool model_is_broken(const struct block *block)
{
	for (; block; block = block->outer)
		if (block->is_broken)
			return true;
	return false;
}

/* Everything that was sent is answered, and each failure is known. Returns the last status. */
static qn_status model_sync(struct model *model)
{
	qn_status status = QN_OK;

	for (size_t i = 0; i < model->pending_count; i++) {
		const struct pending *pending = &model->pending[i];
		bool fails = pending->sql && strcmp(pending->sql, "fail") == 0;

		status = model->is_aborted ? QN_TRANSACTION_BROKEN : fails ? QN_SQL_ERROR : QN_OK;
		if (status != QN_OK) {
			model->is_aborted = true;
			if (pending->block)
				pending->block->is_broken = true;
		} else if (pending->sql) {
			snprintf(model->names[model->name_count++], sizeof(model->names[0]), "%s",
				 pending->sql + strlen("ok "));
		}
	}
	model->pending_count = 0;
	return status;
}

static void model_send(struct model *model, struct block *block, const char *text, const char *sql)
{
	buf_add_format(&model->sent, "%s\n", text);
	model->pending[model->pending_count++] = (struct pending){ block, sql };
}

static qn_status model_statement(struct model *model, struct block *block,
				 const struct action *action)
{
	bool is_awaited = action->kind == DO_OK || action->kind == DO_FAIL;

	if (model_is_broken(block))
		return is_awaited ? QN_TRANSACTION_BROKEN : QN_OK;
	model_send(model, block, action->sql, action->sql);
	return is_awaited ? model_sync(model) : QN_OK;
}

static qn_status model_block(struct model *model, struct block *outer, const struct node *node,
			     int depth);

static qn_status model_function(struct model *model, struct block *block, const struct node *node,
				int depth)
{
	for (size_t i = 0; i < node->action_count; i++) {
		const struct action *action = &node->actions[i];
		qn_status status = QN_OK;

		if (action->kind == DO_BLOCK)
			status = model_block(model, block, action->block, depth + 1);
		else if (action->kind == DO_ROLLBACK)
			block->rolls_back = true;
		else
			status = model_statement(model, block, action);
		if (status != QN_OK && action->stops)
			return status;
	}
	return node->returns;
}

static qn_status model_block(struct model *model, struct block *outer, const struct node *node,
			     int depth)
{
	struct block *block = &model->blocks[depth];
	size_t names_before;
	qn_status status;
	char text[64];
	bool keeps;

	if (model_is_broken(outer))
		return QN_TRANSACTION_BROKEN;
	*block = (struct block){ .outer = outer };
	snprintf(text, sizeof(text), "SAVEPOINT qn_%d", depth);
	model_send(model, depth ? outer : block, depth ? text : "BEGIN", NULL);
	/* What is in flight already belongs to the blocks around. */
	names_before = model->name_count;
	for (size_t i = 0; i < model->pending_count; i++)
		names_before += model->pending[i].sql && strcmp(model->pending[i].sql, "fail") != 0;
	status = model_function(model, block, node, depth);
	(void)model_sync(model);
	if (model_is_broken(outer))
		return status != QN_OK ? status : QN_TRANSACTION_BROKEN;
	keeps = status == QN_OK && !block->is_broken && !block->rolls_back;
	if (!keeps) {
		model->name_count = names_before;
		model->is_aborted = false;
	}
	if (depth == 0) {
		buf_add_cstring(&model->sent, keeps ? "COMMIT\n" : "ROLLBACK\n");
	} else {
		if (!keeps)
			buf_add_format(&model->sent, "ROLLBACK TO SAVEPOINT qn_%d\n", depth);
		snprintf(text, sizeof(text), "RELEASE SAVEPOINT qn_%d", depth);
		model_send(model, outer, text, NULL);
	}
	return status == QN_OK && block->is_broken ? QN_TRANSACTION_BROKEN : status;
}

static void check_seed(uint64_t seed)
{
	static struct tree tree;
	static struct model model;
	static struct qn_pool pool;
	struct buf kept = { 0 };
	qn_session *session;
	qn_status expected;
	qn_status status;

	memset(&tree, 0, sizeof(tree));
	memset(&model, 0, sizeof(model));
	tree.random = seed;
	tree_grow(&tree, 0);
	expected = model_block(&model, NULL, &tree.nodes[0], 0);
	for (size_t i = 0; i < model.name_count; i++)
		buf_add_format(&kept, "%s\n", model.names[i]);

	fake_pool_init(&pool);
	pool.answers_a_turn = seed % 3 ? SIZE_MAX : 1;
	assert_int_equal(qn_session_open(&pool, &session), QN_OK);
	status = qn_atomic(session, run_node, &tree.nodes[0], NULL);
	if (status != expected || !str_equal(buf_str(&model.sent), buf_str(&pool.trace)) ||
	    !str_equal(buf_str(&kept), buf_str(&pool.kept))) {
		fail_msg("seed %llu: returned %s, expected %s\nsent:\n%sexpected:\n%skept:\n%s"
			 "expected:\n%s",
			 (unsigned long long)seed, qn_status_name(status), qn_status_name(expected),
			 buf_str(&pool.trace).at, buf_str(&model.sent).at, buf_str(&pool.kept).at,
			 buf_str(&kept).at);
	}
	assert_false(qn_in_transaction(session));
	qn_session_close(session);
	fake_pool_settle(&pool);
	assert_int_equal(pool.completed, pool.submitted);
	fake_pool_release(&pool);
	buf_free(&model.sent);
	buf_free(&kept);
}

static void random_trees_of_transactions_behave_as_the_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		check_seed(seed);
}

static uint64_t wanted_seed;

static void the_wanted_seed_behaves_as_the_model(void **state)
{
	(void)state;
	check_seed(wanted_seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(random_trees_of_transactions_behave_as_the_model),
	};
	const struct CMUnitTest one[] = {
		cmocka_unit_test(the_wanted_seed_behaves_as_the_model),
	};

	if (argc < 2)
		return cmocka_run_group_tests(all, NULL, NULL);
	wanted_seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(one, NULL, NULL);
}
