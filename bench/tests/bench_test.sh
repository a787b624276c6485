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

refuses_a_case_that_has_no_peers() {
	"$BENCH" --peers get memory 2>"$work/stderr"
	[ $? -eq 2 ] && grep -q 'with --peers there are: get ' "$work/stderr"
}

# From a folder without the peers' programs, so it needs none of their libraries.
names_peers_that_are_absent() {
	(cd "$work" && "$BENCH" --peers --quick --output "$work" get create) >"$work/table" || return 1
	grep -q 'quern, tasks' "$work/table" && grep -q 'asyncpg  *skipped: .' "$work/table" &&
		grep -q '"node-pg":' "$work/peers.json" && [ -s "$work/peers.svg" ]
}

# peer_that SAYS STATUS: the program of a peer that says this of a run.
peer_that() {
	cat <<END
import sys
if sys.argv[1:] == ["--version"]:
    print('{"version": "1.0 of the test"}')
else:
    print('$1')
    sys.exit($2)
END
}

compares_and_watches_peers() {
	programs=$work/tree/bench/peers
	mkdir -p "$programs"
	peer_that '{"wall_ns": 1, "cpu_ns": 1, "warmed": "1"}' 0 >"$programs/peer_asyncpg.py"
	peer_that '{"wall_ns": 1, "cpu_ns": 1}' 0 >"$programs/peer_psycopg2.py"
	peer_that 'no times' 0 >"$programs/peer_psycopg3.py"
	peer_that 'it broke' 1 >"$programs/peer_django.py"
	(cd "$work/tree" && "$BENCH" --peers --quick --output "$work" get) >"$work/table" 2>"$work/stderr"
	[ $? -eq 1 ] || return 1
	cat "$work/stderr"
	grep -q "'get', asyncpg: it read something else than the others" "$work/stderr" &&
		grep -q "'get', psycopg2: its program said no sum" "$work/stderr" &&
		grep -q "'get', psycopg 3: its program said no times" "$work/stderr" &&
		grep -q "'get', Django: its program failed" "$work/stderr" &&
		grep -q 'it broke' "$work/stderr" && grep -q 'asyncpg  *1.0 of the test' "$work/table"
}

counts_every_contender() {
	[ "$(grep -c '"checksum"' "$work/bench.json")" -eq 75 ] ||
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
check 'refuses a case that has no peers' refuses_a_case_that_has_no_peers
check 'peers that are absent are skipped with the reason' names_peers_that_are_absent
check 'a peer that fails, or does something else, fails the run' compares_and_watches_peers
check 'no server is left behind' leaves_no_server_behind
echo "1..$count"
[ "$failed" -eq 0 ]
