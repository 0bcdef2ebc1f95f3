#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who works at a desk that follows a server: signing in with the server and without, the change of agent, whose work it is and under which role it counts; what the
# administrator asks of desks; attachments and the catalogue on their way.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
central=$home/central.db
server=
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT

# start [LINE...]: the server, on the same port each time, with these lines under [policy].
start() {
	printf '[policy]\n' >"$home/guichetd.ini"
	for line in "$@"; do printf '%s\n' "$line" >>"$home/guichetd.ini"; done
	rm -f "$home/server.out"
	"$GUICHETD" --config "$home/guichetd.ini" --store "$central" --listen "127.0.0.1:${port:-0}" >"$home/server.out" 2>"$home/server.err" &
	server=$!
	n=0
	while [ $n -lt 200 ] && ! grep -qs 'port' "$home/server.out"; do
		sleep 0.1
		n=$((n + 1))
	done
	port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
	url=http://127.0.0.1:$port
}
stop() { kill -TERM "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=; }
admin() {
	last="guichetd admin $*" code=0
	"$GUICHETD" --config "$home/guichetd.ini" --store "$central" admin "$@" >"$out" 2>"$err" || code=$?
}
# account LOGIN PASSWORD ARG...
account() { printf '%s\n' "$2" >"$home/in"; login=$1; shift 2; admin account add "$login" "$@" <"$home/in"; }
desk() { export XDG_DATA_HOME="$home/$1/data" XDG_CONFIG_HOME="$home/$1/config" XDG_STATE_HOME="$home/$1/state"; store=$home/$1/data/guichet/desk.db; }
# sign_in LOGIN PASSWORD
sign_in() { printf '%s\n' "$2" >"$home/in"; run sign-in "$1" <"$home/in"; }
actors() { "$GUICHET" show "$1" --history >"$home/shown" 2>&1; }
# parked: how many operations the server has parked.
parked() { admin parked; wc -l <"$out" | tr -d ' '; }

start 'system_users = non' 'lock_minutes = 10'
account s.martin 'un long mot de passe' --name 'Sophie Martin' --role agent
account c.lefevre 'un autre mot de passe' --name 'Claire Lefèvre' --role supervisor
account voirie 'encore un mot de passe' --name 'Paul Roche' --role service --service voirie
desk un
run init
admin enrol-code --role agent --name Accueil
printf '%s %s\n' "$url" "$(cat "$out")" >"$home/in"
run enrol - <"$home/in"
exits 0 'a desk enrols from what it reads, nothing of it among the processes'

# Protects: nobody works at a desk where everybody signs in, and nothing is shown.
run list
exits 77 'without signing in there is no list'
complains 'identifiez-vous' 'and it says what to do'
run log --channel phone --category nid-de-poule --subject 'Sans personne'
exits 77 'nor a request'
run --as s.martin list
exits 77 'nor in another name'
run sync
exits 0 'what goes by itself goes'
run status
exits 0 'and how it stands is told'
sign_in s.martin 'pas le bon du tout'
exits 77 'a wrong password'
complains 'faux' 'is said to be one'
sign_in personne 'un long mot de passe'
exits 77 'a login that nobody has'
sign_in s.martin 'un long mot de passe'
exits 0 'signs in'
prints 'Sophie Martin' 'and is greeted'
run --json log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' --name Durand --phone 0612345678
exits 0 'works'
ref=$(field service_request_id)
run --json show "$ref" --history
grep -q '"s.martin"' "$out"
result $? 'the author is who signed in'

# Protects: no password stands anywhere.
run sign-out
exits 0 'signs out'
run list
exits 77 'and the list is closed again'
run sign-out
exits 1 'once'
! grep -aq -e 'un long mot de passe' -e 'pas le bon du tout' "$store" "$store-wal" "$home/server.err" "$home/server.out" "$central" "$central-wal" 2>/dev/null
result $? 'no password in a store, a log, the server'
sign_in s.martin 'un long mot de passe'
run sync
exits 0 'synchronises with somebody signed in'

# Protects: the role is the account's, by its author, whoever pushes and whoever is signed in by then.
stop
sign_in c.lefevre 'un autre mot de passe'
exits 77 'who never signed in here can not begin without the server'
complains 'hors ligne' 'and is told so'
sign_in s.martin 'un long mot de passe'
exits 0 'who did, can'
sign_in s.martin 'pas le bon du tout'
exits 77 'not with another password'
sign_in s.martin 'un long mot de passe'
run --json log --channel phone --category nid-de-poule --subject 'Hors ligne' --phone 0611111111
exits 0 'works offline'
off=$(field service_request_id)
start 'system_users = non' 'lock_minutes = 10'
sign_in c.lefevre 'un autre mot de passe'
exits 0 'another agent takes the place'
run assign "$off" s.martin
exits 0 'a supervisor does what a supervisor may'
run sync
exits 0 'both push in one go'
same "$(parked)" 0 'and nothing of it is parked'
run --json show "$off" --history
grep -q '"s.martin"' "$out" && grep -q '"c.lefevre"' "$out"
result $? 'each step has its author'
sign_in voirie 'encore un mot de passe'
run take "$off"
exits 0 'a service agent takes what is his, on the desk of the agents'
run sync
same "$(parked)" 0 'and it counts: his account says so'

# Protects: slowed when guessing, also without the server.
stop
for _ in 1 2 3 4 5 6; do sign_in voirie 'ce n est pas cela'; done
exits 75 'guessing offline has to wait'
complains 'attendez' 'and says how long'
same "$(sqlite3 "$store" "SELECT count(*) FROM agent WHERE verifier LIKE '\$argon2id\$%'")" 3 'verifiers are Argon2id'

# Protects: seven days.
start 'system_users = non' 'lock_minutes = 10'
if command -v sqlite3 >/dev/null; then
	sqlite3 "$store" "UPDATE meta SET value = '0 0' WHERE key = 'sign-in-tries'"
	sign_in s.martin 'un long mot de passe'
	sqlite3 "$store" "UPDATE agent SET online_ms = online_ms - 6 * 86400000"
	stop
	sign_in s.martin 'un long mot de passe'
	exits 0 'after six days without the server'
	sqlite3 "$store" "UPDATE agent SET online_ms = online_ms - 2 * 86400000"
	run list
	exits 77 'after eight the session is over'
	sign_in s.martin 'un long mot de passe'
	exits 77 'and only the server opens another'
	complains '7 jours' 'which is said'
	start 'system_users = non' 'lock_minutes = 10'
	sign_in s.martin 'un long mot de passe'
	exits 0 'as it does'
	# Protects: what nobody touched for the policy's minutes is locked.
	sqlite3 "$store" "UPDATE meta SET value = ((strftime('%s', 'now') - 3600) * 1000) || ' ' || ((strftime('%s', 'now') - 11 * 60) * 1000) || ' 0 s.martin' WHERE key = 'session'"
	run list
	exits 77 'after eleven minutes it is locked'
	complains 'verrouillée' 'and says so'
	sign_in s.martin 'un long mot de passe'
else
	skip 'sqlite3 is not here' 'seven days'
fi

# Protects: an account that is closed is out at the next renewal, and its work stays.
run --json log --channel phone --category nid-de-poule --subject 'Avant la fermeture' --phone 0622222222
admin account disable s.martin
if command -v sqlite3 >/dev/null; then
	sqlite3 "$store" 'UPDATE agent SET access_until_ms = 1'
	run sync
	exits 0 'the desk synchronises all the same'
	run list
	exits 77 'and who was closed is out'
	stop
	sign_in s.martin 'un long mot de passe'
	exits 77 'offline too'
	start 'system_users = non' 'lock_minutes = 10'
else
	skip 'sqlite3 is not here' 'a closed account'
fi
admin account enable s.martin
run sync
same "$(parked)" 0 'what was done before counts'
stop

# Protects: where the policy lets whom the system knows work, nobody has to sign in, and whoever does is who acts.
start
run sync
run --json log --channel phone --category nid-de-poule --subject 'Par le système'
exits 0 'whom the system knows works'
sign_in c.lefevre 'un autre mot de passe'
run --json log --channel phone --category nid-de-poule --subject 'Par Claire'
sys=$(field service_request_id)
run --json show "$sys" --history
grep -q '"c.lefevre"' "$out"
result $? 'and who signs in is who acts'
run sign-out

# --- what is asked of desks ---
admin devices
prints '0\.1\.0' 'the version of each desk is known'
prints 'disque (non )?chiffré' 'and its disk'
stop
start 'oldest_version = 9.0'
run log --channel phone --category nid-de-poule --subject 'Vieux poste'
run sync
exits 2 'a desk that is too old does not receive'
complains 'trop ancien' 'and says why'
run --json status
same "$(field pending)" 0 'but what it had is sent'
stop
start 'require_encryption = oui'
run log --channel phone --category nid-de-poule --subject 'Disque en clair'
"$GUICHET" doctor >"$home/doctor" 2>&1
if grep -q '^\[ok\].*chiffr' "$home/doctor"; then
	skip 'this disk is encrypted' 'a desk whose disk is not'
else
	run sync
	exits 2 'nor does one whose disk is not encrypted'
	complains 'chiffré' 'and says why'
	run --json status
	same "$(field pending)" 0 'but what it had is sent'
fi
stop

# --- attachments ---
start
printf '%%PDF-1.4\n%s\n' "$(seq 1 3000)" >"$home/lettre.pdf"
run --json log --channel courrier --category nid-de-poule --subject 'Avec une lettre' --name Garnier --attach "$home/lettre.pdf"
exits 0 'a request with a paper'
with=$(field service_request_id)
sha=$(sha256sum "$home/lettre.pdf" | cut -d' ' -f1)
stop
run sync
exits 69 'no server: it waits'
start
run sync
exits 0 'and goes with the rest'
token=$(sqlite3 "$store" "SELECT value FROM meta WHERE key = 'server-token'" 2>/dev/null)
if [ -n "$token" ] && command -v curl >/dev/null; then
	curl -s -H "Authorization: Bearer $token" "$url/v1/blobs/$sha" >"$home/came.pdf"
	cmp -s "$home/lettre.pdf" "$home/came.pdf"
	result $? 'the server has it, whole'
else
	skip 'sqlite3 or curl is not here' 'the server has it'
fi

# --- the catalogue ---
cp -R "$top/data/catalogue" "$home/catalogue"
admin catalogue "$home/catalogue"
run sync
exits 0 'the same catalogue changes nothing'
f=$(grep -l 'nid-de-poule\]' "$home/catalogue"/*.ini | head -1)
perl -0pi -e 's/(\[category:nid-de-poule\][^\[]*?name = )"?[^\n"]*"?/$1"Nid de poule mis au net"/' "$f"
admin catalogue "$home/catalogue"
exits 0 'another one is put in force on the server'
run sync
run catalogue diff "$home/catalogue"
prints 'aucune différence' 'and reaches the desk'
if command -v sqlite3 >/dev/null; then
	# Protects: a broken catalogue changes nothing on a desk, and is said.
	sqlite3 "$central" "UPDATE catalogue SET packed = CAST('ceci n''est pas un catalogue' AS BLOB), hash = hash || 'x' WHERE applied_ms = (SELECT max(applied_ms) FROM catalogue)"
	run sync
	exits 0 'a broken catalogue stops nothing'
	run status
	prints "Catalogue du serveur refusé.*n'est pas un catalogue" 'it is refused, in words'
	run catalogue diff "$home/catalogue"
	prints 'aucune différence' 'and the former stays in force'
else
	skip 'sqlite3 is not here' 'a broken catalogue'
fi

# --- several desks at once ---
admin enrol-code --role agent --name Accueil --count 3
same "$(grep -Ec '^Accueil [1-3]	[A-Z2-9]{4}(-[A-Z2-9]{4}){3}$' "$out")" 3 'three codes, by name'
printf 'Mairie Nord;agent\nVoirie 1;service;voirie\n' >"$home/postes.csv"
admin enrol-codes "$home/postes.csv"
exits 0 'codes for a list'
listed=$(sed -n 's/^Voirie 1;//p' "$out")
desk deux
run init
printf '%s\n' "$listed" >"$home/in"
run enrol "$url" - <"$home/in"
exits 0 'of which each enrols its desk'
prints '« Voirie 1 », agent de service' 'as what the list says'
printf 'Mairie Sud;agent\nSans service;service\n' >"$home/postes.csv"
admin enrol-codes "$home/postes.csv"
exits 64 'a mistake in the list'
complains 'ligne 2' 'is told with its line'
same "$(wc -c <"$out" | tr -d ' ')" 0 'and no code is made'
stop
finish
