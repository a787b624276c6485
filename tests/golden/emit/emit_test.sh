#!/bin/sh
# The whole output of some schemas, byte for byte: CASE.quern, or the folder CASE, gives the files of
# CASE.c.txt and the script of CASE.sql, and where there is one the schemas of CASE.json.
# QUERN names the program. With QUERN_UPDATE_GOLDEN=1 the expected files are written anew. Prints TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

count=0
failed=0

# compare NAME FILE ARGUMENT...: what quern prints is what the file holds.
compare() {
	name=$1
	expected=$2
	shift 2
	count=$((count + 1))
	if "$QUERN" "$@" >"$work/out" 2>"$work/err"; then
		[ "${QUERN_UPDATE_GOLDEN-}" = 1 ] && cp "$work/out" "$expected"
		if diff -u "$expected" "$work/out" >"$work/diff" 2>&1; then
			echo "ok $count - $name"
			return
		fi
	fi
	failed=$((failed + 1))
	echo "not ok $count - $name"
	sed 's/^/# /' "$work/err" "$work/diff" 2>/dev/null
}

for schema in "$here"/*.quern "$here"/modules "$here"/serializers; do
	case=$(basename "$schema" .quern)
	compare "$case: C" "$here/$case.c.txt" gen --stdout "$schema"
	compare "$case: SQL" "$here/$case.sql" sql "$schema"
	[ ! -e "$here/$case.json" ] || compare "$case: JSON Schema" "$here/$case.json" jsonschema "$schema"
done
echo "1..$count"
[ "$failed" -eq 0 ]
