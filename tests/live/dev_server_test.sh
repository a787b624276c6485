#!/bin/sh
# `quern dev`, from outside. QUERN names the program. Prints TAP.
set -u

work=$(mktemp -d)
chmod 755 "$work"
folder="$work/a folder, with \"quotes\" and \$signs"
mkdir "$folder"
cd "$folder" || exit 1
unset QUERN_DEV_DIR QUERN_PG_BIN
export PGPORT=1 PGHOST=/nowhere PGDATABASE=none # a user's settings must not reach the server

count=0
failed=0

cleanup() {
	cd "$folder" && "$QUERN" dev stop --delete >"$work/cleanup" 2>&1
	cd / && rm -rf "$work"
}
trap cleanup EXIT
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

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# run STATUS ARGUMENT...: runs quern dev, output in $work/stdout and $work/stderr.
run() {
	expected=$1
	shift
	"$QUERN" dev "$@" >"$work/stdout" 2>"$work/stderr"
	status=$?
	cat "$work/stdout" "$work/stderr"
	[ "$status" -eq "$expected" ] || {
		echo "exit status $status, expected $expected"
		return 1
	}
}

says() {
	grep -qF -- "$1" "$work/stderr"
}

recorded() {
	sed -n "s/^$1 //p" .quern/pg/server
}

answers() {
	[ "$("$QUERN" dev psql -XAtc "$1")" = "$2" ]
}

postmaster() {
	head -n 1 "$(recorded data)/postmaster.pid"
}

url_of_a_stopped_server_is_refused() {
	run 1 url && says "no server is running in '.quern/pg'; 'quern dev start' starts one" &&
		[ ! -s "$work/stdout" ]
}

git_sees_nothing_of_the_server() {
	command -v git || return 0
	git init -q . && run 0 start && [ -z "$(git status --porcelain)" ]
	result=$?
	rm -rf .git && return $result
}

start_prints_the_url() {
	run 0 start && grep -qx 'postgresql://quern@:5432/quern?host=/.*' "$work/stdout" &&
		[ "$(wc -l <"$work/stdout")" -eq 1 ]
}

url_is_what_start_printed() {
	cp "$work/stdout" "$work/started" && run 0 url && cmp "$work/stdout" "$work/started"
}

second_start_says_so() {
	before=$(postmaster)
	run 0 start && says 'already running' && [ "$before" = "$(postmaster)" ]
}

the_database_belongs_to_quern() {
	answers "select pg_get_userbyid(datdba) || ' ' || pg_encoding_to_char(encoding)
		from pg_database where datname = current_database() and datname = 'quern'" 'quern UTF8'
}

there_is_no_port() {
	answers 'show listen_addresses' '' && answers 'show fsync' off
}

the_socket_is_private() {
	[ "$(stat -c %a "$(recorded sockets)")" = 700 ]
}

the_server_is_not_root() {
	[ "$(stat -c %u "$(recorded data)")" -ne 0 ]
}

psql_gets_arguments_and_status() {
	run 3 psql -X -v ON_ERROR_STOP=1 -q -f /dev/stdin <<-'end'
		select 1 / 0;
	end
}

data_survive_a_stop() {
	answers 'create table kept (n int)' 'CREATE TABLE' && run 0 stop && says 'is stopped' &&
		run 1 url && run 0 start && answers 'select count(*) from kept' 0
}

second_stop_is_no_error() {
	run 0 stop && run 0 stop && says 'was not running'
}

start_after_a_killed_postmaster() {
	run 0 start && kill -9 "$(postmaster)" && run 0 start &&
		answers 'select count(*) from kept' 0
}

# The pid of a process that is not a server: this shell's.
start_with_the_pid_file_of_another() {
	data=$(recorded data)
	run 0 stop && printf '%s\n%s\n0\n5432\n' $$ "$data" >"$data/postmaster.pid" &&
		chown --reference="$data" "$data/postmaster.pid" && chmod 600 "$data/postmaster.pid" &&
		run 1 url && run 0 start && answers 'select 1' 1 && kill -0 $$
}

start_with_a_lost_socket_folder() {
	lost=$(recorded sockets)
	rm -rf "$lost" && run 0 start && [ "$(recorded sockets)" != "$lost" ] &&
		answers 'select count(*) from kept' 0
}

starts_at_once_make_one_server() {
	run 0 stop --delete || return 1
	"$QUERN" dev start >"$work/first" 2>"$work/first.errors" &
	first=$!
	"$QUERN" dev start >"$work/second" 2>"$work/second.errors"
	second_status=$?
	wait "$first" && [ "$second_status" -eq 0 ] && cmp "$work/first" "$work/second"
}

start_after_an_interrupted_one() {
	run 0 stop && mv .quern/pg/data .quern/pg/data.new && run 0 start &&
		answers "select to_regclass('kept') is null" t && [ ! -e .quern/pg/data.new ]
}

delete_leaves_nothing() {
	sockets=$(recorded sockets)
	run 0 stop --delete && says 'its data are removed' && [ ! -e .quern/pg ] &&
		[ ! -e "$sockets" ] && run 0 stop --delete
}

delete_keeps_what_is_not_the_servers() {
	run 0 start --dir other && touch other/mine && run 0 stop --delete --dir=other &&
		[ "$(ls -A other)" = mine ]
}

data_move_to_where_the_server_can_reach() {
	mkdir "$work/closed" && chmod 700 "$work/closed" && cd "$work/closed" || return 1
	run 0 start && answers 'select 1' 1 && [ ! -e .quern/pg/data ] &&
		moved=$(recorded data) && [ -d "$moved" ] && run 0 stop --delete && [ ! -e "$moved" ]
	result=$?
	cd "$folder" && return $result
}

environment_names_the_folder() {
	QUERN_DEV_DIR="$work/named"
	export QUERN_DEV_DIR
	run 0 start && [ -e "$work/named/server" ] && run 0 stop --delete
	result=$?
	unset QUERN_DEV_DIR
	return $result
}

missing_programs_are_explained() {
	QUERN_PG_BIN=$work
	export QUERN_PG_BIN
	run 1 start && says "QUERN_PG_BIN names '$work', which has no PostgreSQL server"
	result=$?
	unset QUERN_PG_BIN
	return $result
}

a_failed_initdb_is_shown() {
	mkdir "$work/programs" || return 1
	for program in initdb postgres pg_ctl pg_isready createdb psql; do
		printf '#!/bin/sh\necho "%s has no room"; exit 1\n' $program >"$work/programs/$program"
	done
	chmod 755 "$work/programs"/*
	QUERN_PG_BIN=$work/programs
	export QUERN_PG_BIN
	run 1 start && says 'cannot make a database cluster in ' && says 'initdb has no room'
	result=$?
	unset QUERN_PG_BIN
	run 0 stop --delete && [ ! -e .quern/pg ] && return $result
}

a_server_of_another_user_is_refused() {
	run 0 start && cp "$QUERN" "$work/quern" || return 1
	setpriv --reuid=65534 --regid=65534 --clear-groups "$work/quern" dev url 2>"$work/stderr"
	[ $? -eq 1 ] && says 'belongs to user' && says 'or choose another folder with --dir' &&
		run 0 stop --delete
}

a_file_in_place_of_the_folder_is_explained() {
	touch "$work/file" && run 1 start --dir "$work/file/pg" &&
		says "cannot make the folder '$work/file/pg'"
}

a_server_that_cannot_start_shows_its_log() {
	run 0 start && run 0 stop && echo 9.0 >"$(recorded data)/PG_VERSION" && run 1 start &&
		says "'quern dev stop --delete' removes it" && says 'incompatible with server' &&
		run 0 stop --delete
}

wrong_usage_has_status_2() {
	run 2 && run 2 begin && says "unknown command 'begin'" && run 2 start now &&
		says "unknown argument 'now'" && run 2 url --dir && says "must follow '--dir'" &&
		run 2 start --delete && run 0 --help
}

check 'url of a stopped server is refused with a hint' url_of_a_stopped_server_is_refused
check 'start prints the url and nothing else' start_prints_the_url
check 'git sees nothing of the server' git_sees_nothing_of_the_server
check 'url prints what start printed' url_is_what_start_printed
check 'a second start says that it was running' second_start_says_so
check 'the database quern belongs to the role quern' the_database_belongs_to_quern
check 'the server has no port' there_is_no_port
check 'only the owner may enter the folder of the socket' the_socket_is_private
check 'the server does not run as root' the_server_is_not_root
check 'psql gets its arguments, and its exit status is kept' psql_gets_arguments_and_status
check 'data survive a stop' data_survive_a_stop
check 'a second stop is no error' second_stop_is_no_error
check 'start after the postmaster was killed' start_after_a_killed_postmaster
check 'a pid file that names another process is stale' start_with_the_pid_file_of_another
check 'a lost socket folder is made anew' start_with_a_lost_socket_folder
check 'two starts at once make one server' starts_at_once_make_one_server
check 'start after an interrupted start' start_after_an_interrupted_one
check 'stop --delete leaves nothing' delete_leaves_nothing
check 'stop --delete keeps files of others' delete_keeps_what_is_not_the_servers
if [ "$(id -u)" -eq 0 ]; then
	check 'data move to where the server can reach' data_move_to_where_the_server_can_reach
	check 'a server of another user is refused' a_server_of_another_user_is_refused
else
	skip 'data move to where the server can reach' 'needs root'
	skip 'a server of another user is refused' 'needs root'
fi
check 'QUERN_DEV_DIR names the folder' environment_names_the_folder
check 'missing programs are explained' missing_programs_are_explained
check 'a failed initdb is shown' a_failed_initdb_is_shown
check 'a file in place of the folder is explained' a_file_in_place_of_the_folder_is_explained
check 'a server that cannot start shows its log' a_server_that_cannot_start_shows_its_log
check 'wrong usage has status 2' wrong_usage_has_status_2

echo "1..$count"
[ "$failed" -eq 0 ]
