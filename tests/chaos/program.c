#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	char *rest;
	const char *problem; /* the word that cannot be read; NULL: none */
};

static const char *const deeds[] = {
	[DEED_CUT] = "cut",     [DEED_RESET] = "reset", [DEED_HALF_CLOSE] = "half-close",
	[DEED_STALL] = "stall", [DEED_FLIP] = "flip",   [DEED_SPOIL] = "spoil",
	[DEED_TWICE] = "twice", [DEED_DROP] = "drop",   [DEED_INJECT] = "inject",
};

const char *program_deed_name(enum program_deed deed)
{
	return deeds[deed];
}

static const char *word(struct reader *reader)
{
	const char *found = strtok_r(NULL, " ", &reader->rest);

	if (found == NULL)
		reader->problem = "the end";
	return found != NULL ? found : "";
}

static uint64_t number(struct reader *reader)
{
	const char *text = word(reader);
	char *end;
	unsigned long long value = strtoull(text, &end, 0);

	if (end == text || *end != '\0')
		reader->problem = *text != '\0' ? text : "the end";
	return value;
}

static void read_hex(struct reader *reader, struct program *program)
{
	const char *text = word(reader);
	size_t length = strlen(text) / 2;
	unsigned value;

	if (strlen(text) % 2 != 0 || length > PROGRAM_INJECT)
		reader->problem = text;
	for (size_t i = 0; reader->problem == NULL && i < length; i++) {
		if (sscanf(text + 2 * i, "%2x", &value) != 1)
			reader->problem = text;
		else
			program->inject[i] = (unsigned char)value;
	}
	program->inject_length = length;
}

static void read_deed(struct reader *reader, struct program *program, const char *name)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
		if (strcmp(name, deeds[i]) != 0)
			continue;
		program->deed = (enum program_deed)i;
		if (program->deed == DEED_SPOIL)
			program->spoiled = (size_t)number(reader);
		if (program->deed == DEED_FLIP || program->deed == DEED_SPOIL)
			program->flip = (unsigned char)number(reader);
		else if (program->deed == DEED_INJECT)
			read_hex(reader, program);
		return;
	}
	reader->problem = *name != '\0' ? name : "the end";
}

/* "C", "C 3", "P:COMMIT 2", and the deed behind it. */
static void read_message(struct reader *reader, struct program *program)
{
	const char *what = word(reader);
	const char *next;
	char *end;

	if (strcmp(what, "message") != 0) {
		reader->problem = *what != '\0' ? what : "the end";
		return;
	}
	what = word(reader);
	program->type = what[0];
	if (what[0] != '\0' && what[1] == ':')
		snprintf(program->text, sizeof(program->text), "%s", what + 2);
	else if (what[0] == '\0' || what[1] != '\0')
		reader->problem = *what != '\0' ? what : "the end";
	next = word(reader);
	program->count = (unsigned)strtoul(next, &end, 10);
	if (end != next && *end == '\0')
		next = word(reader);
	else
		program->count = 1;
	if (reader->problem == NULL)
		read_deed(reader, program, next);
}

static void read_byte(struct reader *reader, struct program *program)
{
	const char *what = word(reader);

	if (strcmp(what, "byte") != 0) {
		reader->problem = *what != '\0' ? what : "the end";
		return;
	}
	program->offset = number(reader);
	if (reader->problem == NULL)
		read_deed(reader, program, word(reader));
}

static void read_setting(struct reader *reader, struct program *program, const char *name)
{
	if (strcmp(name, "delay") == 0) {
		program->delay_ms = (unsigned)number(reader);
	} else if (strcmp(name, "jitter") == 0) {
		program->jitter_ms = (unsigned)number(reader);
	} else if (strcmp(name, "rate") == 0) {
		program->rate = (unsigned)number(reader);
	} else if (strcmp(name, "slice") == 0) {
		program->slice = (unsigned)number(reader);
	} else if (strcmp(name, "stall") == 0) {
		program->stalled = true;
	} else if (strcmp(name, "again") == 0) {
		program->again = true;
	} else if (strcmp(name, "at") == 0) {
		program->trigger = TRIGGER_BYTE;
		read_byte(reader, program);
	} else if (strcmp(name, "before") == 0 || strcmp(name, "after") == 0) {
		program->trigger = *name == 'b' ? TRIGGER_BEFORE : TRIGGER_AFTER;
		read_message(reader, program);
	} else if (strcmp(name, "pass") != 0) {
		reader->problem = name;
	}
}

static bool needs_message(enum program_deed deed)
{
	return deed == DEED_SPOIL || deed == DEED_TWICE || deed == DEED_DROP;
}

bool program_parse(struct program *program, char *words, char *error, size_t size)
{
	struct reader reader = { .rest = NULL };
	const char *name;

	*program = (struct program){ .count = 0 };
	for (name = strtok_r(words, " ", &reader.rest); name != NULL && reader.problem == NULL;
	     name = strtok_r(NULL, " ", &reader.rest))
		read_setting(&reader, program, name);
	if (reader.problem == NULL && program->trigger == TRIGGER_BYTE &&
	    needs_message(program->deed))
		reader.problem = deeds[program->deed];
	if (reader.problem != NULL)
		snprintf(error, size, "cannot read the program at '%s'", reader.problem);
	return reader.problem == NULL;
}
