/*
 * The rows of a model as JSON Lines, in the memory of a few of them: they come by a stream.
 */
#include <stdio.h>
#include <string.h>

#include "dump.h"

struct row_list {
	const void *at;
	size_t len;
};

struct dump {
	const qn_model *model;
	const qn_serializer *serializer;
	qn_buffer out;
};

/* The relation that this entry of a serializer writes, or NULL. */
static const qn_relation *relation_of(const qn_model *model, const qn_serializer_entry *entry)
{
	if (entry->is_write_only || entry->member <= model->field_count)
		return NULL;
	return &model->relations[entry->member - model->field_count - 1];
}

/* By the key, whatever the model's own order: its index is there, and two dumps can be compared. */
static void order_by_key(qn_query_options *options, const qn_model *model)
{
	options->unordered = model->primary_key_len == 0;
	for (uint16_t i = 0; i < model->primary_key_len && i < QN_ORDER_BY_MAX; i++)
		options->order_by[i] = model->primary_key[i] + 1;
}

/* A query of all rows, which loads what the serializer nests. NULL: out of memory. */
static void *query_make(qn_session *session, const qn_model *model, const qn_serializer *serializer)
{
	char *query = qn_session_alloc(session, model->query_size);

	if (query)
		order_by_key((qn_query_options *)(void *)query, model);
	for (size_t i = 0; query && serializer && i < serializer->entry_count; i++) {
		const qn_serializer_entry *entry = &serializer->entries[i];
		const qn_relation *relation = relation_of(model, entry);
		void *related;

		if (!relation)
			continue;
		related = query_make(session, relation->model, entry->nested);
		if (!related)
			return NULL;
		memcpy(query + relation->prefetch, &related, sizeof(related));
	}
	return query;
}

static qn_status chunk_write(struct dump *dump, const struct row_list *rows)
{
	const qn_json_options options = {
		.serializer = dump->serializer,
		.not_a_number_as_text = true,
	};
	qn_status status =
		qn_json_write_lines(&dump->out, dump->model, rows->at, rows->len, &options);

	if (status != QN_OK)
		fprintf(stderr, "dump: %s\n", dump->out.problem);
	else if (rows->len > 0)
		fwrite(dump->out.at, 1, dump->out.len, stdout);
	qn_buffer_clear(&dump->out);
	return status;
}

static const char *reason(qn_session *session, qn_status status)
{
	const qn_error *error = qn_session_error(session);

	return error->status == status ? error->message : qn_status_text(status);
}

bool rows_dump(qn_session *session, const qn_model *model, const qn_serializer *serializer)
{
	const void *query = query_make(session, model, serializer);
	qn_stream *stream = query ? qn_model_each(session, model, query, 0) : NULL;
	struct dump dump = { .model = model, .serializer = serializer };
	struct row_list rows = { 0 };
	qn_status status;

	do {
		status = stream ? qn_await(qn_stream_next(stream, &rows)) : QN_OUT_OF_MEMORY;
		if (status == QN_OK)
			status = chunk_write(&dump, &rows);
		else
			fprintf(stderr, "dump: %s\n", reason(session, status));
	} while (status == QN_OK && rows.len > 0);
	qn_stream_close(stream);
	qn_buffer_free(&dump.out);
	return status == QN_OK;
}
