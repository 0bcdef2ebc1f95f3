#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Hostile or broken input: refused with a word, or kept and shown harmless.
. "$(dirname "$0")/desk.sh"

esc=$(printf '\033') csi=$(printf '\302\233') rlo=$(printf '\342\200\256') bel=$(printf '\007')
evil="${esc}]0;titre${bel}${esc}[2J${csi}31m${rlo}txt"
# No control character but the end of a line, no C1, no bidi override, ever reaches a terminal.
harmless() { # NAME
	cat "$out" "$err" | perl -CS -ne 'exit 1 if /[\x00-\x09\x0b-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}]/'
	result $? "$1: nothing acts on the terminal"
}

# Protects the agent's terminal from what citizens send.
printf 'x' >"$home/p${esc}[2J.txt"
record --channel phone --category nid-de-poule --subject "Sujet $evil" --text "Texte $evil" --name "Nom $evil" --organisation "Org $evil" \
	--address "Rue $evil" --place-detail "Lieu $evil" --asset "N $evil" --area "Aire $evil" --sender-ref "R $evil" --behalf-of "B $evil" \
	--postal-address "P $evil" --needs "D $evil" --commune verdane
exits 0 'recorded as it came'
harmless 'log --json'
r=$ref
run note "$r" "Note $evil"
harmless 'note'
run bulletin add "Consigne $evil" --say "Dire $evil" --area "Aire $evil" --link "$r"
harmless 'bulletin add'
run --as voirie take "$r"
run --as voirie order "$r" --contractor "E $evil" --number "N $evil"
run callback "$r" --at 2026-11-23T10:00
run callback done "$r" --result "absent $evil"
harmless 'callback done'
run --as voirie done "$r"
run --as voirie answer "$r" --channel phone --text "Réponse $evil"
run reopen "$r" --reason "Raison $evil"
run attach "$r" "$home/p${esc}[2J.txt"
harmless 'attach'
for command in list "list --all" "show $r" "show $r --history" "explain $r" todo 'bulletin list' 'contact list' 'search sujet' 'search titre' \
	'contact add --channel phone --outcome chased '"$r" 'requester show Nom'; do
	# shellcheck disable=SC2086
	run $command
	harmless "$command"
	# shellcheck disable=SC2086
	run --json $command
	harmless "$command --json"
done
same "$(of "$r" requester.behalf_of | od -An -c | tr -d ' \n' | cut -c1-5)" 'B033]' 'and JSON gives it back whole'
run show "$evil"
harmless 'a wrong reference quoted'
run list --service "$evil"
harmless 'a wrong service quoted'
run list "--$evil"
harmless 'a wrong option quoted'
run "$evil"
harmless 'a wrong command quoted'
run --store "/tmp/$evil" list
harmless 'a wrong path quoted'
run suggest "trou $evil"
harmless 'suggest'
printf 'note %s "%s"\nmontrer %s\n%s\n' "$r" "$evil" "$r" "$evil" | "$GUICHET" shell >"$out" 2>"$err"
harmless 'shell'

# Protects the store from what is no text.
bad=$(printf 'caf\351')
run log --channel phone --subject "$bad"
exits 65 'Latin-1 in an argument'
complains "n'est pas de l'UTF-8" 'says so'
printf 'caf\351' | "$GUICHET" log --channel phone --subject x --text - >"$out" 2>"$err"
same $? 65 'and on standard input'
printf 'a\000b' | "$GUICHET" log --channel phone --subject x --text - >"$out" 2>"$err"
same $? 65 'a NUL on standard input'
complains 'nul|NUL' 'is named'
printf 'list\000 --all\n' | "$GUICHET" shell >"$out" 2>"$err"
same $? 65 'a NUL in a script'
printf '\300\200' | "$GUICHET" note "$r" - >"$out" 2>"$err"
same $? 65 'an overlong form'
printf '\355\240\200' | "$GUICHET" suggest - >"$out" 2>"$err"
same $? 65 'a surrogate'

# Protects the store and the machine from 10 MB of text.
perl -e 'print "mot " x 2700000' | "$GUICHET" log --channel phone --subject x --text - >"$out" 2>"$err"
same $? 65 '10 MB of text'
complains 'Mio|octets|long' 'says how much is too much'
perl -e 'print "mot " x 30000' | "$GUICHET" log --channel phone --subject x --text - >"$out" 2>"$err"
same $? 65 'and 120 KB'
complains 'octets|long|caractères' 'with the limit'
perl -e 'print "mot " x 30000' | "$GUICHET" note "$r" - >"$out" 2>"$err"
same $? 65 'in a note too'
run log --channel phone --subject "$(perl -e 'print "x" x 500')"
exits 65 'a subject that is a letter'
perl -e 'print "trou " x 100000' | "$GUICHET" suggest - >"$out" 2>"$err"
[ $? -le 1 ]; result $? 'a very long line to suggest'
before=$("$GUICHET" --json list --limit 1000 | wc -l)
same "$before" 1 'none of it was recorded'

# Protects the rule that texts stay what they were: quotes, SQL, formats.
record --channel phone --category nid-de-poule --subject "l'eau d'\"ici\"; DROP TABLE op; -- %s %n"
same "$(of "$ref" subject)" "l'eau d'\"ici\"; DROP TABLE op; -- %s %n" 'a text is a text'
run search "l'eau \" OR 1=1 --"
[ "$code" -le 1 ]; result $? 'a search is words'
run search '* NEAR( "'
[ "$code" -le 1 ]; result $? 'whatever they are'
finish
