#!/bin/sh
# examples/own_loop: quern on an event loop that it knows only by its hooks.
#
#   own_loop_test.sh OWN_LOOP_DEMO
#
# QUERN in the environment is the compiler, for a private server. Prints TAP.
set -u
demo=$1
# shellcheck source=tests/lib/example_test.sh
. "$(dirname "$0")/../lib/example_test.sh"

# looks_up EXPECTED INPUT: exactly these lines come out, in whatever order, numbers of columns aside.
looks_up() {
	printf '%b' "$2" | timeout 60 "$demo" >"$work/output" 2>"$work/errors" || return 1
	printf '%b' "$1" | sort >"$work/expected"
	sed 's/ [0-9]* columns$/ some columns/' "$work/output" | sort | cmp -s - "$work/expected"
}

# Names by the thousand go through two connections, and each is answered once.
many_are_answered() {
	yes pg_class | head -n 5000 | timeout 60 "$demo" >"$work/output" 2>"$work/errors" &&
		[ "$(grep -c '^pg_class: [0-9]* columns$' "$work/output")" -eq 5000 ]
}

# The second name arrives after the first was answered: the loop does not wait for one thing only.
answers_come_before_the_input_ends() {
	: >"$work/output"
	mkfifo "$work/input" || return 1
	timeout 60 "$demo" <"$work/input" >"$work/output" 2>"$work/errors" &
	program=$!
	exec 3>"$work/input"
	printf 'pg_class\npg_' >&3
	tries=0
	while ! [ -s "$work/output" ] && [ "$tries" -lt 500 ]; do
		sleep 0.02
		tries=$((tries + 1))
	done
	answered=$(cut -d' ' -f1 "$work/output")
	printf 'type\n' >&3
	exec 3>&-
	wait "$program" || return 1
	[ "$answered" = 'pg_class:' ] && grep -q '^pg_type: ' "$work/output"
}

refuses_a_wrong_conninfo() {
	! DATABASE_URL='nonsense=1' "$demo" </dev/null >"$work/output" 2>"$work/errors" &&
		grep -q 'nonsense' "$work/errors"
}

DATABASE_URL=$("$QUERN" dev start --dir "$work/pg" 2>"$work/errors") || {
	cat "$work/errors" >&2
	exit 1
}
export DATABASE_URL
check 'names are looked up' looks_up \
	'pg_class: some columns\nnowhere: not found\npg_type: some columns\n' \
	'pg_class\nnowhere\npg_type\n'
check 'no input, no work' looks_up '' ''
check 'thousands of look-ups share two connections' many_are_answered
check 'the loop handles input and answers as they come' answers_come_before_the_input_ends
check 'a conninfo that cannot be read is told' refuses_a_wrong_conninfo
echo "1..$count"
[ "$failures" -eq 0 ]
