# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Mail servers for command-line tests, after lib.sh: serve NAME PROGRAM PORT-FILE [WORD...] runs tests/mail/PROGRAM in $home/NAME until the script ends. It says why
# where it can't be had, and fails.
servers=
stop_servers() {
	for pid in $servers; do kill "$pid" 2>/dev/null; done
	for pid in $servers; do wait "$pid" 2>/dev/null; done
}
trap 'stop_servers; rm -rf "$home"' EXIT
serve() {
	serve_at=$home/$1 serve_with=$top/tests/mail/$2 serve_port=$3
	shift 3
	mkdir -p "$serve_at"
	"$serve_with" "$serve_at" "$@" >"$serve_at/said" 2>&1 &
	serve_pid=$!
	servers="$servers $serve_pid"
	for turn in $(seq 1200); do
		[ -f "$serve_at/$serve_port" ] && return 0
		kill -0 "$serve_pid" 2>/dev/null || break
		sleep 0.05
	done
	sed 's/^/# /' "$serve_at/said"
	return 1
}
# port NAME FILE
port() { cat "$home/$1/$2"; }
# deliver NAME USER FILE: a mail comes to that user of the Dovecot NAME.
deliver() {
	box=$home/$1/mail/$2
	for folder in "$box" "$box/tmp" "$box/new" "$box/cur"; do [ -d "$folder" ] || mkdir "$folder"; done
	delivered=$((${delivered:-0} + 1))
	sed 's/\r*$/\r/' "$3" >"$box/tmp/$delivered.test"
	[ "$(id -u)" -ne 0 ] || chown -R nobody "$box"
	mv "$box/tmp/$delivered.test" "$box/new/"
}
# until_there FILE: it is there, or the test gives up.
until_there() {
	for turn in $(seq 1200); do
		[ -e "$1" ] && return 0
		sleep 0.05
	done
	return 1
}
