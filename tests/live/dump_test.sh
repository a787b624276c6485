#!/bin/sh
# examples/dump on the tables of examples/shop and on PostgreSQL's own.
#
#   dump_test.sh DUMP SHOP_DEMO
#
# In the environment: QUERN, the compiler, for a private server; QUERN_SANITIZED=1 when the build has sanitizers, whose
# memory is no measure. Prints TAP.
set -u
dump=$1
demo=$2
# shellcheck source=tests/lib/example_test.sh
. "$(dirname "$0")/../lib/example_test.sh"

run() {
	"$dump" "$@" >"$work/output" 2>"$work/errors"
}

# exits STATUS TEXT ARGUMENT...: with that status, and that text on stderr.
exits() {
	expected=$1 text=$2
	shift 2
	run "$@"
	[ $? -eq "$expected" ] && grep -qF -e "$text" "$work/errors"
}

# prints TEXT ARGUMENT...
prints() {
	text=$1
	shift
	run "$@" && grep -qF -e "$text" "$work/output"
}

sql() {
	"$QUERN" dev psql --dir "$work/pg" -X -q -A -t -v ON_ERROR_STOP=1 "$@" 2>"$work/errors"
}

# What was dumped, as jsonb in a table of the server.
dumped_load() {
	{
		echo 'DROP TABLE IF EXISTS dumped; CREATE TABLE dumped (doc jsonb);'
		printf '%s\n' "COPY dumped FROM STDIN WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02');"
		cat "$work/output"
		echo '\.'
	} | sql
}

# answers TEXT SQL
answers() {
	[ "$(sql -c "$2")" = "$1" ]
}

products_are_those_of_the_table() {
	run shop.Product && dumped_load && answers t "
		SELECT count(*) = (SELECT count(*) FROM shop_product) FROM dumped AS d JOIN shop_product AS p
		ON p.id = (d.doc->>'id')::bigint
		WHERE d.doc->>'name' = p.name AND (d.doc->>'price')::numeric = p.price
		AND (d.doc->>'created_at')::timestamptz = p.created_at AND d.doc->'meta' = p.meta
		AND d.doc->>'status' = p.status::text AND (d.doc->>'author_id')::bigint = p.author_id
		AND d.doc->'aliases' = to_jsonb(p.aliases) AND (d.doc->>'is_active')::boolean = p.is_active"
}

is_in_the_order_of_the_key() {
	run shop.Author && sed 's/^{"id":\([0-9]*\),.*/\1/' "$work/output" >"$work/ids" && sort -n -c "$work/ids" &&
		answers "$(wc -l <"$work/ids")" 'SELECT count(*) FROM shop_author'
}

nested_rows_are_those_of_the_tables() {
	run --serializer shop.ProductCard shop.Product && dumped_load && answers t "
		SELECT count(*) = (SELECT count(*) FROM shop_product) FROM dumped AS d
		JOIN shop_product AS p ON p.id = (d.doc->>'id')::bigint JOIN shop_author AS a ON a.id = p.author_id
		WHERE d.doc->'author' = jsonb_build_object('username', a.username)
		AND d.doc->'tags' = (SELECT coalesce(jsonb_agg(jsonb_build_object('name', t.name) ORDER BY t.id), '[]')
			FROM shop_product_tags AS l JOIN shop_tag AS t ON t.id = l.tag_id WHERE l.product_id = p.id)" &&
		answers t "SELECT sum(jsonb_array_length(doc->'tags')) = 10 FROM dumped"
}

every_model_can_be_dumped() {
	"$dump" >"$work/models" || return 1
	while read -r model table _; do
		run "$model" && dumped_load || return 1
		case $model in
		# What the loading itself changes, and a database that others use.
		pg_catalog.*) ;;
		*) answers "$(wc -l <"$work/output")" "SELECT count(*) FROM $table" || return 1 ;;
		esac
	done <"$work/models"
	[ "$(wc -l <"$work/models")" -gt 20 ]
}

sql_of_many_tags="INSERT INTO shop_tag (name) SELECT repeat('x', 300) || i FROM generate_series(1, 100000) AS i"

# Begins to dump many rows, and reads so many bytes of them: the program waits then, in the middle.
many_begin() {
	rm -f "$work/pipe"
	mkfifo "$work/pipe" || return 1
	"$dump" shop.Tag >"$work/pipe" 2>"$work/errors" &
	program=$!
	exec 3<"$work/pipe"
	head -c "$1" <&3 >"$work/output"
}

# Reads the rest, and returns how the program ended.
many_end() {
	cat <&3 >>"$work/output"
	exec 3<&-
	wait "$program"
}

# 35 MB of text are written, most of them when its memory is looked at.
takes_no_more_memory_than_some_rows_need() {
	many_begin 30000000 || return 1
	highest=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$program/status")
	many_end && answers "$(wc -l <"$work/output")" 'SELECT count(*) FROM shop_tag' &&
		echo "at most $highest kB" >"$work/errors" && [ "$highest" -lt 20000 ]
}

says_when_the_server_goes_away() {
	many_begin 1000000 || return 1
	sql -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
	! many_end && grep -q '^dump: ' "$work/errors"
}

says_when_the_disk_is_full() {
	! "$dump" shop.Author >/dev/full 2>"$work/errors" && grep -q 'standard output' "$work/errors"
}

unset DATABASE_URL
check 'without arguments it lists the models' prints 'shop.Product                 "shop_product"'
check 'the list names serializers' prints '--serializer shop.ProductCard'
check 'a model is described with its types' prints 'price       numeric(10,2)' --describe shop.Product
check 'a model is described with its relations' prints 'all shop.Tag linked by shop.Product.tags' --describe shop.Product
check 'the key of a relation is described' prints 'the shop.Order whose id = order_id' --describe shop.OrderLine
check 'a misspelt model has a suggestion' exits 1 'did you mean "shop.Product"?' shop.Prodct
check 'a model without its module has one, too' exits 1 'did you mean "shop.Product"?' product
check 'an unknown model leads to the list' exits 1 '"dump" alone lists what there is' xyzzy
check 'a misspelt serializer has a suggestion' exits 1 'did you mean "shop.TagName"?' --serializer shop.TagNames shop.Tag
check 'a serializer for another model is refused' exits 1 'for rows of "shop.Tag", not of "shop.Product"' \
	--serializer shop.TagName shop.Product
check 'an unknown option is wrong usage' exits 2 'try --help' --wrong
check 'an option alone is wrong usage' exits 2 'usage: ' --describe
check 'one argument too many is wrong usage' exits 2 'usage: ' shop.Product url more
check 'without a database it says what to set' exits 1 'set DATABASE_URL' shop.Product
check 'a server that is not there is named' exits 1 "$work/nowhere" shop.Product "postgresql:///shop?host=$work/nowhere"
check 'a URL that cannot be read is told' exits 1 nonsense shop.Product nonsense=1

DATABASE_URL=$("$QUERN" dev start --dir "$work/pg" 2>"$work/errors") || {
	cat "$work/errors" >&2
	exit 1
}
export DATABASE_URL
check 'a table that is not there is named' exits 1 shop_product shop.Product
"$demo" >"$work/output" 2>"$work/errors" || {
	cat "$work/errors" >&2
	exit 1
}
check 'rows are those of the table, value by value' products_are_those_of_the_table
check 'rows come in the order of the key' is_in_the_order_of_the_key
check 'a serializer brings the rows that it nests' nested_rows_are_those_of_the_tables
check 'a URL on the command line counts' prints '"username":"ada001"' shop.Author "$DATABASE_URL"
check 'every model of every module can be dumped' every_model_can_be_dumped
check 'a full disk is told' says_when_the_disk_is_full
sql -c "$sql_of_many_tags" || exit 1
if [ "${QUERN_SANITIZED-0}" = 1 ]; then
	count=$((count + 1))
	echo "ok $count - it takes no more memory than some rows need # SKIP the build has sanitizers"
else
	check 'it takes no more memory than some rows need' takes_no_more_memory_than_some_rows_need
fi
check 'a server that goes away is no end of the rows' says_when_the_server_goes_away
echo "1..$count"
[ "$failures" -eq 0 ]
