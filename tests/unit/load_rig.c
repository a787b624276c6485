#include "load_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarce_memory.h"

struct load_script load_script;

enum { INT8_OID = 20, COLUMNS_MAX = 4 };

void load_set_number(PGresult *result, int row, int column, uint64_t number)
{
	char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(number >> (8 * (7 - i)));
	assert_true(PQsetvalue(result, row, column, bytes, sizeof(bytes)));
}

PGresult *load_make_result(int columns)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc attributes[COLUMNS_MAX] = { 0 };

	assert_non_null(result);
	for (int i = 0; i < columns; i++) {
		attributes[i].name = (char *)(uintptr_t) "column";
		attributes[i].typid = INT8_OID;
		attributes[i].format = 1;
	}
	assert_true(PQsetResultAttrs(result, columns, attributes));
	return result;
}

/* Two nodes, 1 and 2 below it, perhaps joined to the nodes above them. */
static PGresult *answer_nodes(bool is_joined)
{
	PGresult *result = load_make_result(is_joined ? 4 : 2);

	load_set_number(result, 0, 0, 1);
	assert_true(PQsetvalue(result, 0, 1, NULL, -1));
	load_set_number(result, 1, 0, 2);
	load_set_number(result, 1, 1, 1);
	if (!is_joined)
		return result;
	for (int column = 2; column < 4; column++)
		assert_true(PQsetvalue(result, 0, column, NULL, -1));
	load_set_number(result, 1, 2, 1);
	assert_true(PQsetvalue(result, 1, 3, NULL, -1));
	return result;
}

/* A node below 1, for the first key, or another one, by its number. */
static PGresult *answer_numbered(void)
{
	PGresult *result = load_make_result(3);

	load_set_number(result, 0, 0, 10 + load_script.answered);
	load_set_number(result, 0, 1, 1);
	load_set_number(result, 0, 2, load_script.group_given);
	return result;
}

/* The same by its value, which is the node's own or that of the node above. */
static PGresult *answer_related(uint64_t key, bool is_below)
{
	PGresult *result = load_make_result(2);

	if (load_script.group_given != 1)
		key = load_script.group_given;
	load_set_number(result, 0, 0, is_below ? 10 + load_script.answered : key);
	load_set_number(result, 0, 1, is_below ? key : 1);
	return result;
}

static PGresult *answer(struct fake_server *server, const char *sql)
{
	PGresult *result;

	if (strncmp(sql, "SELECT t.id", 11) != 0)
		return NULL;
	/* The server has memory of its own. */
	scarce_memory_pause();
	if (strstr(sql, "p.n"))
		result = answer_numbered();
	else if (strstr(sql, "ANY("))
		result = answer_related(server->number, strstr(sql, "t.up = ANY("));
	else
		result = answer_nodes(strstr(sql, "t1.id"));
	if (load_script.answered == load_script.spoil_after)
		assert_true(PQsetvalue(result, 0, 0, NULL, -1));
	load_script.answered++;
	server->is_held = load_script.answered == load_script.hold_after;
	scarce_memory_resume();
	return result;
}

struct rig *load_begin(void)
{
	struct rig *rig = rig_new(NULL);

	rig->server.answer = answer;
	load_script.answered = 0;
	load_script.hold_after = UINT32_MAX;
	load_script.spoil_after = UINT32_MAX;
	load_script.group_given = 1;
	return rig;
}

const node_query load_leaves = { .only = { 0 } };
const node_query load_third = { .prefetch = { .below = &load_leaves } };
static const node_query second = { .prefetch = { .above = &load_leaves, .below = &load_third } };
const node_query load_whole = { .prefetch = { .above = &load_third, .below = &second } };

void load_on_end(qn_op *op, void *context)
{
	struct ending *ending = context;

	ending->calls++;
	ending->status = qn_op_status(op);
	if (ending->status != QN_OK)
		assert_true(qn_op_error(op)->message[0]);
}

qn_session *load_open_session(struct rig *rig)
{
	qn_session *session;

	assert_int_equal(qn_session_open(rig->pool, &session), QN_OK);
	return session;
}

qn_op *load_start(qn_session *session, node_list *list, struct ending *ending)
{
	qn_op *op = qn_model_find(session, &node_model, list, &load_whole);

	*ending = (struct ending){ 0 };
	if (qn_then(op, load_on_end, ending) != QN_OK)
		ending->status = QN_OUT_OF_MEMORY;
	return op;
}

void load_assert_whole(const node_list *list)
{
	assert_int_equal(list->len, 2);
	assert_int_equal(list->at[0].below.len, 1);
	assert_true(qn_model_is_loaded(&node_model, &list->at[0], NODE_ABOVE));
	assert_null(list->at[0].above);
	assert_non_null(list->at[1].above);
	assert_int_equal(list->at[1].above->below.len, 1);
	assert_int_equal(list->at[1].below.len, 0);
	assert_non_null(list->at[0].below.at[0].above);
	assert_int_equal(list->at[0].below.at[0].below.at[0].below.len, 1);
}

void load_assert_end(const struct ending *ending, const node_list *list, qn_status expected)
{
	assert_int_equal(ending->calls, 1);
	assert_int_equal(ending->status, expected);
	if (expected == QN_OK) {
		load_assert_whole(list);
		return;
	}
	assert_null(list->at);
	assert_int_equal(list->len, 0);
}

void load_assert_works(struct rig *rig, qn_session *session)
{
	struct ending ending;
	node_list list;

	rig->server.is_held = false;
	load_script.hold_after = UINT32_MAX;
	load_script.spoil_after = UINT32_MAX;
	load_start(session, &list, &ending);
	rig_settle(rig);
	load_assert_end(&ending, &list, QN_OK);
}
