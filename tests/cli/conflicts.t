#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two desks offline with conflicting work on the same ten requests, then online: what each sees, what is settled and how, their hashes equal. Then what the server parked.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
central=$home/central.db
server=

start() {
	rm -f "$home/server.out"
	"$GUICHETD" --store "$central" --listen "127.0.0.1:${1:-0}" >"$home/server.out" 2>"$home/server.err" &
	server=$!
	n=0
	while [ $n -lt 300 ] && ! grep -q 'port' "$home/server.out"; do
		sleep 0.1
		n=$((n + 1))
	done
	port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
}
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT
# desk NAME: the next commands are typed there.
desk() { at=$1; export XDG_DATA_HOME="$home/$1/data" XDG_CONFIG_HOME="$home/$1/config" XDG_STATE_HOME="$home/$1/state"; }
accounts() {
	sed -i 's/^services = .*/&\nmay_act = "*"/' "$home/$1/config/guichet/guichet.ini"
	for who in 's.martin agent' 'p.durand agent' 'nettoyage service' 'dechets service' 'c.lefevre supervisor'; do
		printf '\n[account:%s]\nname = "%s"\nroles = "%s"\nservices = "%s"\n' "${who% *}" "${who% *}" "${who#* }" "${who% *}"
	done >>"$home/$1/config/guichet/guichet.ini"
}
enrol() { # DESK ROLE [--service S]
	desk "$1"
	shift
	run init
	accounts "$at"
	run enrol "http://127.0.0.1:$port" "$("$GUICHETD" --store "$central" admin enrol-code --name "$at" --role "$@")"
	exits 0 "desk $at enrols"
}
# What this script shows to whoever reads it, as comments of TAP.
say() { sed "s/^/# $at  /; s/ *$//"; }
tell() { printf '#\n# %s\n' "$*"; }
# ten: each of the ten requests on a line, as `guichet show` says it.
ten() {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		"$GUICHET" --json show "$(on $i)" >"$home/ten"
		perl -MJSON::PP -e '
			local $/; my $r = decode_json(<STDIN>); binmode STDOUT, ":utf8"; my $w = $ARGV[1]; utf8::decode($w);
			printf "%2d  %-10s  %-11s  %-10s  %-9s  %-15s  %s\n", $ARGV[0], $r->{service_request_id}, $r->{status}, $r->{service_code} // "-",
				$r->{assigned_to} || "-", $r->{subject}, $w' "$i" "$(eval "printf %s \"\${s$i:-}\"")" <"$home/ten"
	done | say
}
sync_all() {
	for d in un deux trois un deux; do
		desk $d
		run sync
		exits 0 "desk $d exchanges"
	done
}
hashes() { "$GUICHET" verify --hash; }
agree() { # NAME
	tell "$1: verify --hash on both"
	desk un; hashes >"$home/a"; say <"$home/a"
	desk deux; hashes >"$home/b"; say <"$home/b"
	cmp -s "$home/a" "$home/b"
	result $? "$1"
}
on() { eval "printf %s \"\$r$1\""; }
act() { run "$@"; [ "$code" -eq 0 ]; result $? "$at: guichet $*"; }
# settled N WORDS: how it ended, for the table.
settled() { eval "s$1=\$2"; }

start
[ -n "$port" ]
result $? 'the server listens'
enrol un agent
enrol deux supervisor
enrol trois service --service nettoyage --service dechets --service voirie
enrol quatre service --service nettoyage
desk un
for i in 1 2 3 4 5 6 7 8 9 10; do
	run --as s.martin --json log --channel phone --category nid-de-poule --subject "Demande $i" --name "Usager $i" --phone "$(printf '06120000%02d' "$i")"
	eval "r$i=$(field service_request_id)"
done
act take "$(on 4)"
sync_all
tell 'ten requests, as both desks have them before the server stops (number, reference, state, service, agent, subject)'
for d in un deux; do
	desk $d
	ten
done
agree 'ten requests, the same on both desks'

# --- the server stops: each desk goes on ---
kill "$server"
wait "$server" 2>/dev/null
desk un
act --as s.martin route "$(on 1)" nettoyage
act --as s.martin edit "$(on 2)" subject='Trou profond'
act --as s.martin assign "$(on 3)" j.petit
act --as c.lefevre answer "$(on 4)" --channel phone --text 'Réparé ce matin.'
act --as s.martin close "$(on 5)" --reason withdrawn
act --as s.martin link "$(on 6)" "$(on 7)"
act --as s.martin note "$(on 8)" 'Vu par un voisin'
act --as s.martin edit "$(on 9)" place_detail='devant le 3'
act --as s.martin edit "$(on 10)" subject='La même chose'
desk deux
act --as p.durand route "$(on 1)" dechets
act --as p.durand edit "$(on 2)" subject='Trou large'
act --as p.durand assign "$(on 3)" m.roux
act --as p.durand close "$(on 4)" --reason withdrawn
act --as p.durand close "$(on 5)" --reason unwanted
act --as p.durand link "$(on 7)" "$(on 6)"
act --as p.durand note "$(on 8)" 'Photo envoyée'
act --as p.durand edit "$(on 9)" asset='Lampadaire 12'
act --as p.durand edit "$(on 10)" subject='La même chose'
tell 'without the server, after what was typed above: desk un (s.martin, c.lefevre) and desk deux (p.durand)'
for d in un deux; do
	desk $d
	ten
done
run pending
prints 'p.durand : note' 'what waits is listed, each with its request'
same "$(grep -c 'p.durand' "$out")" 9 'all nine of them'
run show "$(on 8)" --history
prints 'note \(à envoyer\)' 'nothing unsent is shown as sent'
run conflicts
prints 'Aucun conflit' 'nobody knows of a conflict yet'

# --- and comes back ---
start "$port"
sync_all
for d in un deux; do
	desk $d
	tell "the server is back: what desk $d sees"
	ten
	run conflicts
	say <"$out"
	cp "$out" "$home/seen.$d"
	prints 'service \(deux transmissions' 'two routes'
	prints 'ou +Nettoyage : s\.martin' 'the earlier one, and whose it was'
	prints 'affichée Gestion des déchets : p\.durand' 'the later one shows'
	prints 'ou +Trou profond : s\.martin' 'the same field, one value'
	prints 'affichée Trou large : p\.durand' 'and the other'
	prints 'avant +Demande 2' 'and what stood there before'
	prints 'une réponse que la clôture' 'an answer that the one who closed had not seen'
	lacks 'rattachements croisés' 'crossed links are no conflict: they settle themselves'
	# Which of the two operations is the smaller one depends on the desks' numbers.
	freed=
	for i in 6 7; do
		run --json show "$(on $i)"
		[ "$(field status)" = duplicate ] || freed="$freed$i"
	done
	[ "$freed" = 6 ] || [ "$freed" = 7 ]
	result $? "one of the two links stays (freed: $freed)"
	run --json show "$(on "${freed:-7}")"
	same "$(field status)" routed 'the other request is again what it was'
	run show "$(on "${freed:-7}")" --history
	prints '(s\.martin|p\.durand) +annulation' 'taken back in the name of who made it'
	run conflicts
	same "$("$GUICHET" --json conflicts | grep -c '"field": *"status"')" 1 'two closes are one close, no conflict'
	run todo
	same "$(grep -c 'conflit à régler' "$out")" 4 'both find them in what is to be done'
	run show "$(on 5)" --history
	same "$(grep -c 'clôturée :' "$out")" 2 'both closes are in the history, with what each said'
	run show "$(on 8)" --history
	prints 'Vu par un voisin' 'both notes: one'
	prints 'Photo envoyée' 'both notes: two'
	run show "$(on 9)"
	prints 'devant le 3' 'different fields: both are there'
	prints 'Lampadaire 12' 'and no conflict'
done
cmp -s "$home/seen.un" "$home/seen.deux"
result $? 'both desks see the same conflicts'
agree 'and hold the same'

# --- settled, some here, some there ---
desk un
act --as s.martin resolve "$(on 2)" subject --keep p.durand
act --as s.martin undo "$(on 2)"
run conflicts
prints 'ou +Trou profond : s\.martin' 'undone, the conflict is there again'
act --as s.martin resolve "$(on 2)" subject --keep p.durand
run resolve "$(on 2)" subject --keep p.durand
exits 2 'what is settled is not settled again'
act --as c.lefevre resolve "$(on 4)" status --keep c.lefevre
# The desk of the service whose route does not show sees nothing but its own: it keeps the request, is told, and objects.
desk quatre
run sync
run --as nettoyage todo
prints 'À vous : .*votre service' 'the first of two services is told'
run --as nettoyage conflicts
prints 'deux transmissions' 'of what'
act --as nettoyage refuse "$(on 1)" --reason 'ce n’est pas à nous non plus'
run sync
run parked
prints "Rien n.est en souffrance" 'and its objection counts'
desk trois
run sync
desk deux
act --as p.durand resolve "$(on 3)" assigned_to m.roux
sync_all
settled 1 'two routes: the later one showed, its service and the first were told; the first refused'
settled 2 'one field: s.martin kept what p.durand wrote, took it back, kept it again'
settled 3 'one field: p.durand kept m.roux'
settled 4 'an answer that the close had not seen: c.lefevre kept the answer'
settled 5 'by itself: two closes are one, both comments stay'
settled 6 'by itself: two links crossed, the one with the smaller number stays'
settled 7 'by itself: as 6'
settled 8 'nothing to settle: two notes, both there'
settled 9 'nothing to settle: two fields, both there'
settled 10 'nothing to settle: the same value twice'
for d in un deux; do
	desk $d
	tell "settled: what desk $d sees, and how each was settled"
	ten
	run conflicts
	say <"$out"
	prints 'Aucun conflit' 'nothing is left to settle'
	same "$("$GUICHET" --json show "$(on 2)" | sed 's/.*"subject": *"\([^"]*\)".*/\1/')" 'Trou large' 'the value that was kept'
	run verify
	prints 'exactement ce que dit le journal' 'tables and journal agree'
done
agree 'hashes equal'

# --- what the server parked ---
desk trois
act note "$(on 9)" 'de son service'
act redirect "$(on 9)" --to ville-formalites
act redirect "$(on 10)" --to ville-formalites
run sync
prints '3 envoyées' 'whatever its role, all of it is taken'
run parked
say <"$out"
prints "le rôle de l'auteur ne le permet pas" 'its author reads why two do not count'
same "$(grep -c 'réorientée' "$out")" 2 'two of them'
run --json status
same "$(field parked)" 2 'counted in the status'
run show "$(on 9)" --history
prints 'EN SOUFFRANCE' 'and marked in the history'
desk un
run sync
run --json parked
first=$(field operation 1) second=$(field operation 2)
run --as s.martin parked apply "$first"
exits 77 'an agent settles none of them'
desk deux
run sync
run --as c.lefevre parked drop "$second"
exits 64 'setting aside takes a reason'
act --as c.lefevre parked drop "$second" --reason 'déjà répondu par téléphone'
run --as c.lefevre parked drop "$second" --reason 'encore'
exits 2 'not twice'
act --as c.lefevre parked apply "$first"
run parked
prints 'réglée, à envoyer' 'settled here, not sent yet'
run sync
run sync
for d in un deux trois; do
	desk $d
	run sync
	run parked
	prints "Rien n.est en souffrance" "desk $d: nothing is left"
done
desk un
run --json show "$(on 9)"
same "$(field status)" redirected 'the one that was applied counts'
run --json show "$(on 10)"
[ "$(field status)" != redirected ]
result $? 'the one that was set aside does not'
run show "$(on 10)" --history
prints 'mise de côté' 'the history says so'
prints 'déjà répondu par téléphone' 'and why'
agree 'hashes equal after that too'
"$GUICHETD" --store "$central" admin parked >"$out"
same "$(wc -l <"$out")" 0 'nor does the administrator find any'
kill "$server"
wait "$server" 2>/dev/null
finish
