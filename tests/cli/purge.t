#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet privacy purge: what it would do, the slip for the archives before anything goes, who may, and that it goes on after kill -9.
. "$(dirname "$0")/lib.sh"
GUICHET_NOW=2026-11-20T10:00; export GUICHET_NOW
store=$XDG_DATA_HOME/guichet/desk.db
"$GUICHET" init --demo --requests 900 >"$out" 2>"$err" || { cat "$err"; echo 'Bail out! no store'; exit 1; }
dpo() { run --as dpo privacy "$@"; }
now() { GUICHET_NOW=$1; export GUICHET_NOW; }

# Protects citizens' data from everybody but who answers for it.
run privacy purge --dry-run
exits 77 'no other role purges'
complains 'délégué à la protection des données' 'the role that is needed is named'
# One whose citizen is known.
run list --all --status closed --limit 20 --json
for ref in $(perl -MJSON::PP -ne 'print decode_json($_)->{service_request_id}, "\n"' "$out"); do
	run show "$ref"
	grep -q 'Usager  *anonyme' "$out" || break
done
run privacy hold "$ref" --reason Contentieux
exits 77 'nor orders that a request be kept'

# Protects from surprises: what would go is counted by category, and nothing goes without the archives' visa, a slip and a yes.
dpo purge --dry-run
exits 0 'a try'
prints "dépassé sa durée" 'nothing is over its retention yet'
now 2033-01-10T10:00
dpo purge --dry-run --json
exits 0 'years later'
total=$(perl -MJSON::PP -ne '$o = decode_json($_); print $o->{requests} unless exists $o->{category}' "$out")
same "$([ "$total" -gt 600 ] && echo many)" many "the ended ones are due"
same "$(perl -MJSON::PP -ne '$o = decode_json($_); $n += $o->{requests} if exists $o->{category}; END { print $n }' "$out")" "$total" 'category by category'
dpo purge -o "$home/slip" --yes
exits 64 'no purge without a visa'
dpo purge --visa 'AD 7' --yes
exits 64 'nor without a slip'
dpo purge -o "$home/slip" --visa 'AD 7' </dev/null
exits 64 'nor unasked'
same "$(cat "$home/slip" 2>/dev/null)" '' 'and no slip is left of it'
dpo purge -o "$home/slip" --visa 'AD 7' --at 2034-01-01 --yes
exits 65 'nor by a date to come'
dpo purge --dry-run -o "$home/slip"
exits 0 'a slip to be given to the archives'
same "$(grep -c 'Visa  *(à donner)' "$home/slip") $(grep -c "^En tout  *$total " "$home/slip")" '1 1' 'without their visa yet, with its total'
dpo purge -o "$home/slip" --visa 'AD 7' --yes
exits 73 'a slip is never written over'
dpo hold "$ref" --reason 'Contentieux en cours'
exits 0 'one is to be kept'
run show "$ref" --history
prints '^Conservation +ordonnée' 'it says so'
same "$(tr -s ' \n' ' ' <"$out" | grep -c 'ordonnée ou levée : ordonnée · Contentieux en cours')" 1 'and its history why'

# Protects the work of a machine that goes down: what was begun goes on, without asking for a second slip.
run sla --json --period 2020-01-01..2032-12-31
before=$(perl -MJSON::PP -ne '$o = decode_json($_); print "$o->{service_code} $o->{answered};"' "$out")
"$GUICHET" --as dpo privacy purge -o "$home/slip2" --visa 'AD 7' --yes >"$out" 2>"$err" &
purge=$!
n=0
while [ ! -s "$home/slip2" ] && [ $n -lt 300 ]; do sleep 0.02; n=$((n + 1)); done
kill -9 $purge; wait $purge 2>/dev/null
same "$(grep -c "^En tout  *$((total - 1)) " "$home/slip2")" 1 'the slip is there before anything goes, the held one not on it'
grep -q 'AD 7' "$home/slip2"; result $? 'with its visa'
run verify
exits 0 'killed in the middle, the store is sound'
dpo purge --yes
if [ "$code" -eq 64 ]; then # killed before it began
	dpo purge -o "$home/slip3" --visa 'AD 7' --yes
fi
exits 0 'taken up again'
prints 'demandes anonymisées' 'and ended'
run verify
exits 0 'sound'
run show "$ref"
lacks 'Usager +anonyme' 'who is needed for a trial is still known'
run list --all --status closed --limit 400 --json
other=$(perl -MJSON::PP -ne '$o = decode_json($_); if (!length $o->{subject}) { print $o->{service_request_id}; exit }' "$out")
run show "$other" --history
same "$(tr -s ' \n' ' ' <"$out" | grep -c 'anonymisée en fin de conservation : visa AD 7')" 1 'the history of a purged one says by which visa'
run sla --json --period 2020-01-01..2032-12-31
same "$(perl -MJSON::PP -ne '$o = decode_json($_); print "$o->{service_code} $o->{answered};"' "$out")" "$before" 'the figures are what they were'
dpo purge --dry-run --json
same "$(field requests) $(field held)" '0 1' 'nothing is left but the held one'
dpo release "$ref" --reason 'Jugé'
exits 0 'the order is lifted'
dpo purge --dry-run --json
same "$(field requests)" 1 'and it is due'
finish
