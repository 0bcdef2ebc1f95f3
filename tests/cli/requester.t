#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet requester: one person, one file.
. "$(dirname "$0")/lib.sh"
export GUICHET_NOW=2026-11-24T10:00
run init --demo
exits 0 'a store'

record() { run log --json --channel phone --category "$1" --subject "$2" --phone "$3" --name "$4" ${5:+--received-at "$5"}; }
id_of() { run requester show "$1" --json; field id; }

record nid-de-poule 'Trou devant le 12' '06 12 34 56 78' 'Odette Lefèvre' 2026-11-20T09:00
exits 0 'a first call'
record nid-de-poule 'Trou devant le 14' '+33 (0)6.12.34.56.78' 'Odette Lefèvre' 2026-11-23T09:00
record nid-de-poule 'Borne arrachée' '07 61 22 33 44' 'Paul Lefèvre' 2026-11-23T10:00

# Protects the start of a call: the number on the display, however it is written, gives the person and what they asked, the newest first.
for number in 0612345678 '06.12.34.56.78' '+33612345678' '0033 6 12 34 56 78'; do
	run requester show "$number"
	exits 0 "found by $number"
	prints '^Odette Lefèvre · 06 12 34 56 78' 'shown with the number in pairs'
	same "$(grep -n 'Trou devant' "$out" | sed 's/:.*Trou devant le \([0-9]*\).*/ \1/' | cut -d' ' -f2 | tr '\n' ' ')" '14 12 ' 'newest first'
done
run requester show 0612345678 --limit 1
lacks 'devant le 12' '--limit keeps the newest'
prints 'd.autres, plus anciennes' 'and says that there are more'
run requester show odette
exits 0 'found by a name without its accent or capital'
run requester show 0612345678 --json
same "$(field requests.0.subject) $(field requests.1.subject)" 'Trou devant le 14 Trou devant le 12' 'the same as JSON'
run requester show 0699999999
exits 1 'a number that nobody has'
run requester show 9999.3
exits 1 'an id that nobody has'

# Protects people who are not the same: nothing is done to one of two.
odette=$(id_of 0612345678) paul=$(id_of 0761223344)
for command in 'show' 'merge'; do
	# shellcheck disable=SC2046
	run requester $command Lefèvre $([ $command = merge ] && echo 0612345678)
	exits 2 "a name that two people bear ($command)"
	complains "^  $odette .*Odette" 'lists the one'
	complains "^  $paul .*Paul" 'and the other, with ids'
done

# Protects one person kept as two files: merged, the history is one; split, each has its own again.
run requester merge "$odette" 0761223344
exits 0 'merged by id and number'
prints "Avec la fiche +$paul" 'the kept file names the other'
run requester show 0761223344
prints '^Odette' 'either number gives the kept one'
prints 'Borne arrachée' "with the other's requests"
prints 'Trou devant le 12' 'and its own'
run requester merge "$odette" "$paul"
exits 2 'merging twice is refused'
run requester split "$odette" 'Personne Nulle'
exits 2 'a name that is not among the merged'
run requester split 0612345678 0761223344
exits 0 'split by numbers'
run requester show 0761223344
prints '^Paul' 'the other is there again'
lacks 'Trou devant' 'with its own requests alone'
run requester split "$odette" "$paul"
exits 2 'splitting twice is refused'
run requester merge "$odette" "$odette"
exits 2 'a file is not merged with itself'

# Protects what is written of a person: checked, in either language, and found again under the new values.
run requester edit "$paul" telephone=0611111111 email=paul@exemple.fr 'type=bailleur'
exits 0 'edited with French names of fields'
run requester show 06.11.11.11.11 --json
same "$(field email) $(field phone) $(field kind)" 'paul@exemple.fr +33611111111 landlord' 'as they were given'
run requester edit "$paul" phone=12
exits 65 'a number that is none'
run requester edit "$paul" taille=180
exits 65 'a field that is not kept'
complains 'taille' 'is named'
run requester edit "$paul" nom
exits 64 'a word without a value'
run --as ecran requester edit "$paul" name=Autre
exits 77 'a wall screen changes nobody'
run requester show "$paul"
prints '^Paul Lefèvre' 'the refused changes left nothing'
run verify
exits 0 'the journal and the tables agree'
finish
