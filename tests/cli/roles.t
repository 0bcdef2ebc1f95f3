#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may do what: roles tried with --as, scopes of services, reading only, and accounts that see no names.
. "$(dirname "$0")/desk.sh"

record --channel phone --category nid-de-poule --subject 'Trou' --name Durand --phone 0612345678
r=$ref
denied() { # REGEX NAME
	exits 77 "$2"
	complains "$1" 'and is told why'
}

# Protects a service's work from the others.
run --as nettoyage take "$r"
denied 'relève du service « Voirie »' 'another service takes nothing'
run --as s.martin done "$r"
denied 'rôle requis' 'the desk reports no work done'
run --as s.martin order "$r"
denied 'rôle requis' 'nor orders any'
run --as voirie take "$r"
exits 0 'its own service does'
run --as voirie redirect "$r" --to ville-formalites
denied 'rôle requis' 'redirecting is for the desk'
run --as voirie edit "$r" subject='autre'
denied 'accueil' 'what the citizen asked is for the desk'
run --as voirie edit "$r" place_detail='devant le 3'
exits 0 'the place is for the service too'
run --as a.benali cancel "$r" --reason 'erreur'
denied 'superviseur' 'who has not logged it does not cancel it'
run --as c.lefevre cancel "$r" --reason 'erreur'
exits 0 'a supervisor does'
run --as s.martin log --channel phone --category nid-de-poule --subject 'Danger' --danger
d=$(sed -n 's/^Référence *//p' "$out" | tr -d ' ')
run --as s.martin edit "$d" danger=non
denied 'superviseur' 'a danger is not taken back by whoever flagged it'

# Protects people's names from a wall display, and from a stranger.
for command in list todo "show $r" 'search Durand' 'contact list'; do
	# shellcheck disable=SC2086
	run --as ecran $command
	denied 'données personnelles' "a wall display: $command"
	lacks Durand 'not a name'
done
run --as ecran sla
[ "$code" -ne 77 ]; result $? 'but figures'
run --as ecran log --channel phone --subject x
denied 'rôle requis' 'it records nothing'

# Protects accounts: nobody acts for another unless the configuration says so.
run --as personne list
denied 'aucun compte' 'an account that does not exist'
sed '/^may_act/d' "$home/config/guichet/guichet.ini" >"$home/alone.ini"
run --config "$home/alone.ini" --as s.martin list
denied 'may_act' 'an account that is not mine to act for'
printf '[guichet]\nstore = "%s"\n' "$home/data/guichet/desk.db" >"$home/none.ini"
run --config "$home/none.ini" list
denied "n.a aucun rôle" 'a user without a role sees nobody'
run --config "$home/none.ini" log --channel phone --subject x
denied 'rôle requis' 'nor records anything'
printf '[guichet]\nstore = "x"\ncouleur = bleu\n[account:a]\nroles = chef\n' >"$home/wrong.ini"
run --config "$home/wrong.ini" list
exits 78 'a wrong configuration'
complains 'wrong.ini:3: .*couleur.*store.*1 autre' 'names file, line, key, what was expected, and how many more'
run --config /nulle/part.ini list
exits 66 'a configuration that is not there'

# Protects a store that is only looked at.
before=$("$GUICHET" --json list --all --sort received --limit 1000 | cksum)
for command in "take $r" "note $r x" "log --channel phone --subject x" "bulletin add x" "attach $r /etc/hostname" "undo $r"; do
	# shellcheck disable=SC2086
	run --read-only $command
	denied 'lecture seule' "--read-only $command"
	# shellcheck disable=SC2086
	run --lecture-seule $command
	exits 77 'in French'
done
run --read-only list
exits 0 'reading goes on'
printf 'note %s x\nlist\n' "$r" | "$GUICHET" --read-only shell >"$out" 2>"$err"
same $? 77 'a shell that only reads'
prints 'Danger' 'reads'
printf 'note %s x --read-only\n' "$r" | "$GUICHET" shell >"$out" 2>"$err"
same $? 77 'one command that only reads'
same "$("$GUICHET" --json list --all --sort received --limit 1000 | cksum)" "$before" 'nothing has changed'
finish
