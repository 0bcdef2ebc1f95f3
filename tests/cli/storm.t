#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A storm of calls about one incident: a bulletin, each call attached by one command, all answered at once.
. "$(dirname "$0")/desk.sh"

record --channel phone --category nid-de-poule --subject 'Câble au sol' --danger --address 'rue Verte' --commune verdane
parent=$ref
run told "$parent" --who 'Astreinte voirie'
run --json bulletin add 'Câble à terre rue Verte' --say 'Une équipe est sur place, restez à distance.' --area 'rue Verte' --until 2026-11-21T08:00 --link "$parent"
exits 0 'a bulletin'
bulletin=$(field bulletin)
run bulletin list
prints 'Câble à terre rue Verte' 'is on every desk'
prints 'à dire : « Une équipe est sur place' 'with what to say'

run log --channel phone --category nid-de-poule --subject 'Tout autre chose' --name Autre
prints '^Consigne   Câble à terre rue Verte' 'whoever takes a call sees it'
other=$(sed -n 's/^Référence *//p' "$out" | tr -d ' ')
run cancel "$other" --reason 'essai'

# Protects the agents' minute: one short command a call, anonymous or not.
i=0 failed=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	case $i in
	7) set -- --phone 0699000007 --name Martin ;;
	19) set -- --phone 0699000019 --name Bernard --email bernard@exemple.fr --reply-by email ;;
	33) set -- --name Dubois --postal-address '2 rue Verte, 99000 Verdane' ;;
	*) set -- ;;
	esac
	run log --channel phone --bulletin "$bulletin" "$@"
	[ "$code" -eq 0 ] || failed=$((failed + 1))
done
same $failed 0 'forty calls, one command each'
prints '« Une équipe est sur place' 'the agent reads what the bulletin says'
lacks 'NON TRANSMIS' 'what the on-call team knows is not to be told forty times'
run show "$parent"
prints 'Rattachées +40 demandes' 'all attached to one parent'
run log --channel phone --bulletin "$bulletin" --danger
prints 'DANGER NON TRANSMIS' 'a caller who speaks of danger is another matter'
new=$(sed -n 's/^Référence *//p' "$out" | tr -d ' ')
run told "$new" --who 'Pompiers'
run contact list --count
prints 'demande créée +43$' 'each was a contact'

# Protects from answering the wrong people: who gets what is shown before.
run --as voirie take "$parent"
run --as voirie done "$parent"
run --as voirie answer "$parent" --channel phone --text 'Le câble est réparé.' --dry-run
exits 64 'a preview goes with --children'
run --as voirie answer "$parent" --children --dry-run --channel phone --text 'Le câble est réparé.'
exits 0 'the preview'
prints 'Martin, par téléphone' 'by phone'
prints 'Bernard, par courriel' 'as asked for'
prints 'Dubois, par courrier' 'by what they left'
prints '4 réponse\(s\), 38 clôture' 'and counts'
same "$(status "$parent")" done 'nothing was done yet'
run --json --as voirie answer "$parent" --children --dry-run --channel phone --text x
same "$(perl -MJSON::PP -ne '$n{decode_json($_)->{action}}++; END { print join " ", map { "$_=$n{$_}" } sort keys %n }' "$out")" 'answer=4 close=38' 'the same as JSON'
run --as voirie answer "$parent" --children --channel phone --text 'Le câble est réparé.'
exits 0 'answered at once'
run list --status answered --all
same "$(grep -c 'réponse apportée' "$out")" 4 'three callers and the parent'
run close "$parent"
exits 0 'closing the parent'
run list
exits 1 'ends them all'
complains 'aucune demande' 'nothing is left open'
run bulletin end "$bulletin"
exits 0 'the bulletin is taken down'
run bulletin end "$bulletin"
refused 'déjà levée' 'once'
run bulletin list
exits 1 'none is left'
run bulletin list --all
prints 'levée' 'but for the record'
run log --channel phone --bulletin 1.1
exits 1 'an unknown bulletin'
run log --channel phone --bulletin abc
exits 65 'not a number'
run bulletin add 'Sans demande'
b=$(sed -n 's/^consigne \([0-9.]*\) .*/\1/p' "$out")
run log --channel phone --bulletin "$b"
refused 'liée à aucune demande' 'nothing to attach to'
run bulletin add ''
exits 65 'an empty one'
run bulletin add 'x' --until 2026-11-01
exits 65 'one that ended before it began'
run --as voirie bulletin add 'x'
exits 77 'services put up none'
finish
