#!/bin/sh
# The benchmarks run, and their contenders agree on what they read and wrote. BENCH names the
# driver. Prints TAP.
set -u

work=$(mktemp -d)
chmod 755 "$work"
count=0
failed=0
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# check NAME COMMAND...: one test, passed when the command succeeds.
check() {
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/output"
	fi
}

lists_the_cases() {
	"$BENCH" --list >"$work/list" && grep -q '^get ' "$work/list" && grep -q '^spawn ' "$work/list"
}

refuses_a_case_that_there_is_not() {
	"$BENCH" no-such-case 2>"$work/stderr"
	[ $? -eq 2 ] && grep -q "unknown case or option 'no-such-case'" "$work/stderr"
}

refuses_an_output_folder_that_cannot_be_made() {
	"$BENCH" --quick --output "$work/a/b" get 2>"$work/stderr"
	[ $? -eq 1 ] && grep -q 'No such file or directory' "$work/stderr"
}

# All that need neither a C compiler nor a disk. The driver itself fails when two contenders of a
# case have different checksums.
runs_every_case() {
	# shellcheck disable=SC2046
	"$BENCH" --quick --output "$work" $(awk '$1 != "generate" && $1 != "compile" { print $1 }' \
		"$work/list")
}

counts_every_contender() {
	[ "$(grep -c '"checksum"' "$work/bench.json")" -eq 37 ] ||
		{ grep -c '"checksum"' "$work/bench.json"; return 1; }
}

leaves_no_server_behind() {
	[ ! -d "$work/bench-pg/data" ]
}

check 'names its cases' lists_the_cases
check 'refuses a case that there is not' refuses_a_case_that_there_is_not
check 'refuses an output folder that cannot be made' refuses_an_output_folder_that_cannot_be_made
check 'every case runs, and its contenders agree' runs_every_case
check 'every contender is in the figures' counts_every_contender
check 'no server is left behind' leaves_no_server_behind
echo "1..$count"
[ "$failed" -eq 0 ]
