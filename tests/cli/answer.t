#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Answers: the catalogue's texts to begin with, one's own editor, the second reading. Protects: nothing is told that was left to be completed, given up or not read again;
# what is written in an editor stands nowhere but in memory, for its owner alone, and is gone afterwards, also when guichet was killed meanwhile.
. "$(dirname "$0")/desk.sh"

ok() { eval "$1"; result $? "$2"; }
# editor BODY: EDITOR is a program that does this; "$1" is the file.
editor() {
	printf '#!/bin/sh\n%s\n' "$1" >"$home/editeur"
	chmod +x "$home/editeur"
	EDITOR="$home/editeur -w"
	export EDITOR
}
editor_left() { [ -e "$home/dossier" ] && [ ! -e "$(cat "$home/dossier")" ]; }
unset VISUAL XDG_RUNTIME_DIR || :
run --json log --channel phone --name 'Odette Lefèvre' --phone 0465711234 --category nid-de-poule --subject 'Trou' --address 'rue des Lilas'
ref=$(field service_request_id)
run take "$ref"

run answer "$ref" --channel phone --template texte-trou-rebouche
exits 2 'a text with something to complete is not told'
complains 'à compléter.{1,2}: date des travaux' 'what is left is named'
run inform "$ref" --channel phone --template texte-entreprise
exits 2 'nor is a waiting answer'
run answer "$ref" --channel phone --template texte-lampe-reparee
exits 65 'a text for another category is none of these'
complains 'texte-trou-rebouche, texte-entreprise, texte-refus' 'those for it are listed, the nearest first'
run answer "$ref" --channel phone --template texte-refus --text x
exits 64 'one source of words'
run letter "$ref" --template texte-refus
exits 65 'and it is no letter'

if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" != tmpfs ]; then
	skip 'no /dev/shm in memory' 'an editor'
	finish
fi
editor 'exit 3'
run answer "$ref" --channel phone --edit
exits 2 'an editor that fails gives up'
complains 'abandonné' 'and that is said'
editor ': >"$2"'
run answer "$ref" --channel phone --edit
exits 2 'an empty text gives up'
EDITOR=nulle-part
run answer "$ref" --channel phone --edit
exits 69 'no such editor'
complains 'EDITOR' 'what to set is said'
editor 'printf "\377\376" >"$2"'
run answer "$ref" --channel phone --edit --text 'Bonjour'
exits 65 'what is no text is refused'
editor 'echo encore >>"$2"'
run --read-only answer "$ref" --channel phone --edit
exits 77 'no editor where nothing is written'
run answer "$ref" --channel phone --edit --template texte-trou-rebouche
exits 2 'still to be completed'
complains 'brouillons' 'what was written is kept'
run screen brouillons
prints 'réponse' 'as a draft that a screen takes up again'

editor "pwd >'$home/dossier'; ls -ld . >'$home/droits'; ls -l \"\$2\" >>'$home/droits'; stat -f -c %T . >'$home/ou'; cp \"\$2\" '$home/avant'
sed 's/\\[à compléter[^]]*\\]/20 novembre 2026/' \"\$2\" >neuf && mv neuf \"\$2\"; echo >>\"\$2\""
run answer "$ref" --channel phone --edit --template texte-trou-rebouche
exits 0 'completed in the editor'
ok 'grep -q "rue des Lilas" "$home/avant"' 'it began with the text, its fields filled'
ok '[ "$(cut -c1-10 "$home/droits" | tr "\n" " ")" = "drwx------ -rw------- " ]' 'its folder and file are its owner'"'"'s alone'
same "$(cat "$home/ou")" tmpfs 'in memory'
ok editor_left 'and gone'
run show "$ref"
prints 'le 20.novembre 2026' 'what was written is the answer'

run --json log --channel phone --name 'Odette Lefèvre' --phone 0465711234 --category nid-de-poule --subject 'Autre trou'
ref=$(field service_request_id)
run take "$ref"
rm -f "$home/dossier"
editor "pwd >'$home/la'; mv '$home/la' '$home/dossier'; while [ ! -e '$home/assez' ] && [ -d '$home' ]; do sleep 0.1; done"
"$GUICHET" answer "$ref" --channel phone --edit --text 'Secret' >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -e "$home/dossier" ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -9 "$pid"
wait "$pid" 2>/dev/null
ok '[ -e "$(cat "$home/dossier")/texte.txt" ]' 'guichet is killed, the editor goes on'
: >"$home/assez"
tries=0
while ! editor_left && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
ok editor_left 'its end leaves nothing'
run show "$ref"
lacks 'Secret' 'and nothing was recorded'

# Second reading: the writer does not tell it, and the reader does not change it.
category=$(sed -n '/^\[category/h; /^second_reading = yes/{x;s/.*:\(.*\)\]/\1/p;x}' "$top"/data/catalogue/motifs-voirie.ini | head -1)
run --json log --channel phone --name 'Odette Lefèvre' --phone 0465711234 --category "$category" --subject 'Sinistre'
ref=$(field service_request_id)
run take "$ref"
printf '[account:d.relit]\nname = "Denise Relit"\nroles = service\nservices = voirie\n' >>"$home/config/guichet/guichet.ini"
run --as voirie answer "$ref" --draft --text 'Votre assureur est saisi.'
exits 0 'drafted'
run --as voirie answer "$ref" --channel phone
exits 2 'the writer does not tell it'
run --as s.martin answer "$ref" --channel phone --text 'Autre chose.'
complains 'accueil|relecture|service' 'nor does the desk write another one'
run --as s.martin answer "$ref" --channel phone --text 'Votre assureur est saisi.'
exits 0 'the same text, by another agent'
run --json log --channel phone --name 'Odette Lefèvre' --phone 0465711234 --category "$category" --subject 'Autre sinistre'
ref=$(field service_request_id)
run --as voirie take "$ref"
run --as voirie answer "$ref" --draft --text 'Votre assureur est saisi.'
run --as d.relit answer "$ref" --channel phone --text 'Autre chose.'
exits 2 'another text than the one that was read is not told'
complains 'un autre agent le relira' 'and what to do is said'
run --as d.relit answer "$ref" --channel phone
exits 0 'the one that was read is'
finish
