#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Logging: what is said to the caller, who he is, and everything that can be wrong.
. "$(dirname "$0")/desk.sh"

# Protects the call: the agent reads the reference, the service and the promise from the screen.
run log --channel phone --category nid-de-poule --subject 'Trou' --phone '06 12 34 56 78' --name Durand --address '3 rue Verte' --commune verdane
exits 0 'a call'
prints '^Référence  [1-9][0-9]( [0-9][0-9]){4}$' 'its reference, in pairs'
prints '^Service    Voirie$' 'its service'
prints '^À dire     « Vous aurez une réponse au plus tard le mardi 1er décembre 2026. »$' 'the promise to say'
prints EXERCICE 'an exercise says so'
run log --channel post --category nid-de-poule --subject 'Trou' --name Durand --received-at 2026-11-16 --document-date 2026-11-12 --sender-ref 'AB/12'
prints '^À écrire   réponse au plus tard le mercredi 25 novembre 2026$' 'a letter counts from its arrival'
run log --channel téléphone --motif nid-de-poule --objet 'Trou' --nom Petit
exits 0 'French names of options and values'
run enregistrer --canal phone --objet 'Trou'
exits 0 'and of commands'
prints '^Motif      À qualifier$' 'without a category: to be qualified'
prints 'vendredi 27 novembre' 'with a date all the same'
run todo
prints '^à qualifier, ven. 20/11 12:00' 'within two working hours'

# Protects anonymous callers: no name is asked for, none is invented.
record --channel phone --category nid-de-poule --subject 'Trou anonyme'
same "$(field requester)" '' 'an anonymous request'
same "$(field promised.by)" "$(id -un)" 'is promised an answer like any other'

# Protects the caller from telling his story twice: known by phone in any writing.
for writing in '+33612345678' '0612345678' '06.12.34.56.78' '0033 6 12 34 56 78' '+33 (0)6 12 34 56 78'; do
	run log --channel phone --category nid-de-poule --subject 'Encore' --phone "$writing"
	prints 'Cet usager attend aussi' "known as $writing"
done
run --json log --channel phone --category nid-de-poule --subject 'Encore' --phone 0612345678 --name durand
same "$(field requester.name)" Durand 'typed in haste, the name stays as it was'
person=$(field requester.id)
run --json log --channel phone --category nid-de-poule --subject 'Voisin' --phone 0612345678 --name 'Tout-Autre'
[ "$(field requester.id)" != "$person" ]; result $? 'another name on the same phone is another person'

# Protects a letter with three requests: one contact.
record --channel post --category nid-de-poule --subject 'Un' --name Long --received-at 2026-11-19
letter=$contact
record --channel post --category nid-de-poule --subject 'Deux' --name Long --contact "$letter"
record --channel post --category depot-sauvage --subject 'Trois' --name Long --contact "$letter"
same "$contact" "$letter" 'the same contact'
run --json contact list --channel post
same "$(field requests | tr ',' '\n' | grep -c .)" 3 'carries three requests'
run log --channel post --subject x --contact 1.1
exits 1 'an unknown contact'
run log --channel post --subject x --contact bof
exits 65 'a contact that is none'

# Protects citizens' privacy: a warning that never blocks.
run log --channel phone --category nid-de-poule --subject 'Trou' --text 'Mon fils est diabétique.'
exits 0 'recorded all the same'
prints '^Attention +santé : « diabétique »' 'with a warning that says which word and why'
run note "$ref" 'Il est diabétique'
prints '^Attention' 'so do notes'

# Answered while the caller is on the line.
run log --channel phone --category collecte-jours --nature information --subject 'Quand passe le camion ?' --script collecte-jours
[ "$code" -eq 0 ] || run log --channel phone --subject 'Quand ?' --script collecte-jours
lacks 'À dire     « Vous aurez' 'nothing is promised that was just given'
run log --channel phone --subject 'Quand ?' --script nulle
exits 65 'an unknown script'
before=$(GUICHET_NOW=2026-11-20T10:00 "$GUICHET" --json list --limit 1000 | wc -l)
run log --channel phone --category nid-de-poule --subject 'Trou' --attach /nulle/part
exits 66 'a file that is not there'
same "$("$GUICHET" --json list --limit 1000 | wc -l)" "$before" 'then nothing is recorded'
printf '\377\330\377\340photo' >"$home/photo.jpg"
record --channel phone --category nid-de-poule --subject 'Trou' --attach "$home/photo.jpg"
same "$(field attachments.0.name) $(field attachments.0.type)" 'photo.jpg image/jpeg' 'an attachment'
run --json attach "$ref" "$home/photo.jpg"
same "$(field attached)" photo.jpg 'and another'

unknown=12345678$(perl -e 'printf "%02d", 98 - 1234567800 % 97')
# Each wrong value: its code, its name, and what would be right.
bad() { # CODE REGEX OPTION...
	want=$1 says=$2
	shift 2
	run log --channel phone --subject Trou "$@"
	exits "$want" "$*"
	complains "$says" 'says so'
}
bad 65 'motif « nid-de-poul » inconnu.*nid-de-poule' --category nid-de-poul
bad 65 'commune « Nulleville » inconnue' --commune Nulleville
bad 65 'nature « grogne » inconnue' --nature grogne
bad 65 'priorité « 9 »' --priority 9
bad 65 '2026-02-30' --received-at 2026-02-30
bad 65 'à venir' --received-at 2027-01-01
bad 65 '12 34' --phone '12 34'
bad 65 'réponse|courriel' --email 'pas une adresse'
bad 65 'lat' --lat 95 --long 2
bad 65 'document' --document-date hier
bad 65 'chiffres|référence' --link 123
bad 1 'aucune demande|inconnue' --link "$unknown"
bad 2 'danger' --told 'Astreinte'
run log --subject Trou
exits 64 'no channel'
run log --channel pigeon --subject Trou
exits 65 'an unknown channel'
run log --channel phone
exits 64 'no subject'
run log --channel phone --subject '  '
exits 65 'an empty one'

# Protects who mistypes a reference: each swap of two digits that would fit is named.
record --channel phone --category nid-de-poule --subject 'Référence'
swapped=$(perl -e 'my @d = split //, $ARGV[0]; my ($i) = grep { $d[$_] ne $d[$_ + 1] } 1 .. 8; @d[$i, $i + 1] = @d[$i + 1, $i]; print @d' "$ref")
run show "$swapped"
exits 65 'a wrong check'
complains "$(printf '%s' "$ref" | sed 's/../& /g; s/ $//')" 'names the reference that was meant'
run show 1234567890
exits 65 'a wrong check'
run show "$unknown"
exits 1 'well formed but unknown'
run show "$(printf '%s' "$ref" | sed 's/../&./g; s/\.$//')"
exits 0 'any writing is read'

# Two guichet on one store at once: nothing lost, nothing twice.
before=$("$GUICHET" --json list --limit 100000 | wc -l)
for p in 1 2 3 4; do
	(
		i=0
		while [ $i -lt 25 ]; do
			i=$((i + 1))
			# 75: the others held the store for as long as one waits (a slow disk), and nothing was recorded.
			until "$GUICHET" --json log --channel phone --category nid-de-poule --subject "Poste $p, $i" >>"$home/logged.$p" 2>"$home/wrong.$p"; do
				[ $? -eq 75 ] || break
			done
		done
	) &
done
wait
same "$(cat "$home"/logged.[1-4] | wc -l)" 100 'four desks at once: all recorded'
same "$(cat "$home"/logged.[1-4] | perl -MJSON::PP -ne '$s{decode_json($_)->{service_request_id}} = 1; END { print scalar keys %s }')" 100 'no reference twice'
same "$("$GUICHET" --json list --limit 100000 | wc -l)" "$((before + 100))" 'all are found'

# kill -9 during 1,000 logs: what was acknowledged is there.
before=$("$GUICHET" --json list --limit 100000 | wc -l)
perl -e 'print "log --json --channel phone --category nid-de-poule --subject \"Appel $_\"\n" for 1 .. 1000' >"$home/calls"
: >"$home/acknowledged"
for stop in 40 120 260 400; do
	"$GUICHET" shell <"$home/calls" >"$home/run" 2>/dev/null &
	pid=$!
	while [ "$(wc -l <"$home/run")" -lt $stop ] && kill -0 $pid 2>/dev/null; do :; done
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	same $? 137 "killed after $stop"
	grep '}$' "$home/run" >>"$home/acknowledged"
done
acknowledged=$(wc -l <"$home/acknowledged")
found=$("$GUICHET" --json list --limit 100000 | wc -l)
[ $((found - before)) -ge "$acknowledged" ]; result $? "acknowledged $acknowledged, found $((found - before))"
[ $((found - before)) -le $((acknowledged + 4)) ]; result $? 'and no more than one unheard each time'
run --json verify
same "$(field differences)" 0 'the tables are what the journal says'
finish
