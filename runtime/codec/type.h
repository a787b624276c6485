/*
 * The one table of column types: what the language calls them, their C types, their SQL names,
 * their identity on the wire, and their codecs. The compiler and the runtime read the same rows;
 * adding a type is adding a row and its codec.
 */
#ifndef QUERN_CODEC_TYPE_H
#define QUERN_CODEC_TYPE_H

#include "base/buf.h"
#include "quern/model.h"

/*
 * Which members the C types of filters and changes have; what the SQL of a lookup may do with the
 * type.
 */
enum {
	TYPE_EQUALITY = 1 << 0,   /* = <> IN */
	TYPE_ORDERED = 1 << 1,    /* < > BETWEEN */
	TYPE_PATTERN = 1 << 2,    /* LIKE ~ */
	TYPE_ARITHMETIC = 1 << 3, /* qn_change_: += *= */
	TYPE_POINTER = 1 << 4, /* the C type is a pointer, NULL in C is NULL in SQL: no has_ twin */
	/* Parameters and results go as text, cast by the server: enum, opaque. */
	TYPE_CAST = 1 << 5,
	/* int2vector, oidvector: the C type is itself an array, "qn_array_int16". */
	TYPE_VECTOR = 1 << 6,
	TYPE_JSON_LOOKUPS = 1 << 7,
};

/*
 * Why a value cannot be sent: a text that completes "Product.name ...", or NULL when it was
 * encoded. It may lie in the unused room of the buffer that was encoded to: use it before anything
 * is added to that buffer or it is cleared.
 */
typedef const char *codec_refusal;

struct codec_value {
	const void *at; /* the value in C */
	/*
	 * Its limit, enum and so on; never NULL. limit 0 checks no length, precision or scale:
	 * comparisons may name what the column could not hold.
	 */
	const qn_field *field;
};

struct type_info {
	/*
	 * "integer", "\"char\"" with its quotes; NULL for those that have no word in the language
	 * (decimal, enum, opaque)
	 */
	const char *schema_name;
	const char *enumerator; /* "QN_TYPE_INT32", for generated code */
	const char *c_type;     /* "int32_t"; "" for enum */
	/* "int32": qn_where_int32, qn_set_int32, qn_array_int32; vectors: "array_int16". */
	const char *suffix;
	const char *sql_name; /* "integer"; "" for enum and opaque */
	uint32_t oid;         /* 0 for enum and opaque */
	uint32_t array_oid;
	uint16_t size; /* of the C type */
	uint16_t alignment;
	uint16_t wire_size; /* of the binary form, 0 when it varies */
	uint16_t flags;
	/*
	 * Appends the binary form, without its length. Refuses what the column cannot hold (range,
	 * length, digits, UTF-8) and then adds nothing. Pointers are not NULL. JSON is not parsed
	 * here: the server refuses what is malformed. Out of memory shows in out->failed.
	 */
	codec_refusal (*encode)(struct buf *out, struct codec_value value);
	/*
	 * Reads the binary form (text for TYPE_CAST) into zeroed memory of `size` bytes. Pointers
	 * point into `wire` where they can (libpq's values have a NUL behind them), else into the
	 * arena. False: the bytes are not a value of this type (for an enum, not one of its
	 * labels), or the arena is exhausted, which arena->exhausted tells apart.
	 */
	bool (*decode)(struct str wire, const qn_field *field, struct arena *arena, void *out);
};

/* By qn_type. */
extern const struct type_info type_infos[QN_TYPE_COUNT_];

/* Never NULL for a qn_type below QN_TYPE_COUNT_. */
static inline const struct type_info *type_info_of(uint8_t type)
{
	return &type_infos[type];
}

/*
 * The type with this name in the language, or NULL. "numeric" gives QN_TYPE_NUMERIC; the caller
 * chooses by precision.
 */
const struct type_info *type_info_find(struct str schema_name);
qn_type type_info_id(const struct type_info *info);

/*
 * Arrays of field->type, whatever the field's own flags say. The C form is qn_array_<suffix>.
 * decode takes one dimension with any lower bound; no dimension is the empty array; more are
 * refused with false. NULL elements are those with is_null, and NULL pointers; in a decoded array
 * is_null is NULL when there are none, and NULL elements are zero. Elements of TYPE_CAST are
 * written as text[] (the server casts), and read from any element type. Vectors are written here as
 * plain int2[] and oid[], by the row's own encode as vectors.
 */
codec_refusal type_array_encode(struct buf *out, struct codec_value array);
bool type_array_decode(struct str wire, const qn_field *field, struct arena *arena, void *out);
/*
 * Text form of arrays of TYPE_CAST elements ('{"a","b",NULL}'), for parameters that the server
 * casts.
 */
codec_refusal type_array_encode_text(struct buf *out, struct codec_value array);
bool type_array_decode_text(struct str wire, const qn_field *field, struct arena *arena, void *out);

/* The size and alignment of the member in a row: the type's, or an array's. */
size_t type_field_size(const qn_field *field);
size_t type_field_alignment(const qn_field *field);
/*
 * Where `.as` begins in the qn_where_, and the qn_set_ and qn_change_ structs of this field. (No
 * `.as`: the size.)
 */
size_t type_where_as(const qn_field *field);
size_t type_set_as(const qn_field *field);

#endif
