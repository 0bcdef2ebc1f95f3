#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet catalogue: every mistake shown, every change shown before it is made.
. "$(dirname "$0")/lib.sh"
export GUICHET_NOW=2026-11-24T10:00

# Protects the shipped catalogue.
run catalogue check
exits 0 'the shipped catalogue has no mistake'
prints '22 communes' 'and says what it holds'

# Protects who edits a catalogue: all the mistakes at once, each with the place to go to.
run catalogue check "$top/tests/fixtures/catalogue-bad"
exits 78 'a bad one is refused'
complains '^guichet: [0-9]+ erreurs' 'counting them'
wanted=$(sed -n 's/^guichet: \([0-9]*\) erreurs.*/\1/p' "$err")
same "$(grep -Ec '^[a-z/.0-9-]+(:[0-9]+)?: .' "$out")" "$wanted" 'one line for each, with its file and line'
[ "$wanted" -gt 30 ]; result $? 'not just the first'
run catalogue check "$top/tests/fixtures/catalogue-bad" --json
same "$(grep -c '"message":' "$out")" "$wanted" 'the same as JSON'
run catalogue check "$home/absent"
exits 66 'no such folder'
mkdir "$home/vide"
run catalogue check "$home/vide"
exits 66 'nothing in it'

run init --demo
exits 0 'a store'
new=$home/nouveau
cp -R "$top/data/catalogue" "$new"
run catalogue diff "$new"
exits 0 'the same catalogue'
prints 'aucune différence' 'differs in nothing'

# Protects citizens who were given a date: a closure moves the target, never the promise, and says whom to call back, before and after.
run log --json --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' --phone 0612345678
exits 0 'a request'
reference=$(field service_request_id) due=$(field due.answer) promised=$(field promised.date)
[ -n "$promised" ]; result $? 'with a promise told'
day=${due%%T*}
printf '\n[closure:essai]\nname = "Panne générale"\nfrom = %s\nto = %s\ncalendars = terrain\n' "$day" "$day" >>"$new/calendriers.ini"
run catalogue diff "$new"
exits 0 'a closure on the day it is due'
prints 'Panne générale' 'is told'
prints "^  $(echo "$reference" | sed 's/../& /g;s/ $//')  réponse : .* -> " 'with the due date that moves'
prints 'engagement intenable' 'and the promise that would not hold'
prints '1 engagements? intenables?' 'which is counted'
run catalogue diff "$new" --json
grep -q "\"service_request_id\":\"$reference\",\"target\":\"answer\".*\"promise_overtaken\":true" "$out"; result $? 'the same as JSON'
run catalogue apply "$new" --dry-run
exits 0 'tried'
run show "$reference" --json
same "$(field due.answer)" "$due" 'moves nothing'
run --as s.martin catalogue apply "$new"
exits 77 'an agent does not put a catalogue in force'
run catalogue apply "$new"
exits 0 'applied'
run show "$reference" --json
[ "$(field due.answer)" != "$due" ]; result $? 'the target moved'
same "$(field promised.date)" "$promised" 'the promise did not'
run todo
prints 'engagement intenable' 'the call-back list has it'
run catalogue diff "$new"
prints 'aucune différence' 'it is in force now'

# Protects the day that was promised: until 24:00 is that day, not the one that begins then.
run show "$reference" --json
due=$(field due.answer) due=${due%%T*}
run promise "$reference" --date "${due}T24:00" --channel phone --reason 'fermeture imprévue'
exits 0 'a new promise, until midnight of the due day'
cp -R "$new" "$home/minuit"
printf '\n[closure:minuit]\nname = "Panne encore"\nfrom = %s\nto = %s\ncalendars = terrain\n' "$due" "$due" >>"$home/minuit/calendriers.ini"
run catalogue diff "$home/minuit"
prints "engagement intenable \(au plus tard le [a-zé]+ $(echo "${due##*-}" | sed "s/^0//") " 'is named by its day'

# Protects a store from a catalogue that can't be read.
printf '\n[category:nid-de-poule-2]\nname = "Sans service"\n' >>"$new/motifs-voirie.ini"
run catalogue apply "$new"
exits 78 'a catalogue with a mistake is not applied'
prints '^motifs-voirie.ini:[0-9]+: ' 'its line is named'
run list --limit 1
exits 0 'the store goes on with what it had'
finish
