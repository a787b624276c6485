#!/bin/sh
# What is generated for every accepted schema compiles without a warning: the sources with gcc and clang, the headers as
# C++17 too. QUERN names the program; the first argument is the folder of the runtime's headers. Prints TAP.
set -u

headers=$1
here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

warnings='-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror'
count=0
failed=0

# compile NAME COMPILER STANDARD FILE...
compile() {
	name=$1
	compiler=$2
	standard=$3
	shift 3
	count=$((count + 1))
	if ! command -v "$compiler" >/dev/null; then
		echo "ok $count - $name # SKIP no $compiler"
		return
	fi
	# shellcheck disable=SC2086
	if "$compiler" -std="$standard" $warnings -I"$headers" -fsyntax-only "$@" >"$work/log" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		head -n 40 "$work/log" | sed 's/^/# /'
	fi
}

for schema in "$here"/modules "$here"/serializers "$here"/*.quern "$here"/../accepted/*.quern; do
	[ -e "$schema" ] || continue
	case=$(basename "$schema" .quern)
	rm -rf "$work/gen"
	if ! "$QUERN" gen "$schema" -o "$work/gen" >"$work/log" 2>&1; then
		count=$((count + 1))
		failed=$((failed + 1))
		echo "not ok $count - $case is accepted"
		sed 's/^/# /' "$work/log"
		continue
	fi
	for header in "$work"/gen/*.h; do
		printf '#include "%s"\n' "$(basename "$header")"
	done >"$work/gen/all.cc"
	compile "$case: gcc" gcc c11 "$work"/gen/*/*.c
	compile "$case: clang" clang c11 "$work"/gen/*/*.c
	compile "$case: g++" g++ c++17 "$work/gen/all.cc"
done

# What is wrong does not compile.
cat >"$work/shop.quern" <<'SCHEMA'
module shop;

model Product {
    name    text;
    amount  numeric(10,2)?;
    maker   Maker    as products;
    tags    Tag[]    as products;
}

model Maker {
    name  text;
}

model Tag {
    name  text;
}
SCHEMA
"$QUERN" gen "$work/shop.quern" -o "$work/shop" 2>/dev/null

# refuse NAME COMPILER MESSAGE QUERY: a query of products draws the message.
refuse() {
	count=$((count + 1))
	cat >"$work/query.c" <<C
#include "shop/shop.h"
qn_op *run(qn_session *session, shop_product_list *rows);
qn_op *run(qn_session *session, shop_product_list *rows)
{
	return shop_product_find(session, rows, &(shop_product_query){ $4 });
}
C
	# shellcheck disable=SC2086
	if ! "$2" -std=c11 $warnings -I"$headers" -fsyntax-only "$work/query.c" >"$work/log" 2>&1 &&
		grep -qF -- "$3" "$work/log"; then
		echo "ok $count - $1 ($2)"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1 ($2)"
		sed 's/^/# /' "$work/log"
	fi
}

for compiler in gcc clang; do
	command -v "$compiler" >/dev/null || continue
	compile "a query of every kind: $compiler" "$compiler" c11 -x c - <<C
#include "$work/shop/shop.h"
qn_op *run(qn_session *session, shop_product_list *rows);
qn_op *run(qn_session *session, shop_product_list *rows)
{
	return shop_product_find(session, rows, &(shop_product_query){
		.where = { .name = QN_ICONTAINS("x"), .amount = QN_RANGE(qn_dec("1"), qn_dec("2")),
			   .id = QN_IN_INT64(1, 2),
			   .any_of = QN_ALL(shop_product_where, { .id = QN_EQ(1) }, { .amount = QN_IS_NULL }) },
		.order_by = { -SHOP_PRODUCT_NAME, QN_NULLS_FIRST(-SHOP_PRODUCT_AMOUNT), SHOP_PRODUCT_ID },
		.only = { SHOP_PRODUCT_NAME },
		.limit = 5,
	});
}
qn_op *load(qn_session *session, shop_maker_list *makers);
qn_op *load(qn_session *session, shop_maker_list *makers)
{
	return shop_maker_find(session, makers, &(shop_maker_query){
		.where.products = { .some = &(shop_product_where){ .name = QN_EQ("x") }, .count = QN_GTE(2),
				    .none = &(shop_product_where){ .tags.every = &(shop_tag_where){ .name = QN_EQ("y") } } },
		.prefetch_related.products = &(shop_product_query){
			.where.maker = &(shop_maker_where){ .name = QN_EQ("z") },
			.order_by = { SHOP_PRODUCT_MAKER, -SHOP_PRODUCT_ID },
			.limit = 3,
			.select_related.maker = &(shop_maker_query){ .only = { SHOP_MAKER_NAME } },
			.prefetch_related.tags = &(shop_tag_query){ .order_by = { SHOP_TAG_NAME } },
		},
	});
}
C
	refuse 'a misspelt field does not compile' "$compiler" nmae '.where.nmae = QN_EQ("x")'
	refuse 'a value of another type does not compile' "$compiler" value '.where.name = QN_EQ(qn_dec("1"))'
	refuse 'a lookup that the type has not does not compile' "$compiler" pattern '.where.id = QN_CONTAINS("1")'
	refuse "another model's filter does not compile" "$compiler" shop_tag_where '.where = (shop_tag_where){ 0 }'
	refuse 'a relation that there is not does not load' "$compiler" makr \
		'.select_related.makr = &(shop_maker_query){ 0 }'
	refuse 'a relation to many rows does not join' "$compiler" tags \
		'.select_related.tags = &(shop_tag_query){ 0 }'
	refuse "a relation does not load by another model's query" "$compiler" shop_maker_query \
		'.prefetch_related.tags = &(shop_maker_query){ 0 }'
	refuse "a relation is not asked by another model's filter" "$compiler" shop_tag_where \
		'.where.maker = &(shop_tag_where){ .name = QN_EQ("x") }'
	refuse 'a relation to one row has no some' "$compiler" some \
		'.where.maker.some = &(shop_maker_where){ .name = QN_EQ("x") }'
done
command -v clang >/dev/null &&
	refuse "another model's field does not order" clang enum-conversion '.order_by = { SHOP_TAG_NAME }'

echo "1..$count"
[ "$failed" -eq 0 ]
