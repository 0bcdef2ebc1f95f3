#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Protects: requests that ended long ago stay on the server, and a desk finds them there by their words and their number, in the name of who works at it and no further
# than that account sees; with nobody to ask it says that its history is partial.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
central=$home/central.db
server=
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT

start() {
	rm -f "$home/server.out"
	printf '[rates]\nlookups = 0\n' >"$home/guichetd.ini"
	"$GUICHETD" --config "$home/guichetd.ini" --store "$central" --listen "127.0.0.1:${port:-0}" >"$home/server.out" 2>"$home/server.err" &
	server=$!
	n=0
	while [ $n -lt 300 ] && ! grep -qs 'port' "$home/server.out"; do
		sleep 0.1
		n=$((n + 1))
	done
	port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
}
desk() { export XDG_DATA_HOME="$home/$1/data" XDG_CONFIG_HOME="$home/$1/config" XDG_STATE_HOME="$home/$1/state"; }
enrol() { # DESK ROLE [--service S]
	desk "$1"
	name=$1
	shift
	run enrol "http://127.0.0.1:$port" "$("$GUICHETD" --store "$central" admin enrol-code --name "$name" --role "$@")"
	exits 0 "desk $name enrols"
	run sync
}
sign_in() { printf '%s\n' "$2" >"$home/in"; run sign-in "$1" <"$home/in"; }

start
cat >"$home/past.csv" <<'CSV'
id,service,category,status,subject,text,address,received,closed
1,voirie,nid-de-poule,closed,Trous profonds,Un cycliste est tombé,12 av. Vauban,2024-02-01T10:00:00+01:00,2024-02-20T10:00:00+01:00
2,dechets,depot,closed,Gravats déposés,Avec des pneus,3 rue Vauban,2024-03-01T10:00:00+01:00,2024-03-20T10:00:00+01:00
3,voirie,nid-de-poule,new,Trou devant la mairie,,1 place Carnot,2024-03-01T10:00:00+01:00,
CSV
cat >"$home/past.ini" <<'INI'
[map]
name = past
separator = comma
dates = iso
answered = yes
[fields]
source_id = {id}
subject = {subject}
description = {text}
service = {service}
category = {category}
status = {status}
address_string = {address}
received = {received}
closed = {closed}
[service]
create = yes
[category]
create = yes
INI
desk un
run init
run import --map "$home/past.ini" "$home/past.csv"
exits 0 'the past of a city'
run --json list --all --sort received --limit 9
old=$(grep Trous "$out" | sed 's/.*"service_request_id":"\([0-9]*\)".*/\1/')
waste=$(grep Gravats "$out" | sed 's/.*"service_request_id":"\([0-9]*\)".*/\1/')
[ -n "$old" ] && [ -n "$waste" ]
result $? 'two of them ended long ago'
enrol un agent
desk deux
run init
enrol deux agent
run --json list --all --sort received
same "$(wc -l <"$out" | tr -d ' ')" 1 'a new desk has what is open'

# The server reads words behind its journal: within a second or so.
n=0
until run search cycliste vauban && grep -q 'Trous' "$out" || [ $n -ge 60 ]; do
	sleep 0.5
	n=$((n + 1))
done
exits 0 'what is not here is found on the server'
prints '^au serveur' 'and is said to come from there'
prints 'Trous profonds' 'by what was written in it'
prints "guichet show" 'and how to see it'
run search mairie
exits 0 'what is here needs no server'
lacks 'Trous' 'nor does it bring others'
prints '\-\-server' 'but there may be more'
run search --server trou
prints 'Trou devant la mairie' 'what is here comes first'
prints 'Trous profonds' 'what is there after it'
run --json search vauban --serveur
same "$(field server)" 1 'marked for programs'
same "$(wc -l <"$out" | tr -d ' ')" 2 'one object a row'
run search zzzz
exits 1 'nothing anywhere'
complains 'ni ici ni sur le serveur' 'is said'
run show "$old"
exits 0 'one is shown whole'
prints 'du serveur' 'as one that is here for a moment'
prints 'Un cycliste est tombé' 'with its text'

# Of another service it is not there.
desk trois
run init
enrol trois service --service dechets
run search vauban
prints 'Gravats' "a service finds its own"
lacks 'Trous' "and no other's"
run show "$old"
exits 1 'nor by its number'

# In the name of who signed in, whose account is narrower than the desk.
printf 'un long mot de passe\n' | "$GUICHETD" --store "$central" admin account add p.durand --name 'Paul Durand' --role service --service dechets >/dev/null
desk quatre
run init
enrol quatre agent
sign_in p.durand 'un long mot de passe'
exits 0 'somebody signs in'
run search cycliste
exits 1 'and sees no further than his account'
run show "$old"
exits 1 'nor by its number'
run search gravats
prints 'Gravats' 'what is his own he finds'
run show "$waste"
exits 0 'and sees'
run sign-out
run search cycliste
prints 'Trous' 'the desk itself sees further'

# Nobody to ask.
desk deux
kill "$server"
wait "$server" 2>/dev/null
run search gravats anciens
exits 69 'nobody to ask'
complains 'historique partiel' 'is said so'
desk trois
run show "$old"
exits 69 'by its number as well'
complains 'historique partiel' 'likewise'
run --read-only search gravats anciens
exits 1 'who may not write asks nobody'
finish
