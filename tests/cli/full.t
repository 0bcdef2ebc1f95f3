#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A full disk, under a desk and under the server: what was acknowledged stays, what was not is refused in words, and work goes on when there is room again.
if [ -z "${FULL_INSIDE:-}" ]; then
	# Mounts of its own, which end with it.
	flags=-m
	[ "$(id -u)" -eq 0 ] || flags=-rm
	if ! command -v unshare >/dev/null || ! unshare $flags mount -t tmpfs -o size=1m tmpfs /mnt 2>/dev/null; then
		echo '1..0 # SKIP a small file system of its own needs root, or user namespaces'
		exit 0
	fi
	FULL_INSIDE=1
	export FULL_INSIDE
	exec unshare $flags sh "$0"
fi
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
server=
trap 'kill -9 $server 2>/dev/null; umount "$home/small" 2>/dev/null; rm -rf "$home"' EXIT
# small FREE_KIB: the small file system is full but for that much.
small() {
	rm -f "$home/small/filler"
	free=$(($(df -k --output=avail "$home/small" | tail -n 1) - $1))
	head -c "${free}k" /dev/zero >"$home/small/filler"
}
roomy() { rm -f "$home/small/filler"; }
log_one() { run --json log --channel phone --category nid-de-poule --subject "Trou n° $1" --name Lefèvre --phone 0612345678; }
mkdir "$home/small" && mount -t tmpfs -o size=48m tmpfs "$home/small" || exit 1

# --- under a desk ---
export XDG_DATA_HOME="$home/small/data"
run init
exits 0 'a store on the small disk'
small 400
export listed="$home/listed"
i=0
while [ $i -lt 900 ]; do
	i=$((i + 1))
	printf 'log --channel phone --category nid-de-poule --subject "Trou %d" --name Lefèvre --phone 0612345678\n' $i
done >"$home/lines"
last='guichet --json shell'
"$GUICHET" --json shell <"$home/lines" >"$home/said" 2>"$err"
grep -Eq 'disque|place' "$err"
result $? 'the disk is full, and the desk says so'
log_one again
exits 74 'so does a command alone'
roomy
"$GUICHET" --json list --limit 2000 >"$home/listed" 2>/dev/null
[ -s "$home/said" ]
result $? 'some were recorded before'
same "$(perl -MJSON::PP -ne '
	my $id = decode_json($_)->{service_request_id};
	$ARGV eq $ENV{listed} ? $there{$id}++ : push @said, $id;
	END { print scalar grep { ($there{$_} // 0) != 1 } @said }' "$home/listed" "$home/said")" 0 'and all of these are there, once'
log_one again
exits 0 'with room again work goes on'
run verify
prints 'exactement ce que dit le journal' 'tables and journal agree'

# --- under the server ---
export XDG_DATA_HOME="$home/data"
central=$home/small/central.db
: >"$home/server.out"
"$GUICHETD" --store "$central" --listen 127.0.0.1:0 >"$home/server.out" 2>"$home/server.err" &
server=$!
n=0
while [ $n -lt 300 ] && ! grep -q port "$home/server.out"; do
	sleep 0.1
	n=$((n + 1))
done
port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
for d in un deux; do
	export XDG_DATA_HOME="$home/$d/data" XDG_CONFIG_HOME="$home/$d/config"
	run init
	run enrol "http://127.0.0.1:$port" "$("$GUICHETD" --store "$central" admin enrol-code --role agent --name $d)"
	exits 0 "desk $d enrols"
done
i=0
while [ $i -lt 500 ]; do
	i=$((i + 1))
	printf 'log --channel phone --category nid-de-poule --subject "Rafale %d" --name Garnier --phone 0687654321\n' $i
done >"$home/burst"
small 200
"$GUICHET" shell <"$home/burst" >/dev/null 2>&1
run sync
exits 69 'the server has no room'
complains "rien n.est perdu" 'and nothing is lost'
complains 'place|disque' 'the desk is told why'
code=$(curl -s -o "$out" -w '%{http_code}' "http://127.0.0.1:$port/healthz")
same "$code" 200 'the server is still there'
roomy
run sync
exits 0 'with room again everything is sent'
export XDG_DATA_HOME="$home/un/data" XDG_CONFIG_HOME="$home/un/config"
run sync
exits 0 'the other desk receives it'
"$GUICHET" --json list --limit 1000 2>/dev/null | grep -c Rafale >"$home/count"
same "$(cat "$home/count")" 500 'all of it, once'
run verify
prints 'exactement ce que dit le journal' 'tables and journal agree'
kill "$server"
wait "$server" 2>/dev/null
finish
