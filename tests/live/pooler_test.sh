#!/bin/sh
# Runs a live test behind pgbouncer: pooler_test.sh session|transaction TEST [ARGUMENT...]
#
# QUERN names the program, QUERN_TEST_URL a server; a test that is run by hand starts its own. pgbouncer belongs to the
# server's user, listens on a Unix socket only, and ends with the test. Exit status 77: it is not installed.
set -u

mode=$1
shift
pooler=$(PATH=$PATH:/usr/sbin command -v pgbouncer) || {
	echo '1..0 # SKIP pgbouncer is not installed'
	exit 77
}
work=$(mktemp -d) || exit 1
pid=

finish() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	fi
	[ -n "${given-}" ] || "$QUERN" dev stop --delete --dir "$work/pg" >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
	echo "pooler test: $*" >&2
	[ ! -f "$work/log" ] || cat "$work/log" >&2
	exit 1
}

given=${QUERN_TEST_URL-}
if [ -z "$given" ]; then
	chmod 755 "$work"
	QUERN_TEST_URL=$("$QUERN" dev start --dir "$work/pg" 2>"$work/log") || fail 'cannot start a server'
	export QUERN_TEST_URL
fi
server=$(psql -X -At -d "$QUERN_TEST_URL" \
	-c "SELECT btrim(split_part(current_setting('unix_socket_directories'), ',', 1), '\"')") || fail 'cannot ask the server'
port=$(psql -X -At -d "$QUERN_TEST_URL" -c 'SHOW port') || fail 'cannot ask the server'
role=$(psql -X -At -d "$QUERN_TEST_URL" -c 'SELECT current_user') || fail 'cannot ask the server'
owner=$(stat -c %U "$server") || fail "cannot see whose '$server' is"

mkdir -p "$work/pooler" || fail 'cannot make a folder'
cat >"$work/pooler/ini" <<INI
[databases]
* = host=$server port=$port user=$role
[pgbouncer]
listen_addr =
unix_socket_dir = $work/pooler
unix_socket_mode = 0700
listen_port = $port
auth_type = any
pool_mode = $mode
default_pool_size = 4
max_client_conn = 200
server_reset_query = DISCARD ALL
logfile = $work/pooler/log
INI
if [ "$(id -u)" -eq 0 ]; then
	chmod 711 "$work"
	chown -R "$owner" "$work/pooler"
	"$pooler" -q -u "$owner" "$work/pooler/ini" &
else
	"$pooler" -q "$work/pooler/ini" &
fi
pid=$!
while [ ! -S "$work/pooler/.s.PGSQL.$port" ]; do
	if ! kill -0 "$pid" 2>/dev/null; then
		cat "$work/pooler/log" >&2
		fail 'pgbouncer does not start'
	fi
	sleep 0.02
done

QUERN_TEST_POOLER="postgresql://$role@:$port/?host=$work/pooler" QUERN_TEST_POOLER_MODE=$mode "$@"
