#!/bin/sh
# The SQL of every accepted schema runs on a server without an error. QUERN names the program, QUERN_TEST_URL a server; a
# test that is run by hand starts its own. Prints TAP.
set -u

tests=$(cd "$(dirname "$0")/.." && pwd) || exit 1
work=$(mktemp -d) || exit 1

finish() {
	[ -n "${QUERN_TEST_URL-}" ] || "$QUERN" dev stop --delete --dir "$work/pg" >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

url=${QUERN_TEST_URL-}
if [ -z "$url" ]; then
	chmod 755 "$work"
	url=$("$QUERN" dev start --dir "$work/pg" 2>"$work/log") || {
		cat "$work/log" >&2
		exit 1
	}
fi

count=0
failed=0

# load NAME ARGUMENT...: what `quern sql` prints runs; nothing of it stays, so that the next one finds an empty database.
load() {
	name=$1
	shift
	count=$((count + 1))
	if "$QUERN" sql "$@" >"$work/sql" 2>"$work/log" &&
		sed 's/^COMMIT;$/ROLLBACK;/' "$work/sql" |
		PGOPTIONS=-cclient_min_messages=warning psql -X -q -v ON_ERROR_STOP=1 -d "$url" >"$work/log" 2>&1 &&
		! [ -s "$work/log" ]; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/log"
	fi
}

for schema in "$tests"/golden/emit/modules "$tests"/golden/emit/*.quern "$tests"/golden/accepted/*.quern; do
	[ -e "$schema" ] && load "$(basename "$schema" .quern)" "$schema"
done

# Every keyword of the server, as a table and as a column.
psql -X -At -d "$url" -c 'SELECT word FROM pg_get_keywords() ORDER BY word' >"$work/keywords"
{
	echo 'module words;'
	echo 'model Columns {'
	awk '{ printf "    f%d text column \"%s\";\n", NR, $1 }' "$work/keywords"
	echo '    unique (f1, f2);'
	echo '}'
	awk '{ printf "model T%d { table \"%s\"; name text unique; index (name); }\n", NR, $1 }' "$work/keywords"
} >"$work/words.quern"
load 'every keyword is a name' "$work/words.quern"

echo "1..$count"
[ "$failed" -eq 0 ]
