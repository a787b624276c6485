/* What the binary and the text form of arrays share. */
#ifndef QUERN_CODEC_ARRAY_H
#define QUERN_CODEC_ARRAY_H

#include "codec/codec.h"

/* The layout of every qn_array_<suffix>. */
struct array {
	const void *at;
	size_t len;
	const bool *is_null;
};

/* The server's limit on one array. */
#define ARRAY_ELEMENTS_MAX ((size_t)134217727)

/* Copies the caller's array. Refuses one with a length but no elements, or with too many. */
codec_refusal array_read(struct codec_value value, struct array *array);
/* By is_null, or a pointer that is NULL. */
bool array_element_is_null(const struct array *array, const struct type_info *element, size_t i);
const void *array_element(const struct array *array, const struct type_info *element, size_t i);
/* Takes back what was added since `start`, and wraps the element's refusal. */
codec_refusal array_refuse(struct buf *out, size_t start, codec_refusal of_element);

/* An array that is being decoded. */
struct array_builder {
	struct arena *arena;
	const struct type_info *element;
	const qn_field *field;
	char *at;
	bool *is_null;
	size_t capacity;
	size_t len;
};

/* Room for `capacity` elements. False: the arena is exhausted. */
bool array_builder_init(struct array_builder *builder, struct arena *arena, const qn_field *field,
			size_t capacity);
/* False: the element cannot be decoded, or the arena is exhausted. There must be room. */
bool array_builder_add(struct array_builder *builder, struct str wire);
bool array_builder_add_null(struct array_builder *builder);
/* Writes a qn_array_<suffix>. */
void array_builder_finish(const struct array_builder *builder, void *out);

/* The type of the elements: the field's own, or what its vector is made of. */
const struct type_info *array_element_type(const qn_field *field);

#endif
