#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two desks and a central server, as three real processes on loopback: enrolling, working without the server, coming back.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
central=$home/central.db
server=

start() {
	# An old line must not be taken for the new one.
	rm -f "$home/server.out"
	"$GUICHETD" --store "$central" --listen "127.0.0.1:${1:-0}" >"$home/server.out" 2>"$home/server.err" &
	server=$!
	n=0
	while [ $n -lt 100 ] && ! grep -q 'port' "$home/server.out"; do
		sleep 0.1
		n=$((n + 1))
	done
	port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
}
stop() { kill "$1" "$server" 2>/dev/null; wait "$server" 2>/dev/null; stopped=$?; }
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT
# desk NAME: the next commands are typed there.
desk() { export XDG_DATA_HOME="$home/$1/data" XDG_CONFIG_HOME="$home/$1/config" XDG_STATE_HOME="$home/$1/state"; }
code_for() { "$GUICHETD" --store "$central" admin enrol-code --role agent --name "$1"; }
# shown: what the desk's list says, in an order of its own.
shown() { "$GUICHET" --json list --sort received --limit 200 2>/dev/null | perl -MJSON::PP -ne '
	my $r = decode_json($_); print join("|", map { $_ // "" } @$r{qw(service_request_id status service_code subject)}), "\n"' | sort; }

start
[ -n "$port" ]
result $? 'the server listens'
[ "$(stat -c %a "$central")" = 600 ]
result $? 'its database is for its owner alone'

# Protects: a new machine needs no command before it enrols, and a code that is refused leaves nothing there.
desk neuf
run enrol "http://127.0.0.1:$port" 0000-0000-0000-0000
exits 2 'a code that nobody gave'
[ -z "$(find "$home/neuf" -type f)" ]
result $? 'leaves no store and no configuration'
desk un
run enrol "http://127.0.0.1:$port" "$(code_for "poste un")"
exits 0 'a machine without a store enrols'
prints 'Dépôt créé' 'with a store made for it'
desk deux
run init
run enrol "http://127.0.0.1:$port" "$(code_for "poste deux")"
exits 0 'one that has a store too'
used=$(code_for jetable)
run enrol "http://127.0.0.1:$port" "$used"
run enrol "http://127.0.0.1:$port" "$used"
exits 2 'a code serves once'
complains "déjà employé" 'and says so'
run enrol "http://198.51.100.1" CODE
exits 78 'no desk speaks to another machine in clear'
run enrol "http://127.0.0.1:1" CODE
exits 69 'nobody at that address'

# Protects: what one desk records reaches the other once, with numbers that the server lent.
desk un
run --json log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' --name Lefèvre --phone 0612345678
ref=$(field service_request_id)
case $ref in 2*) true ;; *) false ;; esac
result $? 'the reference is of a block that the server lent'
run sync
exits 0 'the first desk synchronises'
prints '^3 envoyées, 3 reçues ; 0 à envoyer' 'a person, a contact, a request'
run sync
prints '^0 envoyées, 0 reçues' 'nothing twice'
desk deux
run sync
prints '^0 envoyées, 3 reçues' 'the second desk receives them'
run show "$ref"
prints 'Trou rue des Lilas' 'and shows the request'
run search lefevre
prints 'Trou rue des Lilas' 'found by the name of its person'

# Protects: without the server everything goes on, and the desk says what waits.
stop -TERM
same "$stopped" 0 'asked to end, the server ends well'
for d in un deux; do
	desk $d
	i=0
	while [ $i -lt 4 ]; do
		i=$((i + 1))
		run log --channel phone --category nid-de-poule --subject "Hors ligne $d $i" --phone "061200000$i"
	done
done
run sync
exits 69 'the server cannot be reached'
complains 'rien n.est perdu' 'and nothing is lost'
run --json status
same "$(field pending)" 12 'what waits is counted'
run status
prints 'HORS LIGNE' 'the status says so'
# The same request, changed on both sides.
desk un
run route "$ref" nettoyage
desk deux
run note "$ref" 'Vu sur place'
exits 0 'work on the same request goes on'

start "$port"
for d in un deux un; do
	desk $d
	run sync
	exits 0 "desk $d is back"
done
desk un
shown >"$home/a"
desk deux
shown >"$home/b"
cmp -s "$home/a" "$home/b"
result $? 'both desks show the same'
same "$(wc -l <"$home/a")" 9 'everything, once'
for d in un deux; do
	desk $d
	run verify
	prints 'exactement ce que dit le journal' "desk $d: tables and journal agree"
	run show "$ref" --history
	prints 'Vu sur place' "desk $d has the note"
	prints 'nettoyage|Nettoyage' "desk $d has the route"
done
same "$(cut -d'|' -f1 "$home/a" | sort | uniq -d)" '' 'no reference for two requests'

# Protects: kill -9 while a desk pushes: what was acknowledged is there, nothing twice.
desk un
i=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	printf 'log --channel phone --category nid-de-poule --subject "Rafale %d"\n' $i
done >"$home/burst"
"$GUICHET" shell <"$home/burst" >/dev/null 2>&1
for _ in 1 2 3; do
	run sync &
	syncing=$!
	sleep 0.05
	kill -9 "$server"
	wait "$server" 2>/dev/null
	wait "$syncing"
	start "$port"
done
run sync
exits 0 'after three kills everything is sent'
desk deux
run sync
desk un
shown >"$home/a"
desk deux
shown >"$home/b"
cmp -s "$home/a" "$home/b"
result $? 'and both desks agree'
same "$(grep -c Rafale "$home/b")" 60 'the whole burst is there, once'
run verify
prints 'exactement ce que dit le journal' 'tables and journal agree'

# A demonstration store stays alone.
desk jeu
run init --demo --requests 20
run enrol "http://127.0.0.1:$port" "$(code_for jeu)"
exits 2 'an exercise store does not enrol'
grep -qi 'Lefèvre\|0612345678\|Trou rue' "$home/server.out" "$home/server.err"
[ $? -eq 1 ]
result $? 'nobody is named in what the server prints'
stop -TERM
finish
