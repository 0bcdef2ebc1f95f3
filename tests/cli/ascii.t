#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Where the locale is not UTF-8 nothing but ASCII reaches the terminal; data stays UTF-8.
. "$(dirname "$0")/lib.sh"

# plain NAME: what the last run wrote, on both outputs, is printable ASCII and newlines.
plain() { ! LC_ALL=C grep -q '[^ -~]' "$out" && ! LC_ALL=C grep -q '[^ -~]' "$err"; result $? "$1"; }
in_c() { (LC_ALL=C; export LC_ALL; exec "$GUICHET" "$@") >"$out" 2>"$err"; code=$?; last="LC_ALL=C guichet $*"; }

run init
run log --channel phone --category nid-de-poule --subject 'Trou d’été à l’Hôtel de ville' --name 'Mme Lefèvre œuvre' --phone 0612345678 \
	--address '12 rue des Lilas' --text 'Le « trou » fait 30 cm… et plus, 日本 compris.'
exits 0 'a request with accents is recorded'
ref=$(sed -n 's/^[^0-9]*\([0-9][0-9 ]\{12,\}[0-9]\).*/\1/p' "$out" | head -n 1 | tr -d ' ')

# Protects a terminal that would take UTF-8 for something else: in text, errors, help and screens each letter loses its accent, and none is lost.
in_c show "$ref" --history
exits 0 'it is shown in the C locale'
plain 'in ASCII'
prints "Trou d'ete a l'Hotel de ville" 'with the letters beneath the accents'
prints 'Mme Lefevre oeuvre' 'and ligatures taken apart'
prints '" trou "' 'and quotation marks of ASCII'
prints '\?\?\?\? compris' 'what nothing stands for is a question mark a column'
in_c list
plain 'a list'
prints 'Trou' 'has the request'
in_c help
plain 'help'
prints 'Options de toutes les commandes' 'in French'
in_c --lang en help log
plain 'help in English'
in_c show 99
plain 'an error'
complains 'reference' 'says what is wrong'
in_c frobnicate
plain 'a wrong command'
in_c screen todo
exits 0 'a screen as text'
plain 'is ASCII'
prints '^ ?A faire' 'and drawn for it'
printf 'show %s\nsearch ete\nrien\n' "$ref" | in_c shell
plain 'the line mode'
prints "Trou d'ete" 'answers'
(LC_ALL=; LC_CTYPE=fr_FR.ISO-8859-1; export LC_ALL LC_CTYPE; exec "$GUICHET" list) >"$out" 2>"$err"
plain 'any other locale that is not UTF-8'
(unset LC_ALL; LANG=xx_XX.UTF-8; export LANG; exec "$GUICHET" list) >"$out" 2>"$err"
prints 'été' 'UTF-8 by its name, though not installed here'

# Protects what reads our data: it is UTF-8 everywhere.
in_c --json show "$ref"
prints 'Hôtel de ville' 'JSON stays UTF-8'
printf -- '--json show %s\nshow %s\n' "$ref" "$ref" | in_c shell
prints '"Trou d’été à l’Hôtel' 'for one command of the line mode'
prints "Trou d'ete a" 'and not for the next'
in_c export
prints 'Hôtel de ville' 'an export stays UTF-8'
in_c export -o "$home/out.csv"
plain 'what is said of it does not'
grep -q 'Hôtel de ville' "$home/out.csv"
result $? 'and the file does'
in_c help --manual
prints 'RÉF' 'the manual too'

finish
