/*
 * Conditions of arbitrary text. What is held: no crash, no error of a sanitizer; one that is told
 * is told for every row, its negation too, and by the opposite verdict.
 */
#include <stdio.h>
#include <stdlib.h>

#include "maker.h"
#include "validate/expression.h"

#define ROWS       ((size_t)6)
#define FIELDS_MAX ((size_t)32)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once, and there until the process ends. */
struct rig {
	struct check_subject subject;
	struct patterns *patterns; /* of one input */
	union codec_any values[ROWS][FIELDS_MAX];
	const void *given[ROWS][FIELDS_MAX];
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static struct rig *rig_make(void)
{
	static struct rig rig;
	struct maker maker = { &rig.subject, 20261122 };

	must(check_subject_init(&rig.subject), "the subject is a schema");
	must(rig.subject.model.field_count <= FIELDS_MAX, "a row has room for its fields");
	/* Row 0 is of NULLs. */
	for (size_t row = 1; row < ROWS; row++)
		for (size_t i = 0; i < rig.subject.model.field_count; i++)
			if (maker_value(&maker, &rig.subject.model.fields[i], &rig.values[row][i]))
				rig.given[row][i] = &rig.values[row][i];
	return &rig;
}

static enum verdict opposite_of(enum verdict verdict)
{
	if (verdict == VERDICT_TRUE)
		return VERDICT_FALSE;
	return verdict == VERDICT_FALSE ? VERDICT_TRUE : verdict;
}

static void rows_look(struct rig *rig, const qn_check *check, const qn_check *negation)
{
	const qn_model *model = &rig->subject.model;

	rig->patterns = patterns_new();
	must(rig->patterns != NULL, "there is memory");
	for (size_t row = 0; row < ROWS; row++) {
		enum verdict verdict =
			expression_evaluate(model, check, rig->given[row], rig->patterns);
		enum verdict opposite =
			expression_evaluate(model, negation, rig->given[row], rig->patterns);

		must(opposite == opposite_of(verdict), "a negation is the opposite");
	}
	patterns_free(rig->patterns);
}

static void emit(struct rig *rig, struct str sql)
{
	struct expression expression;
	struct buf out;

	buf_init(&out, &rig->subject.arena);
	if (expression_compile(rig->subject.table, sql, &rig->subject.arena, &expression))
		expression_emit(&out, &expression);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig *rig;
	struct str sql = { (const char *)data, size };
	const qn_check *check;
	const qn_check *negation;
	struct arena_mark mark;
	struct str negated;

	if (!rig)
		rig = rig_make();
	mark = arena_mark(&rig->subject.arena);
	check = check_subject_compile(&rig->subject, sql);
	if (check) {
		emit(rig, sql);
		negated = arena_format(&rig->subject.arena, "not (%.*s)", STR_ARGS(sql));
		negation = check_subject_compile(&rig->subject, negated);
		/* It is one level deeper, and may be too deep. */
		if (negation)
			rows_look(rig, check, negation);
	}
	arena_release(&rig->subject.arena, mark);
	return 0;
}
