#include "codec/array.h"

#define NO_DIMENSION_SIZE  ((size_t)12)
#define ONE_DIMENSION_SIZE ((size_t)20)
#define NULL_LENGTH        UINT32_MAX

const struct type_info *array_element_type(const qn_field *field)
{
	switch (field->type) {
	case QN_TYPE_INT2VECTOR:
		return type_info_of(QN_TYPE_INT16);
	case QN_TYPE_OIDVECTOR:
		return type_info_of(QN_TYPE_OID);
	default:
		return type_info_of(field->type);
	}
}

codec_refusal array_read(struct codec_value value, struct array *array)
{
	memcpy(array, value.at, sizeof(*array));
	if (array->len > 0 && !array->at)
		return "has a length and no elements";
	if (array->len > ARRAY_ELEMENTS_MAX)
		return "has more than 134217727 elements";
	return NULL;
}

const void *array_element(const struct array *array, const struct type_info *element, size_t i)
{
	return (const char *)array->at + i * element->size;
}

bool array_element_is_null(const struct array *array, const struct type_info *element, size_t i)
{
	if (array->is_null && array->is_null[i])
		return true;
	return element->flags & TYPE_POINTER &&
	       !*(const char *const *)array_element(array, element, i);
}

codec_refusal array_refuse(struct buf *out, size_t start, codec_refusal of_element)
{
	out->len = start;
	return codec_refuse(out, "has an element that %s", of_element);
}

static bool array_has_null(const struct array *array, const struct type_info *element)
{
	for (size_t i = 0; i < array->len; i++)
		if (array_element_is_null(array, element, i))
			return true;
	return false;
}

static void header_write(struct buf *out, const struct array *array,
			 const struct type_info *element, uint32_t lower_bound)
{
	bool is_empty = array->len == 0;
	uint32_t text_oid = type_info_of(QN_TYPE_TEXT)->oid;

	buf_add_be32(out, is_empty ? 0 : 1);
	buf_add_be32(out, array_has_null(array, element));
	buf_add_be32(out, element->flags & TYPE_CAST ? text_oid : element->oid);
	if (is_empty)
		return;
	buf_add_be32(out, (uint32_t)array->len);
	buf_add_be32(out, lower_bound);
}

/* The element with its length in front. */
static codec_refusal element_write(struct buf *out, const struct type_info *element,
				   struct codec_value value)
{
	size_t start = out->len;
	codec_refusal refusal;
	uint32_t len;

	buf_add_be32(out, 0);
	refusal = element->encode(out, value);
	if (refusal || out->failed)
		return refusal;
	len = __builtin_bswap32((uint32_t)(out->len - start - sizeof(len)));
	memcpy(out->at + start, &len, sizeof(len));
	return NULL;
}

/* Most arrays are of these, without a NULL: the keys of rows. */
static codec_refusal int64s_write(struct buf *out, const struct array *array, size_t start)
{
	const uint32_t len = __builtin_bswap32(sizeof(uint64_t));
	const size_t size = sizeof(len) + sizeof(uint64_t);
	codec_refusal refusal = codec_check_size(ONE_DIMENSION_SIZE + array->len * size);
	char *at = refusal ? NULL : buf_reserve(out, array->len * size);

	if (refusal)
		out->len = start;
	for (size_t i = 0; at && i < array->len; i++, at += size) {
		uint64_t value = codec_read_be64((const char *)array->at + i * sizeof(value));

		memcpy(at, &len, sizeof(len));
		memcpy(at + sizeof(len), &value, sizeof(value));
	}
	if (at) {
		*at = '\0';
		out->len += array->len * size;
	}
	return refusal;
}

static codec_refusal array_write(struct buf *out, const struct array *array, const qn_field *field,
				 uint32_t lower_bound)
{
	const struct type_info *element = array_element_type(field);
	size_t start = out->len;

	header_write(out, array, element, lower_bound);
	if (element->encode == codec_encode_int64 && !array->is_null)
		return int64s_write(out, array, start);
	for (size_t i = 0; i < array->len && !out->failed; i++) {
		struct codec_value value = { array_element(array, element, i), field };
		codec_refusal refusal = NULL;
		if (array_element_is_null(array, element, i))
			buf_add_be32(out, NULL_LENGTH);
		else
			refusal = element_write(out, element, value);
		if (refusal)
			return array_refuse(out, start, refusal);
		refusal = codec_check_size(out->len - start);
		if (refusal) {
			out->len = start;
			return refusal;
		}
	}
	return NULL;
}

codec_refusal type_array_encode(struct buf *out, struct codec_value value)
{
	struct array array;
	codec_refusal refusal = array_read(value, &array);

	return refusal ? refusal : array_write(out, &array, value.field, 1);
}

codec_refusal codec_encode_vector(struct buf *out, struct codec_value value)
{
	struct array array;
	codec_refusal refusal = array_read(value, &array);

	if (refusal)
		return refusal;
	/* The server reads neither: its vectors always have their one dimension. */
	if (array.len == 0)
		return "is empty, which a vector cannot be";
	if (array_has_null(&array, array_element_type(value.field)))
		return "has a NULL element, which a vector cannot have";
	return array_write(out, &array, value.field, 0);
}

bool array_builder_init(struct array_builder *builder, struct arena *arena, const qn_field *field,
			size_t capacity)
{
	const struct type_info *element = array_element_type(field);

	*builder = (struct array_builder){
		.arena = arena,
		.element = element,
		.field = field,
		.capacity = capacity,
	};
	if (capacity > 0)
		builder->at = arena_alloc_array(arena, capacity, element->size);
	return capacity == 0 || builder->at;
}

bool array_builder_add(struct array_builder *builder, struct str wire)
{
	const struct type_info *element = builder->element;
	char *at = builder->at + builder->len * element->size;

	builder->len++;
	return element->decode(wire, builder->field, builder->arena, at);
}

bool array_builder_add_null(struct array_builder *builder)
{
	if (!builder->is_null)
		builder->is_null =
			arena_alloc_array(builder->arena, builder->capacity, sizeof(bool));
	if (!builder->is_null)
		return false;
	builder->is_null[builder->len++] = true;
	return true;
}

void array_builder_finish(const struct array_builder *builder, void *out)
{
	struct array array = { builder->at, builder->len, builder->is_null };

	memcpy(out, &array, sizeof(array));
}

static bool header_is_of(struct str wire, const struct type_info *element)
{
	if (wire.len < NO_DIMENSION_SIZE)
		return false;
	return element->flags & TYPE_CAST || codec_read_be32(wire.at + 8) == element->oid;
}

/* Elements that are read as C strings need a NUL behind them; inside an array they have none. */
static bool element_is_string(const struct type_info *element)
{
	return element->flags & TYPE_POINTER && type_info_id(element) != QN_TYPE_NUMERIC;
}

/*
 * Reads elements to the end of `wire`. `own` is NULL, or the same bytes, which then get a NUL
 * behind each element: onto the length of the next one, which by then is read.
 */
static bool elements_read(struct array_builder *builder, struct str wire, char *own)
{
	size_t at = 0;
	uint32_t len;

	if (wire.len < sizeof(len))
		return false;
	len = codec_read_be32(wire.at);
	for (;;) {
		bool is_null = len == NULL_LENGTH;
		bool is_last = builder->len + 1 == builder->capacity;
		struct str element;

		at += sizeof(len);
		if (!is_null && len > wire.len - at)
			return false;
		element = (struct str){ wire.at + at, is_null ? 0 : len };
		at += element.len;
		if (is_last ? at != wire.len : wire.len - at < sizeof(len))
			return false;
		len = is_last ? 0 : codec_read_be32(wire.at + at);
		if (own && !is_null)
			own[at] = '\0';
		if (is_null ? !array_builder_add_null(builder)
			    : !array_builder_add(builder, element))
			return false;
		if (is_last)
			return true;
	}
}

static bool elements_decode(struct str wire, const qn_field *field, struct arena *arena,
			    struct array_builder *builder)
{
	char *own;

	if (!element_is_string(array_element_type(field)))
		return elements_read(builder, wire, NULL);
	own = arena_alloc(arena, wire.len + 1);
	if (!own)
		return false;
	memcpy(own, wire.at, wire.len);
	return elements_read(builder, (struct str){ own, wire.len }, own);
}

bool type_array_decode(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	struct array_builder builder;
	struct str elements;
	uint32_t dimensions;
	uint32_t count;

	if (!header_is_of(wire, array_element_type(field)))
		return false;
	dimensions = codec_read_be32(wire.at);
	if (dimensions == 0 && wire.len == NO_DIMENSION_SIZE) {
		memset(out, 0, sizeof(struct array));
		return true;
	}
	if (dimensions != 1 || wire.len < ONE_DIMENSION_SIZE)
		return false;
	count = codec_read_be32(wire.at + NO_DIMENSION_SIZE);
	elements = str_slice(wire, ONE_DIMENSION_SIZE, wire.len);
	/* Each element has at least its length: a count beyond that is not believed. */
	if (count > elements.len / sizeof(uint32_t) ||
	    !array_builder_init(&builder, arena, field, count))
		return false;
	if (count == 0 ? elements.len != 0 : !elements_decode(elements, field, arena, &builder))
		return false;
	array_builder_finish(&builder, out);
	return true;
}

bool codec_decode_vector(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	return type_array_decode(wire, field, arena, out);
}
