#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Contacts that make no request, and what the agent has to tell the caller.
. "$(dirname "$0")/desk.sh"

record --channel phone --category nid-de-poule --subject 'Trou' --name Durand --phone 0612345678
r=$ref
# Protects the commonest call: "where does it stand?" is counted, and answered from the same screen.
run contact add --channel phone --outcome chased --phone 0612345678 "$r"
exits 0 'a second contact on an old request'
prints "$(printf '%s' "$r" | sed 's/../& /g; s/ $//')  transmise" 'says where it stands'
prints 'engagement : au plus tard le mardi 1er décembre 2026' 'and what was promised'
same "$(of "$r" chased)" 1 'and counts as a chase'
same "$("$GUICHET" --json show "$r" | perl -MJSON::PP -ne 'print scalar @{decode_json($_)->{contacts}}')" 2 'both contacts are its own'
run contact add --channel phone --outcome wrong_number --phone 0699999999
exits 0 'a call with no request'
run requester show 0699999999
[ "$code" -ne 0 ]; result $? 'a wrong number leaves no file on anybody'
run contact add --channel desk --outcome informed --text 'Horaires de la déchèterie'
run contact ajouter --canal courriel --suite informed
exits 0 'in French'
record --channel phone --category nid-de-poule --subject 'Deux'
run --json contact add --channel email --outcome added "$r" "$ref"
same "$(field requests)" 2 'one contact about two requests'
same "$(field outcome)" added 'and its outcome'

# Protects the statistics of calls, not only of requests.
run contact list
same "$(grep -c '^ven' "$out")" 7 'all are listed'
run contact list --count
prints '^téléphone +demande créée +2$' 'counted by channel and outcome'
run contact list --count --channel email
lacks 'téléphone' 'by one channel'
run contact list --outcome chased
same "$(grep -c '^ven' "$out")" 1 'by one outcome'
run --json contact list --limit 3
last=$(field contact 3)
run --json contact list --limit 100 --after "$last"
same "$(wc -l <"$out" | tr -d ' ')" 4 'page after page'
run contact list --from 2026-11-21
exits 1 'nothing on another day'
run contact list --after bof
exits 65 'a wrong number'
run contact list --after 1.1
exits 1 'an unknown one'
run contact add --channel phone
exits 64 'what came of it must be said'
run contact add --channel phone --outcome bof
exits 65 'in words of the list'
run contact add --outcome informed
exits 64 'and the channel'
run contact add --channel phone --outcome chased 1234
exits 65 'a reference that is none'
before=$("$GUICHET" --json contact list --limit 100 | wc -l)
unknown=12345678$(perl -e 'printf "%02d", 98 - 1234567800 % 97')
run contact add --channel phone --outcome chased "$r" "$unknown"
exits 1 'one unknown reference among two'
same "$("$GUICHET" --json contact list --limit 100 | wc -l)" "$before" 'then nothing is recorded'
finish
