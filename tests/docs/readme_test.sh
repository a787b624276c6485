#!/bin/sh
# What the documents show must work. Each C block of README.md and docs/manual.md is compiled, and
# the tour of README.md is walked through: its files written, its commands run one by one in an empty
# folder, by an installed quern, with the output that it promises.
#
#   readme_test.sh SOURCE BUILD
#
# In the environment: CC, QUERN_SANITIZED=1 when BUILD has sanitizers, which the tour's command lines
# know nothing of. Prints TAP.
set -u
export LC_ALL=C.UTF-8
source=$(cd "$1" && pwd) || exit 1
build=$(cd "$2" && pwd) || exit 1
compiler=${CC:-cc}
count=0
failures=0

work=$(mktemp -d "${TMPDIR:-/tmp}/quern-docs-XXXXXX") || exit 1
cleanup() {
	(cd "$work/tour" 2>/dev/null && quern dev stop --delete >/dev/null 2>&1)
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# report NAME STATUS: one line of TAP; the log explains a failure.
report() {
	count=$((count + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $count - $1"
	else
		failures=$((failures + 1))
		echo "not ok $count - $1"
		sed 's/^/# /' "$work/log"
	fi
}

# blocks FILE FOLDER: writes each fenced block to FOLDER/LINE, and prints a line LINE LANGUAGE NAME.
blocks() {
	awk -v folder="$2" '
		/^```/ && !inside {
			inside = 1
			line = NR
			sub(/^```/, "")
			print line, ($0 == "" ? "-" : $0)
			printf "" > (folder "/" line)
			next
		}
		/^```/ { inside = 0; close(folder "/" line); next }
		inside { print > (folder "/" line) }
	' "$1"
}

# A block with a function in it is a file, one without is the inside of a function.
c_file() {
	if ! grep -q '^#include' "$1"; then
		printf '%s\n' '#include <quern.h>' '#include <stdio.h>' '#include <stdlib.h>' \
			'#include <string.h>' '#include "shop.h"'
	fi
	if grep -q '^{$' "$1"; then
		cat "$1"
	else
		echo 'void example(qn_pool *pool, qn_session *session);'
		echo 'void example(qn_pool *pool, qn_session *session)'
		echo '{'
		echo '(void)pool; (void)session;'
		cat "$1"
		echo '}'
	fi
}

compile_block() {
	c_file "$1" >"$work/block.c"
	# shellcheck disable=SC2086
	$compiler -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
		-Wno-unused-function -I"$source/runtime/include" -I"$source/generated" -I"$work/models" \
		-I"$(pg_config --includedir)" -fsyntax-only "$work/block.c"
}

compile_blocks() {
	mkdir "$work/blocks"
	blocks "$source/$1" "$work/blocks" >"$work/list"
	while read -r line language _; do
		[ "$language" = c ] || continue
		compile_block "$work/blocks/$line" >"$work/log" 2>&1
		report "the C at $1:$line compiles" $?
	done <"$work/list"
	rm -r "$work/blocks"
}

tour_install() {
	DESTDIR="$work/root" meson install -C "$build" --no-rebuild --quiet || return 1
	prefix=$work/root$(meson introspect --buildoptions "$build" |
		tr '{' '\n' | sed -n 's/.*"name": "prefix", "value": "\([^"]*\)".*/\1/p')
	libraries=$(dirname "$(find "$prefix" -name quern.pc)")
	PATH="$prefix/bin:$PATH"
	PKG_CONFIG_PATH=$libraries
	PKG_CONFIG_SYSROOT_DIR=$work/root
	LD_LIBRARY_PATH=$(dirname "$libraries")
	export PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH
	mkdir "$work/tour" && quern --version
}

# Named blocks are files, and shell blocks commands, in the order of the document.
tour_walk() {
	: >"$work/commands"
	while read -r line language name; do
		case $language in
		sh) [ -z "$name" ] && cat "$work/blocks/$line" >>"$work/commands" ;;
		quern | c | meson) [ -n "$name" ] && cp "$work/blocks/$line" "$work/tour/$name" ;;
		esac
	done <"$work/list"
	(cd "$work/tour" && sh -eux "$work/commands") >"$work/output" 2>"$work/log"
}

tour_prints_what_it_promises() {
	promised=$(awk '/^The last two runs print$/ { getline; getline; while ((getline line) > 0 && line != "```")
		print line; exit }' "$source/README.md")
	[ -n "$promised" ] && [ "$(tail -n "$(echo "$promised" | wc -l)" "$work/output")" = "$promised" ] && return 0
	echo "promised:" && echo "$promised" && echo "printed:" && cat "$work/output"
	return 1
}

# A compile error names the field that was meant.
tour_refuses_a_misspelt_field() {
	sed 's/\.title = title/.titel = title/' "$work/tour/main.c" >"$work/tour/misspelt.c"
	! (cd "$work/tour" && $compiler -std=c11 -Igenerated -I"$source/runtime/include" -fsyntax-only misspelt.c) \
		2>"$work/errors" && grep -q titel "$work/errors"
}

tour_builds_with_meson() {
	(cd "$work/tour" && meson setup build && ninja -C build)
}

if [ "${QUERN_SANITIZED-0}" = 1 ]; then
	echo 'ok 1 - the tour of README.md works # SKIP the build has sanitizers'
	count=1
elif tour_install >"$work/log" 2>&1; then
	mkdir "$work/blocks"
	blocks "$source/README.md" "$work/blocks" >"$work/list"
	tour_walk
	report 'the commands of the tour succeed' $?
	tour_prints_what_it_promises >"$work/log" 2>&1
	report 'the tour prints what README.md promises' $?
	tour_refuses_a_misspelt_field >"$work/log" 2>&1
	report 'a misspelt field does not compile' $?
	tour_builds_with_meson >"$work/log" 2>&1
	report 'the meson.build of the tour builds' $?
	rm -r "$work/blocks"
else
	report 'quern can be installed' 1
fi

# The tour's models, for the C blocks that use them.
mkdir "$work/blocks"
blocks "$source/README.md" "$work/blocks" | awk '$3 == "notes.quern" { print $1 }' | while read -r line; do
	mv "$work/blocks/$line" "$work/notes.quern"
done
rm -r "$work/blocks"
{ "$build/codegen/quern" gen "$work/notes.quern" -o "$work/models" &&
	"$build/codegen/quern" fmt --check "$work/notes.quern"; } >"$work/log" 2>&1
report 'the schema of the tour compiles and is formatted' $?

compile_blocks README.md
compile_blocks docs/manual.md
echo "1..$count"
[ "$failures" -eq 0 ]
