#!/bin/sh
# examples/shop, run as a user runs it.
#
#   shop_demo_test.sh SHOP_DEMO
#
# QUERN in the environment is the compiler, for a private server. Prints TAP.
set -u
demo=$1
# shellcheck source=tests/lib/example_test.sh
. "$(dirname "$0")/../lib/example_test.sh"

run() {
	"$demo" "$@" >"$work/output" 2>"$work/errors"
}

# exits STATUS TEXT COMMAND...: with that status, and that text on stderr.
exits() {
	expected=$1 text=$2
	shift 2
	"$@"
	[ $? -eq "$expected" ] && grep -qF -e "$text" "$work/errors"
}

says() {
	grep -qF -e "$1" "$work/output"
}

is_plain() {
	! LC_ALL=C grep -q '[^ -~]' "$work/output"
}

# Times, round trips and repeated runs differ from run to run; all else is the same.
steady_lines() {
	grep -e 'products' -e ' has ' -e 'accounts together' -e 'QN_' -e '^   > line' "$work/output"
}

is_the_same_again() {
	run --reset && steady_lines >"$work/first" &&
		run --reset && steady_lines >"$work/second" && cmp -s "$work/first" "$work/second"
}

unset DATABASE_URL
check 'without DATABASE_URL it says what to set' exits 1 'DATABASE_URL is not set' run
DATABASE_URL="postgresql:///shop?host=$work/nowhere"
export DATABASE_URL
check 'a server that is not there is named' exits 1 "$work/nowhere" run
check 'an unknown option is wrong usage' exits 2 'unknown option "--wrong"' run --wrong

DATABASE_URL=$("$QUERN" dev start --dir "$work/pg" 2>"$work/errors") || {
	cat "$work/errors" >&2
	exit 1
}
check 'it creates its tables and runs to the end' run
check 'what is written into a pipe is plain ASCII' is_plain
check 'a list has its authors and tags in two statements' says '5 products with author and tags, 2 statements'
check 'a serializer nests author and tags' says '"author": {"username": "'
check 'a PATCH sets a field to NULL' says 'done; fields that were not named'
check 'a PATCH is refused with its errors by field' says '"username": [{"code": "blank"'
check 'a name that is taken is found before it is written' says '[{"code": "unique"'
check 'what others refer to is not deleted' says QN_PROTECTED
check 'a transfer moves money and makes none' says 'all accounts together: 8000.00'
check 'concurrent transfers all get through' says '40 of 40 concurrent transfers done'
check 'a hundred tasks share four connections' says '300 operations'
check 'the summary ends it' says 'Summary'
check 'tables that hold rows are left alone' exits 1 '--reset empties' run
check 'the same seed gives the same shop' is_the_same_again
echo "1..$count"
[ "$failures" -eq 0 ]
