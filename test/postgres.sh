#!/bin/sh
# A throw-away PostgreSQL for tests: nothing synced, no compiling of queries, gone when stopped.
#
#   eval "$(test/postgres.sh start)"   starts it and sets FIREHALL_TEST_POSTGRES
#   test/postgres.sh stop              stops it and removes its files
#
# It listens on 127.0.0.1, on a free port, and keeps its files in a temporary
# folder that FIREHALL_TEST_POSTGRES_DIR names (by default one for each user).
set -eu

dir=${FIREHALL_TEST_POSTGRES_DIR:-${TMPDIR:-/tmp}/firehall-test-postgres-$(id -u)}

# PostgreSQL refuses to run as root: become its own user then.
as() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	elif command -v runuser >/dev/null 2>&1; then
		(cd / && runuser -u postgres -- "$@")
	else
		(cd / && setpriv --reuid postgres --regid postgres --clear-groups "$@")
	fi
}

# The programs: in PATH, or where Debian puts them (the newest).
find_bin() {
	for c in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n -r) $(dirname "$(command -v initdb || echo /none/initdb)"); do
		if [ -x "$c/initdb" ] && [ -x "$c/pg_ctl" ]; then
			echo "$c"
			return
		fi
	done
	echo "test/postgres.sh: PostgreSQL is not installed (Debian: apt-get install postgresql)" >&2
	exit 1
}

announce() {
	echo "export FIREHALL_TEST_POSTGRES='postgres://firehall@127.0.0.1:$(cat "$dir/port")/postgres?sslmode=disable'"
}

# A port in the range that nobody is given by default; retried if it is taken.
pick_port() {
	echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
}

start() {
	bin=$(find_bin)
	if [ -f "$dir/port" ] && as "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
		announce
		return
	fi
	rm -rf "$dir"
	mkdir -m 0711 "$dir" # fails if somebody else made it meanwhile
	if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir"; fi
	as "$bin/initdb" -D "$dir/data" -U firehall -A trust -E UTF8 --no-locale -N >/dev/null
	for try in 1 2 3 4 5; do
		port=$(pick_port)
		if as "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c jit=off -c deadlock_timeout=50ms -c shared_buffers=64MB" start >/dev/null 2>&1; then
			echo "$port" >"$dir/port"
			announce
			return
		fi
	done
	echo "test/postgres.sh: the server does not start; see $dir/log" >&2
	exit 1
}

stop() {
	bin=$(find_bin)
	if [ -d "$dir/data" ]; then
		as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	fi
	rm -rf "$dir"
}

case "${1:-}" in
start | stop) "$1" ;;
*)
	echo "usage: test/postgres.sh start|stop" >&2
	exit 2
	;;
esac
