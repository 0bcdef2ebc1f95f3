#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The line mode: scripts on standard input, and a person at a terminal (driven through tmux).
. "$(dirname "$0")/desk.sh"

shell() { # reads lines from standard input
	last='guichet shell'
	code=0
	"$GUICHET" "$@" shell >"$out" 2>"$err" || code=$?
}
record --channel phone --category nid-de-poule --subject 'Trou' --name Durand --phone 0612345678
r=$ref

# Protects scripts and their quoting.
shell <<L
# une remarque
log --channel phone --subject "l'eau d'ici" --text 'deux  mots'
log --canal phone --objet l'eau
log --channel phone --subject "dit \\"oui\\""

list --limit 10
L
exits 0 'a script'
prints "l'eau d'ici" 'double quotes'
prints "^  l'eau\$" 'an apostrophe inside a word opens nothing'
prints 'dit "oui"' 'a backslash'
same "$(grep -c EXERCICE "$out")" 1 'an exercise says so once'
lacks 'guichet>' 'no prompt where nobody types'
shell <<'L'
note 12 "pas fermé
show 1234
list --limit 1
L
exits 65 'a script goes on after a mistake, and fails'
complains 'guillemet " non fermé' 'which it names'
prints '^[0-9 ]{14}' 'the rest was run'
printf 'quitter\nlist\n' | "$GUICHET" shell >"$out" 2>"$err"
same $? 0 'quit'
lacks Trou 'stops'
printf 'shell\n' | "$GUICHET" shell >"$out" 2>"$err"
same $? 64 'no shell inside the shell'
printf 'list --store x\n' | "$GUICHET" shell >"$out" 2>"$err"
same $? 64 'nor another store'
printf 'note %s -\nlist\n' "$r" | "$GUICHET" shell >"$out" 2>"$err"
same $? 64 '- would eat the script'
prints 'Trou' 'it does not'
printf 'list' | "$GUICHET" --json shell >"$out" 2>"$err"
same "$(grep -c '^{.*}$' "$out")" 4 '--json holds for the session, a last line needs no end'
printf 'list --json\nlist\n' | "$GUICHET" shell >"$out" 2>"$err"
same "$(grep -c '^{' "$out")" "$(grep -c '^[0-9]' "$out")" 'and in a line for that line alone'
printf 'todo --as ecran\nlist\n' | "$GUICHET" shell >"$out" 2>"$err"
same $? 77 'so does --as'
prints Trou 'no longer'

# A person at a terminal.
if command -v tmux >/dev/null 2>&1; then
	socket=$home/tmux
	screen() { tmux -S "$socket" capture-pane -p -J -S - 2>/dev/null; }
	keys() { tmux -S "$socket" send-keys "$@"; }
	# wait_for REGEX: until the screen shows it, at most 20 s.
	wait_for() {
		n=0
		while ! screen | grep -Eq -- "$1"; do
			n=$((n + 1))
			[ $n -gt 400 ] && return 1
			perl -e 'select undef, undef, undef, 0.05'
		done
	}
	tmux -S "$socket" -f /dev/null new-session -d -x 100 -y 40 "TERM=screen INPUTRC=/dev/null '$GUICHET' shell"
	trap 'tmux -S "$socket" kill-server 2>/dev/null; rm -rf "$home"' EXIT
	seen() { wait_for "$1"; result $? "$2 (shows $1)"; }
	seen 'EXERCICE guichet> *$' 'a prompt that says EXERCICE'
	keys 'trans' Tab
	seen 'guichet> trans' 'commands complete'
	keys C-u 'rep' Tab Tab
	seen 'repondre +reprendre|reprendre +repondre' 'several are listed'
	keys C-u "show $(printf %s "$r" | cut -c1-8)" Tab
	seen "show $r" 'references complete'
	keys C-u 'log --cat' Tab
	seen 'log --category' 'options complete'
	keys 'nid-de' Tab
	seen 'log --category nid-de-poule' 'categories complete'
	keys -l -- '--commune verd'
	keys Tab
	seen 'commune verdane' 'communes complete'
	keys C-u "route $r netto" Tab
	seen "route $r nettoyage" 'services complete'
	keys C-u "note $r 'Mme Durand est fatiguée'" Enter
	seen ' : transmise, Voirie' 'a command is run'
	keys 'contact add --channel phone --outcome informed --name Secret' Enter
	seen 'contact [0-9.]+ enregistré' 'another'
	keys C-u Up
	seen 'guichet> contact add --channel --outcome --name *$' 'the history keeps words of commands'
	keys Up
	seen 'guichet> note *$' 'nothing that was typed about people'
	keys C-u 'show 12' Enter
	seen 'guichet: référence' 'a mistake is told, and the shell goes on'
	keys 'une ligne entamée' C-c
	keys 'bulletin list' Enter
	seen 'aucune consigne' 'Ctrl-C leaves the line, not the shell'
	keys 'quit' Enter
	n=0
	while tmux -S "$socket" has-session 2>/dev/null && [ $n -lt 200 ]; do
		n=$((n + 1))
		perl -e 'select undef, undef, undef, 0.05'
	done
	[ $n -lt 200 ]; result $? 'quit ends it'
	grep -rq 'Secret\|fatigu' "$home" --include='*history*' --include='*.log'
	same $? 1 'nothing about people is left in a file of history'
else
	skip 'no tmux' 'a person at a terminal'
fi
# Protects a desk that is open all day from an administrator's change: the shell takes the new catalogue whole, or not at all, and says so in one line; what
# somebody edits on the disk is nothing to it.
edited=$home/edited
cp -R "$top/data" "$edited"
new=$edited/catalogue
: >"$home/said"
mkfifo "$home/in"
(GUICHET_DATADIR=$edited exec "$GUICHET" shell --json) <"$home/in" >"$home/said" 2>"$home/complained" &
shell=$!
exec 4>"$home/in"
asked=0
ask() { # one line more, and its answer
	asked=$((asked + 1))
	echo "$1" >&4
	tries=0
	while [ "$(wc -l <"$home/said")" -lt "$asked" ] && [ "$tries" -lt 300 ] && kill -0 "$shell" 2>"$err"; do
		sleep 0.1
		tries=$((tries + 1))
	done
	sed -n "${asked}p" "$home/said" >"$out"
	last="shell: $1"
}
question='due --category nid-de-poule --received-at 2026-11-24T10:00'
ask "$question"
before=$(field due.answer) taken=$(field due.take)
[ -n "$before" ]; result $? 'a shell that is open'
printf '\n[category:moitie]\nname = "Sans serv' >>"$new/motifs-voirie.ini"
ask "$question"
same "$(field due.answer)" "$before" 'half a file saved on the disk changes nothing in it'
cp "$top/data/catalogue/motifs-voirie.ini" "$new/motifs-voirie.ini"
sed -i 's/^answer = 7j$/answer = 12j/' "$new/delais.ini"
printf '\n[closure:panne]\nname = "Panne"\nfrom = 2026-11-25\nto = 2026-11-25\ncalendars = terrain\n' >>"$new/calendriers.ini"
ask "$question"
same "$(field due.answer)" "$before" 'nor does a whole one'
same "$(cat "$home/complained")" '' 'and nothing is said of it'
run catalogue apply "$new"
exits 0 'another process puts it in force'
ask "$question"
[ "$(field due.answer)" != "$before" ] && [ "$(field due.take)" != "$taken" ]; result $? 'from the next command on it is the new one, in each date'
ask 'log --channel phone --category nid-de-poule --subject Trou'
same "$(field targets | grep -o 'answer=[0-9a-z]*')" answer=12j 'and what is recorded goes by it'
same "$(grep -c 'catalogue' "$home/complained")" 1 'one line said so, once'
exec 4>&-
wait "$shell"
same $? 0 'the shell ends as ever'
finish
