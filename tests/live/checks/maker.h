/*
 * Random values of columns, and random conditions over them in the spellings that PostgreSQL knows.
 */
#ifndef QUERN_TEST_MAKER_H
#define QUERN_TEST_MAKER_H

#include "check_subject.h"
#include "codec_subject.h"

struct maker {
	const struct check_subject *subject;
	uint64_t seed;
};

/* A value of the field, often one of the edges of its type. False: NULL. */
bool maker_value(struct maker *maker, const qn_field *field, union codec_any *out);

/* Appends a condition. Nearly all are valid SQL; most can be told without the database. */
void maker_condition(struct maker *maker, struct buf *out);

#endif
