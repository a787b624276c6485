#!/bin/sh
# The command line of `quern`, from outside. QUERN names the program. Prints TAP.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
unset NO_COLOR TERM

count=0
failed=0

# check NAME COMMAND...: one test, passed when the command succeeds.
check() {
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/.log" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/.log"
	fi
}

# run STATUS ARGUMENT...: runs quern; its output is in .out and .err.
run() {
	expected=$1
	shift
	"$QUERN" "$@" >.out 2>.err </dev/null
	status=$?
	cat .out .err
	[ "$status" -eq "$expected" ] || {
		echo "exit status $status, expected $expected"
		return 1
	}
}

out_says() { grep -qF -- "$1" .out; }
err_says() { grep -qF -- "$1" .err; }
silent() { ! [ -s .out ] && ! [ -s .err ]; }

mkdir schemas
cat >schemas/shop.quern <<'SCHEMA'
module shop;

enum Status { draft, live }

/// What we sell.
model Product {
    name    text  unique;
    status  Status;
    author  Author;
}

model Author {
    name  text;
}
SCHEMA
cat >schemas/mail.quern <<'SCHEMA'
module mail;

model Letter {
    to    shop.Author;
    text  text?;
}
SCHEMA
cat >bad.quern <<'SCHEMA'
module bad;

model A {
    x  nothing;
}
SCHEMA

# Help and wrong use.

help_is_printed() {
	run 0 --help && out_says 'usage: quern COMMAND' && cp .out help &&
		run 0 help && cmp .out help && run 0 -h && cmp .out help
}
check 'help is printed on request' help_is_printed

every_command_has_help() {
	for command in gen check fmt sql jsonschema dev; do
		run 0 "$command" --help && out_says "quern $command" && cp .out help &&
			run 0 help "$command" && cmp .out help || return 1
	done
}
check 'every command has help, in both ways' every_command_has_help

no_command() { run 2 && err_says 'usage: quern COMMAND' && ! [ -s .out ]; }
check 'no command is wrong use' no_command

version() { run 0 --version && grep -qxE 'quern [0-9]+\.[0-9]+\.[0-9]+' .out; }
check 'the version is printed' version

unknown_command() {
	run 2 gne && err_says 'unknown command "gne"; did you mean "gen"?' &&
		run 2 help sqll && err_says 'did you mean "sql"?' &&
		run 2 --vresion && err_says 'unknown option "--vresion"; did you mean "--version"?' &&
		run 2 xxxxxxxx && err_says 'unknown command "xxxxxxxx"; see "quern --help"'
}
check 'an unknown command is wrong use, with the nearest one' unknown_command

unknown_option() {
	run 2 gen schemas --outptu x && err_says 'unknown option "--outptu"; did you mean "--output"?' &&
		run 2 gen -x schemas && err_says 'unknown option "-x"' &&
		run 2 fmt schemas --chekc && err_says 'did you mean "--check"?' && ! [ -e x ]
}
check 'an unknown option is wrong use, with the nearest one' unknown_option

misused_option() {
	run 2 gen schemas --output && err_says 'option "--output" needs a value' &&
		run 2 fmt --check=yes schemas && err_says 'option "--check" takes no value' &&
		run 2 gen schemas -o && err_says 'quern gen: option "-o" needs a value' &&
		run 2 gen schemas --color=blue && err_says '"--color" is auto, always or never' &&
		run 2 gen schemas --diagnostics=xml && err_says '"--diagnostics" is text or json'
}
check 'an option without its value, or with a wrong one, is wrong use' misused_option

nothing_to_do() {
	for command in 'gen -o gen' 'check -o gen' 'fmt' 'sql' 'jsonschema'; do
		# shellcheck disable=SC2086
		run 2 $command && err_says 'no schema is named' || return 1
	done
	run 2 gen schemas && err_says '-o DIR' && run 2 check schemas && err_says '-o DIR' &&
		run 2 gen --stdout -o gen schemas && err_says 'leave out "-o"'
}
check 'a command without schemas or output is wrong use' nothing_to_do

# gen

gen_writes() {
	run 0 gen schemas -o gen && ! [ -s .out ] && err_says '17 written' &&
		ls gen/quern_modules.h gen/shop.h gen/mail.h gen/shop/product.h gen/shop/product.c gen/shop/enums.c \
			gen/shop/registry.c gen/mail/letter.h
}
check 'gen writes all modules' gen_writes

gen_again() {
	ls -liR --time-style=full-iso gen >before && run 0 gen schemas -o gen && silent &&
		ls -liR --time-style=full-iso gen >after && cmp before after
}
check 'gen a second time touches nothing and says nothing' gen_again

gen_is_deterministic() {
	mkdir -p elsewhere &&
		(cd elsewhere && LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo "$QUERN" gen ../schemas/shop.quern \
			"$work/schemas/mail.quern" -o out) &&
		TZ=America/Lima LC_ALL=C "$QUERN" gen schemas/mail.quern schemas/shop.quern -o third &&
		diff -r gen elsewhere/out && diff -r gen third && rm -r third &&
		! grep -rF "$work" gen
}
check 'the same bytes whatever the locale, time zone, folder and order' gen_is_deterministic

gen_stdout() {
	run 0 gen --stdout schemas && out_says '/* ==== shop/product.h ==== */' && ! [ -s .err ]
}
check 'gen --stdout prints all files' gen_stdout

gen_stdin() {
	"$QUERN" gen - -o piped <schemas/shop.quern && cmp piped/shop.h gen/shop.h
}
check 'gen reads standard input' gen_stdin

gen_removes() {
	cp -r schemas fewer && rm fewer/mail.quern && cp -r gen two && run 0 gen fewer -o two &&
		err_says '2 written, 6 removed, 9 unchanged' && ! [ -e two/mail ] && ! [ -e two/mail.h ]
}
check 'gen removes the files of what is gone' gen_removes

# A make file's dollars, not the shell's.
# shellcheck disable=SC2016
gen_depfile() {
	mkdir -p 'a $b#c' && cp schemas/shop.quern 'a $b#c/x y.quern' &&
		run 0 gen 'a $b#c' -o 'o p' --depfile d &&
		printf '%s \\\n  %s \\\n  %s\n' 'o\ p/shop.h:' 'a\ $$b\#c/x\ y.quern' 'a\ $$b\#c' |
		cmp - d
}
check 'a depfile names headers, sources and folders, escaped' gen_depfile

gen_depfile_make() {
	printf 'all: o\\ p/shop.h\n\t@:\ninclude d\n' >makefile &&
		if command -v make; then make -n --warn-undefined-variables all; fi
}
check 'make can read the depfile' gen_depfile_make

# Ninja's dollars, not the shell's.
# shellcheck disable=SC2016
gen_depfile_ninja() {
	command -v ninja || return 0
	mkdir -p nin && cp -r schemas nin && printf '%s\n' "quern = $QUERN" 'rule gen' \
		'  command = $quern gen schemas -o out --depfile d' '  depfile = d' '  deps = gcc' '  restat = 1' \
		'build out/mail.h out/shop.h: gen' >nin/build.ninja &&
		ninja -C nin && [ -e nin/out/shop.h ] && ninja -C nin | grep 'no work to do' &&
		printf 'module extra;\nmodel Extra { x text; }\n' >nin/schemas/extra.quern &&
		ninja -C nin && [ -e nin/out/extra.h ] && ninja -C nin | grep 'no work to do' &&
		rm nin/schemas/extra.quern && ninja -C nin && ! [ -e nin/out/extra.h ] &&
		ninja -C nin | grep 'no work to do'
}
check 'ninja runs gen again when a schema comes or goes, and only then' gen_depfile_ninja

gen_bad() {
	run 1 gen bad.quern -o bad && err_says 'bad.quern:4:8: error: ' && ! [ -s .out ] && ! [ -e bad ]
}
check 'gen of a wrong schema says where and writes nothing' gen_bad

gen_missing() { run 1 gen nowhere.quern -o bad && err_says 'nowhere.quern' && ! [ -e bad ]; }
check 'gen of a missing file names it' gen_missing

gen_foreign() {
	mkdir -p foreign && echo mine >foreign/shop.h && run 1 gen schemas -o foreign &&
		err_says 'refusing to overwrite "foreign/shop.h"' && [ "$(cat foreign/shop.h)" = mine ] &&
		[ "$(ls foreign)" = shop.h ]
}
check 'gen refuses to overwrite what it did not write' gen_foreign

# Diagnostics

bare_paths() {
	mkdir -p here && cp bad.quern here && cd here && run 1 sql . && grep -q '^bad.quern:4:8: ' .err &&
		run 1 sql ./ && grep -q '^bad.quern:4:8: ' .err &&
		printf 'module m;\nmodel A{x text;}\n' >bad.quern && run 0 fmt . && grep -q '^    x  text;' bad.quern
	result=$?
	cd .. && return $result
}
check 'files of the folder "." are called by their bare names' bare_paths

json() {
	run 1 gen bad.quern --stdout --diagnostics=json && err_says '"file":"bad.quern","line":4,"column":8' &&
		head -c 1 .err | grep -q '\['
}
check 'diagnostics are JSON on request' json

json_output() {
	run 1 gen schemas -o foreign --diagnostics=json && err_says '"message":"refusing to overwrite'
}
check 'what goes wrong with files is JSON too' json_output

escape=$(printf '\033')
colour() {
	run 1 gen bad.quern --stdout && ! err_says "$escape" &&
		run 1 gen bad.quern --stdout --color=always && err_says "$escape" &&
		run 1 gen bad.quern --stdout --color=never && ! err_says "$escape"
}
check 'colour is for terminals, or on request' colour

# check

check_good() { run 0 check schemas -o gen && ! [ -s .out ] && [ "$(wc -l <.err)" -eq 1 ]; }
check 'check of what is up to date says so in a line' check_good

check_changed() {
	cp -r gen changed && echo '/* edited */' >>changed/shop/author.h && rm changed/shop/author.c &&
		cp gen/shop/author.h changed/shop/gone.h && cp -r changed before.d &&
		run 1 check schemas -o changed && out_says '+++ shop/author.h' && out_says '-/* edited */' &&
		out_says '+++ shop/author.c' && out_says '--- shop/gone.h' &&
		err_says '2 to write, 1 to remove; run "quern gen"' && diff -r changed before.d
}
check 'check shows what differs, is missing or stale, and changes nothing' check_changed

check_patch() {
	run 1 check schemas -o changed
	command -v patch || return 0
	patch -d changed -p0 <.out && diff -r gen changed
}
check 'what check prints is a patch' check_patch

check_missing() { run 1 check schemas -o nowhere && out_says '+++ shop.h' && ! [ -e nowhere ]; }
check 'check of a missing directory shows all files' check_missing

# fmt

fmt_check() {
	mkdir -p messy && printf 'module m;\nmodel A{x   text ;y bigint?;}\n' >messy/m.quern &&
		cp messy/m.quern m.before && run 1 fmt --check messy && out_says '+++ messy/m.quern' &&
		err_says '"messy/m.quern" is not laid out' && cmp messy/m.quern m.before
}
check 'fmt --check shows what would change' fmt_check

fmt_writes() {
	run 0 fmt messy && silent && ! cmp -s messy/m.quern m.before && run 0 fmt --check messy && silent
}
check 'fmt writes, and is content then' fmt_writes

fmt_again() {
	ls -li --time-style=full-iso messy >before && run 0 fmt messy &&
		ls -li --time-style=full-iso messy >after && cmp before after
}
check 'fmt a second time touches nothing' fmt_again

fmt_stdin() { "$QUERN" fmt - <m.before >.out && cmp .out messy/m.quern; }
check 'fmt from standard input goes to standard output' fmt_stdin

fmt_bad() {
	printf 'module m;\nmodel {\n' >broken.quern && cp broken.quern m.broken && cp m.before again.quern &&
		run 1 fmt broken.quern again.quern && err_says 'broken.quern:2:' &&
		cmp broken.quern m.broken && cmp again.quern m.before
}
check 'fmt of a wrong schema changes no file' fmt_bad

# sql

sql_prints() {
	run 0 sql schemas && out_says 'BEGIN;' && out_says 'CREATE TABLE shop_product (' && ! [ -s .err ]
}
check 'sql prints the script' sql_prints

sql_only() {
	run 0 sql schemas --only shop.Author && out_says 'shop_author' && ! out_says 'shop_product' &&
		run 0 sql schemas --only mail && out_says 'mail_letter' && ! out_says 'CREATE TABLE shop_' &&
		run 2 sql schemas --only shop.Autor && err_says 'did you mean "shop.Author"?'
}
check 'sql --only prints a module or a model' sql_only

# jsonschema

jsonschema_prints() {
	cat >cards.quern <<'SCHEMA'
module cards;

model Person { name varchar(20); password text; }

serializer Whole for Person { write only password; }
serializer Name for Person { fields name; }
SCHEMA
	run 0 jsonschema cards.quern && out_says '"Whole": {' && out_says '"WholeInput": {' && out_says '"Name": {' &&
		! [ -s .err ] && run 0 jsonschema schemas && out_says '"schemas": {}'
}
check 'jsonschema prints what serializers write and take' jsonschema_prints

jsonschema_one() {
	run 0 jsonschema cards.quern --serializer cards.Name && out_says '"Name": {' && ! out_says '"Whole": {' &&
		run 2 jsonschema cards.quern --serializer=cards.Nmae && err_says 'did you mean "cards.Name"?' &&
		run 2 jsonschema cards.quern --serializer=Name && err_says 'did you mean "cards.Name"?' &&
		run 2 jsonschema cards.quern --serialiser=cards.Name && err_says 'did you mean "--serializer"?' &&
		run 1 jsonschema bad.quern && err_says 'bad.quern:4:8: error: ' && ! [ -s .out ]
}
check 'jsonschema --serializer prints one, and what it refers to' jsonschema_one

# Broken output

full() {
	[ -w /dev/full ] || return 0
	"$QUERN" sql schemas >/dev/full 2>.err
	[ $? -eq 1 ] && err_says 'cannot write to standard output: No space left on device'
}
check 'a full disk behind standard output is said' full

# More than a pipe holds, so that not all of it is written before the reader goes.
broken_pipe() {
	awk 'BEGIN {
		print "module many;"
		for (i = 0; i < 100; i++)
			print "model Many" i " { text text; }"
	}' >many.quern
	mkfifo pipe && { { "$QUERN" gen --stdout many.quern >pipe; echo $? >status; } 2>.err & } &&
		: <pipe && wait && [ "$(cat status)" -eq 1 ] && ! [ -s .err ]
}
check 'a reader that went away ends it quietly' broken_pipe

interrupted() {
	for signal in INT TERM HUP; do
		rm -rf stopped
		"$QUERN" gen schemas -o stopped 2>.err &
		kill -$signal $!
		wait $!
		! [ -e stopped ] || ! find stopped -name '.*' -type f | grep . || return 1
	done
}
check 'an interrupted gen leaves no temporary file' interrupted

echo "1..$count"
[ "$failed" -eq 0 ]
