#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet privacy check: what should not stand in a text is named, and why; places are no alarm.
. "$(dirname "$0")/lib.sh"

# Protects citizens from what an agent might write down of them; no store is needed to know it.
run privacy check 'Mme Roux, séropositive, ne peut descendre ses poubelles'
exits 0 'a warning never blocks'
prints '^santé : « séropositive » \(.+\)$' 'names the words and says why'
run privacy check 'sécu 1 84 12 76 451 089 46, IBAN FR14 2004 1010 0505 0001 3M02 606' --json
same "$(field kind) $(field kind 2)" 'nir iban' 'numbers with their keys, as JSON'
same "$(field words)" '1 84 12 76 451 089 46' 'with the words found'
# Protects agents from false alarms: they would stop reading them.
run privacy check "Trou rue de l'Hôpital, place de l'Église, près du syndicat de copropriété"
exits 0 'places'
prints '^rien à signaler$' 'are no alarm'
run privacy check "rue de l'Hôpital" --json
same "$(cat "$out")" '' 'nor as JSON'
printf 'Premier appel.\nIl est séropositif.\n' | "$GUICHET" privacy check - >"$out" 2>"$err"
last='guichet privacy check -'
prints '^ligne 2, santé : « séropositif »' 'a text from standard input, with its line'
printf 'abc\000def' | "$GUICHET" privacy check - >"$out" 2>"$err"; code=$?
exits 65 'a text with a NUL'
head -c 11000000 /dev/zero | tr '\000' 'a' | "$GUICHET" privacy check - >"$out" 2>"$err"; code=$?
exits 65 'a text over 10 MB'
head -c 9000000 /dev/zero | tr '\000' 'a' | "$GUICHET" privacy check - >"$out" 2>"$err"; code=$?
exits 0 'a long one below it'
# Protects the desk whose word list went missing: numbers are still found, and it is said.
GUICHET_DATADIR=$home run privacy check 'sécu 1 84 12 76 451 089 46'
prints '^numéro de sécurité sociale' 'without the list'
complains 'liste de mots introuvable' 'it is said'
finish
