#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line as a contract: exit codes, options in both languages, help, JSON, pipes.
. "$(dirname "$0")/desk.sh"

record --channel phone --category nid-de-poule --subject 'Trou' --name Durand --phone 0612345678
r=$ref

# Protects scripts: each class of mistake has its exit code.
run list
exits 0 'done'
run list --service nettoyage
exits 1 'nothing found'
run close "$r"
exits 2 'refused by a rule'
run lister
exits 0 'a command in French'
run lits
exits 64 'an unknown command'
complains 'vouliez-vous dire list' 'and the near one'
run contact
exits 64 'half a command'
complains 'contact add, .*contact list' 'and its other halves'
run list --limt 3
exits 64 'an unknown option'
complains 'vouliez-vous dire --limit' 'and the near one'
run show "$r" --danger
exits 64 'an option of another command'
run list --limit 3 --limit 4
exits 64 'an option twice'
run list --limit 3 --limite=4
exits 64 'twice in two languages'
run list --limit
exits 64 'an option without its value'
run list --all=1
exits 64 'a switch with one'
run show
exits 64 'too few words'
run show "$r" "$r"
exits 64 'too many'
run list --limit 0
exits 65 'a number out of range'
run list --limit 3x
exits 65 'no number'
run list --after 123
exits 65 'no reference'
run list --due demain
exits 65 'no such value'
run list --status perdu
exits 65 'no such state'
run --store "$home/nulle/part.db" list
exits 66 'no such store'
printf 'texte' >"$home/texte.db"
run --store "$home/texte.db" list
exits 65 'not a store'
run --lang de list
exits 64 'a language that is not there'
"$GUICHET" log --channel phone --subject plein >/dev/full 2>"$err"
same $? 74 'nowhere to write to'
complains 'a été exécutée' 'says that it was done all the same'

# Protects both ways to write options, and words that look like some.
run list --limit=1 --tri=réception --echeance=semaine
[ "$code" -le 1 ]; result $? 'values after = and in French'
run -- list
exits 0 '-- before the command'
run note "$r" -- --pas-une-option
exits 0 '-- ends the options'
run show "$r" --history
prints 'note : --pas-une-option' 'what follows is text'
run --json note "$r" é
run --json note "$r" "$(printf 'e\314\201')"
same "$("$GUICHET" --json show "$r" --history | perl -MJSON::PP -e 'my @h = @{decode_json(<STDIN>)->{history}}; print $h[-1]{personal}{text} eq $h[-2]{personal}{text} ? 1 : 0')" 1 'an accent typed apart is the same letter'
record --channel phone --category nid-de-poule --subject "$(printf 'Gar\303\251 e\314\201 ')"
same "$(of "$ref" subject)" 'Garé é' 'in options too, blanks trimmed'
run --help
prints '^  log, enregistrer' 'the list of commands'
run --version
prints '^guichet [0-9]' 'the version'
run log --help
prints '^Usage : guichet log' 'help of a command'
run --help log
prints '^Usage : guichet log' 'or before it'

# Protects help: every command and every option is in it, in both languages.
"$GUICHET" help >"$home/help"
missing='' long=''
sed -n 's/^COMMAND([a-z_]*, "\([^"]*\)", "\([^"]*\)".*/\1|\2/p' "$top/src/cli/commands.def" >"$home/commands"
[ "$(wc -l <"$home/commands")" -ge 50 ]; result $? 'the table of commands is read'
: >"$home/all"
while IFS='|' read -r name french; do
	grep -q "^  $name\b" "$home/help" || missing="$missing, $name"
	grep -q "$french" "$home/help" || missing="$missing, $french"
	# shellcheck disable=SC2086
	"$GUICHET" help $name >"$home/one" 2>&1 || missing="$missing, help $name"
	grep -q "^Usage : guichet $name " "$home/one" || missing="$missing, usage of $name"
	# shellcheck disable=SC2086
	"$GUICHET" $french --help >/dev/null 2>&1 || missing="$missing, $french --help"
	cat "$home/one" >>"$home/all"
done <"$home/commands"
same "$missing" '' 'every command has its help'
sed -n 's/^OPTION([A-Z_]*, "\([^"]*\)", "\([^"]*\)".*/\1|\2/p' "$top/src/cli/options.def" >"$home/options"
while IFS='|' read -r name french; do
	cat "$home/help" "$home/all" | grep -q -- "--$name\b" || missing="$missing, --$name"
	cat "$home/help" "$home/all" | grep -q -- "--$french\b" || missing="$missing, --$french"
done <"$home/options"
same "$missing" '' 'every option belongs to a command and is explained'
long=$(cat "$home/help" "$home/all" | perl -CSD -ne 'chomp; print "$_; " if length > 80')
same "$long" '' 'in 80 columns'
run help nullement
exits 64 'help of nothing'
if [ -f "$top/data/man/guichet.1" ]; then
	while IFS='|' read -r name french; do
		perl -0ne 's/\\//g; exit !/\Q'"$name"'\E/' "$top/data/man/guichet.1" || missing="$missing, $name"
	done <"$home/commands"
	same "$missing" '' 'the manual knows every command'
else
	skip 'no manual yet' 'the manual knows every command'
fi

# Protects programs that read JSON: one object a line, nothing else.
json() { # NAME: every line of the last output is one object
	perl -MJSON::PP -ne 'eval { ref decode_json($_) eq "HASH" } or exit 1; $n++; END { exit 1 unless $n }' "$out"
	result $? "$1 --json: objects alone"
}
printf 'x' >"$home/piece.txt"
for command in 'list' 'todo' "show $r --history" "explain $r" 'suggest trou dans la route' 'contact list' 'contact list --count' \
	"note $r x" "contact add --channel phone --outcome chased $r" "bulletin add x" 'bulletin list' "callback $r --at 2026-11-23T10:00" \
	"callback done $r --result absent" "promise $r --date 2026-12-24 --reason x --channel phone" "attach $r $home/piece.txt" "note $r y" "undo $r" \
	"split $r nettoyage" 'log --channel phone --subject x --text diabétique'; do
	# shellcheck disable=SC2086
	run --json $command
	json "$command"
done
run --json show 1234
same "$(cat "$out")" '' 'a mistake prints no JSON'

# Protects pipes: who reads no more stops it, without a word.
i=0
while [ $i -lt 30 ]; do i=$((i + 1)); echo "log --channel phone --category nid-de-poule --subject 'Appel $i'"; done | "$GUICHET" shell >/dev/null
{ "$GUICHET" list --limit 100; echo $? >"$home/status"; } 2>"$err" | head -n 1 >/dev/null
same "$(cat "$home/status") $(cat "$err")" '0 ' 'a closed pipe is no failure'

# Protects who reads English.
run --lang en list
exits 0 'in English'
run --langue=fr list
exits 0 'in French'
GUICHET_NOW=hier run list
exits 65 'a clock that is none'
finish
