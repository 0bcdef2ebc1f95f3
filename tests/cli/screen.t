#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet screen: a screen as text, for support and documentation. The same views as on a terminal, and nothing written.
. "$(dirname "$0")/desk.sh"

now 2026-11-24T10:47
run init --demo --requests 300
record --channel phone --category nid-de-poule --subject 'Trou devant le 12' --name 'Łukasz Wałęsa' --phone '06 39 98 12 34' --commune Verdane \
	--address '12 rue des Lilas'
before=$(cksum <"$home/data/guichet/desk.db")

# Protects what support reads over the phone: each screen by its name in either language, at the size asked for, marked EXERCICE as on a terminal.
for name in todo a-faire queue bannette search brouillons bulletins delais deadlines affluence appel "fiche $ref" "request $ref"; do
	run screen $name --size 100x30
	exits 0 "$name"
	same "$(wc -l <"$out")" 30 "$name has as many lines"
	prints 'EXERCICE' "$name says what store it is"
done
run screen todo
same "$(wc -l <"$out")" 24 'eighty by twenty-four unless said otherwise'
same "$(perl -CSD -ne 'chomp; $n = length if length > $n; END { print $n }' "$out")" 80 'eighty columns'
run ecran chercher walesa lukasz --taille 80x24
prints 'Trou devant le 12' 'a search shows what it finds'
run screen fiche "$ref"
prints '06 39 98 12 34' 'a request is shown whole'
# Protects scripts: what is meant by nothing is refused, with what would have been.
run screen
exits 64 'which screen?'
run screen nimporte
exits 64 'no such screen'
complains 'bannette' 'and their names are said'
run screen fiche
exits 64 'a request has a number'
run screen todo lilas
exits 64 'a screen that takes no word'
run screen fiche 3140032107
exits 65 'a number with wrong check digits'
run screen fiche 3140032106
exits 1 'a number that nobody has'
for size in 80 80x 20x10 80x24x 9999x24 x24 -80x24; do
	run screen todo --size="$size"
	exits 65 "size $size"
done

# Protects personal data: a wall display's account gets figures, and no list of people.
cat >>"$home/config/guichet/guichet.ini" <<INI
[account:mur]
roles = kiosk
INI
sed -i 's/^may_act = .*/may_act = "mur"/' "$home/config/guichet/guichet.ini"
run --as mur screen todo
exits 77 'a list of people is not for a wall'
run --as mur screen sla
exits 0 'figures are'

# Protects a read-only session: it may look, and looking never writes.
run --read-only screen todo
exits 0 'read-only may look'
prints 'lecture seule' 'and says so'
same "$(cksum <"$home/data/guichet/desk.db")" "$before" 'nothing was written'
finish
