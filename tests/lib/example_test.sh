#!/bin/sh
# For tests of an example, to be sourced: the folder $work, gone at the end with a private server in it, and TAP.
# QUERN in the environment is the compiler. What the example said belongs in $work/output and $work/errors.
count=0
failures=0

work=$(mktemp -d "${TMPDIR:-/tmp}/quern-example-XXXXXX") || exit 1
cleanup() {
	"$QUERN" dev stop --delete --dir "$work/pg" >/dev/null 2>&1
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# check NAME COMMAND...: one line of TAP; what the program said explains a failure.
check() {
	name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		failures=$((failures + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/output" "$work/errors"
	fi
}
