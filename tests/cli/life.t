#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A request's life through commands: every state, and every rule that may not be broken on the way.
. "$(dirname "$0")/desk.sh"

# Protects the whole way, from the call to the closed request, and its history.
record --channel phone --category nid-de-poule --subject 'Trou' --phone 0612345678 --name Durand --address '3 rue Verte' --commune verdane
exits 0 'a call is recorded'
same "$(status "$ref")" routed 'and goes to its service'
run close "$ref"
refused 'ne se clôt pas sans réponse dite, envoyée ou postée' 'not closed without an answer'
run answer "$ref" --channel phone --text 'Bouché'
refused 'doit d.abord la prendre en charge \(take\)' 'not answered before the service took it'
run --as voirie take "$ref"
same "$(status "$ref")" review 'taken'
run --as voirie order "$ref" --contractor Routes --number BC-12 --planned 2026-11-25
same "$(status "$ref")" ordered 'work ordered'
run answer "$ref" --channel phone --text 'Bouché'
refused 'ne sont pas réalisés' 'ordered is not done'
run --as voirie done "$ref" --text 'rebouché'
same "$(status "$ref")" done 'done'
run close "$ref"
refused 'ne se clôt pas sans réponse' 'done is not answered'
run --as s.martin answer "$ref" --channel phone --text 'Bouché'
exits 77 'the technical answer is written by the service'
run --as voirie answer "$ref" --draft --text 'Le trou est rebouché.'
exits 0 'which drafts it'
same "$(status "$ref")" done 'written is not told'
run close "$ref"
refused 'ne se clôt pas sans réponse' 'nor does a draft close'
run --as s.martin answer "$ref" --channel phone
exits 0 'the desk tells it'
same "$(status "$ref")" answered 'now it is answered'
run close "$ref"
same "$(status "$ref")" closed 'and closed'
run close "$ref"
refused 'déjà terminée' 'only once'
same "$(kinds "$ref")" 'create take order done draft-answer answer close' 'the journal tells it in order'
run show "$ref" --history
prints 'travaux commandés : BC-12 · Routes' 'its history is in words'
prints 'réponse apportée : téléphone' 'with labels, not codes'
long=$(perl -CSD -ne 'chomp; $n++ if length > 80; END { print $n // 0 }' "$out")
same "$long" 0 'and fits in 80 columns'

# Protects a closed request that comes back.
run reopen "$ref"
exits 64 're-opening says why'
run reopen "$ref" --reason 'le trou est revenu'
same "$(status "$ref") $(of "$ref" reopened)" 'routed 1' 're-opened, at its service'
run close "$ref"
refused 'sans réponse' 'and wants a new answer'

# Protects the clocks: waiting moves our own target, never what was told, nor the law's two months.
record --channel phone --category nid-de-poule --subject 'Trou qui attend' --name Petit --phone 0699000001
run --as voirie take "$ref"
promised=$(of "$ref" promised.date) legal=$(of "$ref" due.legal) answer=$(of "$ref" due.answer)
run wait "$ref" --reason 'on verra'
exits 65 'a wait has a reason of the list'
run wait "$ref" --reason tiers --text 'attend le gaz'
same "$(status "$ref")" waiting 'waiting for a third party'
now 2026-11-24T10:00
run resume "$ref"
same "$(status "$ref")" review 'resumed where it was'
[ "$(of "$ref" due.answer)" '>' "$answer" ]; result $? 'the target moved'
same "$(of "$ref" due.legal)" "$legal" 'the legal clock did not'
same "$(of "$ref" promised.date)" "$promised" 'nor did the promise'
answer=$(of "$ref" due.answer)
run inform "$ref" --channel phone --text 'Nous attendons le gaz.'
exits 0 'a holding answer'
prints 'aucun délai ne s.arrête' 'says that it stops no clock'
same "$(of "$ref" due.answer) $(status "$ref")" "$answer review" 'and it did not'
run promise "$ref" --date 2026-12-20
refused 'un engagement existe déjà' 'a second promise'
run promise "$ref" --date 2026-12-20 --reason 'gaz'
refused 'un contact avec l.usager' 'wants a contact too'
run promise "$ref" --date 2026-12-20 --reason 'gaz' --contact 1.1
exits 1 'a contact that exists'
run promise "$ref" --date 2026-12-20 --reason 'gaz' --channel phone
prints 'au plus tard le dimanche 20 décembre 2026' 'and is said as a day'
same "$(of "$ref" promised.date | cut -c1-10)" 2026-12-20 'it binds'
run edit "$ref" priority=1
same "$(of "$ref" promised.date | cut -c1-10)" 2026-12-20 'whatever else changes'

# Protects who cannot be reached: three tries on two days, no fewer.
run callback "$ref" --at 2026-11-23T10:00
refused 'à venir' 'no call-back in the past'
run callback "$ref" --at 2026-11-24T14:00
exits 0 'a call-back'
now 2026-11-24T15:00
run todo
prints 'rappel' 'stands on the list when it is due'
for when in 2026-11-24T15:05 2026-11-24T15:10 2026-11-24T15:15; do
	now $when
	run callback done "$ref" --result absent
done
prints 'Pas joint, 3 essai' 'tries are counted'
run close "$ref" --reason unreachable
refused '3 rappels sans succès sur 2 jours' 'three tries on one day are not enough'
now 2026-11-25T10:00
run callback done "$ref" --result 'répondeur'
run close "$ref" --reason unreachable
exits 0 'on the second day they are'
run callback done "$ref" --result joint
refused 'aucun rappel' 'nothing more to call'
# Protects the citizen whom one try did not reach: the next one has its date, on the list and in what is said.
record --channel phone --category nid-de-poule --subject 'Joint' --name Roux --phone 0699000002
run callback "$ref" --at 2026-11-26T10:00
run callback done "$ref" --result absent --next 2026-11-24T09:00
refused 'à venir' 'no next try in the past'
run callback done "$ref" --result joint --next 2026-11-27T09:00
refused 'joint' 'none after the person was reached'
run callback done "$ref" --result absent --prochain 2026-11-27T09:15
exits 0 'a try without success plans the next'
prints 'Pas joint, 1 essai.*prochain.*vendredi 27 novembre 2026 09:15' 'and says when'
same "$(of "$ref" callbacks.0.at)" 2026-11-27T09:15:00+01:00 'which is where the call-back stands'
run callback done "$ref" --result 'Jointe, merci'
prints 'Usager joint' 'a person reached ends the call-back'
run callback "$ref" --at 2026-11-26T09:00
run callback "$ref" --at 2026-11-26T10:00
run callback done "$ref" --result 'rappelé, content'
prints 'Usager joint' 'that one, when another stands beside it'

# Protects a danger: NON TRANSMIS until somebody was told, and no end before.
record --channel phone --category cable-au-sol --subject 'Câble au sol' --danger --address '9 rue Verte'
[ "$code" -eq 0 ] || record --channel phone --category nid-de-poule --subject 'Câble au sol' --danger --address '9 rue Verte'
danger=$ref
run show "$danger"
prints 'DANGER NON TRANSMIS' 'shown'
run list
prints 'NON TRANSMIS' 'in lists'
run todo
prints 'danger' 'on top of what is to be done'
run close "$danger" --reason anonymous
refused 'NON TRANSMIS' 'not closed before'
run told "$danger"
exits 64 'who was told must be said'
run told "$danger" --who 'Astreinte' --at 2027-01-01T10:00
exits 65 'not in the future'
run told "$danger" --who 'Astreinte, M. Roche'
same "$(of "$danger" danger_untold)" 0 'told'
run close "$danger" --reason anonymous
exits 0 'then it may end'
run log --channel phone --category nid-de-poule --subject 'Fuite de gaz' --danger
prints 'appelez l.astreinte 0[0-9 ]+' 'the agent sees whom to call'

# Protects the citizen from two services that throw his request at each other.
record --channel email --category nid-de-poule --subject 'Branches' --email a@exemple.fr --name Blanc
run --as voirie refuse "$ref"
exits 64 'a refusal says why'
run --as voirie refuse "$ref" --reason 'pas à nous' --suggest nettoyag
exits 65 'an unknown service'
complains 'vouliez-vous dire nettoyage' 'and the near one'
run --as voirie refuse "$ref" --reason 'pas à nous' --suggest nettoyage
same "$(status "$ref") $(of "$ref" service_code)" 'new proximite' 'back at the desk'
answer=$(of "$ref" due.answer)
now 2026-11-25T11:00
same "$(of "$ref" due.answer)" "$answer" 'its clock runs'
run --as s.martin route "$ref" nettoyage
run --as nettoyage refuse "$ref" --reason 'pas à nous non plus'
prints 'superviseur' 'the second refusal asks for a supervisor'
run --as s.martin route "$ref" voirie
exits 77 'an agent routes no more'
complains 'refusée 2 fois' 'and is told why'
run --as c.lefevre route "$ref" voirie --reason 'la branche est sur la chaussée'
exits 0 'a supervisor decides'
run show "$ref" --history
prints 'la branche' 'and says why'
same "$(of "$ref" hops)" 2 'refusals are counted'

# Protects two services' one answer.
record --channel phone --category nid-de-poule --subject 'Trou et gravats' --phone 0699000003 --name Vert
whole=$ref
run split "$whole" nettoyage
part=$(sed -n 's/^\([0-9 ]\{14\}\) : .*Nettoyage.*/\1/p' "$out" | tr -d ' ')
same "$(of "$part" split_of)" "$whole" 'a part says of which request it is one'
same "$(of "$whole" split_of)" '' 'the whole is no part'
run --as voirie take "$whole"
run --as nettoyage take "$part"
run --as voirie done "$whole"
run --as voirie answer "$whole" --channel phone --text 'fait'
refused 'sa partie .* pas terminée' 'the answer waits for both'
run --as nettoyage done "$part"
run --as nettoyage answer "$part" --channel phone --text 'fait'
refused 'demande d.origine' 'the part has no answer of its own'
run --as voirie answer "$whole" --channel phone --text 'Trou bouché, gravats enlevés.'
same "$(status "$whole") $(status "$part")" 'answered answered' 'one answer for both'
run close "$whole"
same "$(status "$whole") $(status "$part")" 'closed closed' 'and one end'

# Protects a request out of remit: passed on, and the person told; both recorded (CRPA L114-2).
record --channel phone --category etat-civil --subject 'Passeport' --phone 0699000004 --name Noir --commune verdane
run redirect "$ref" --to ville-formalite
exits 65 'an unknown body'
run redirect "$ref" --to ville-formalites
prints 'L114-2' 'the notice is still owed'
run todo
prints 'prévenir|avis|réorient' 'and stands on the list'
run inform "$ref" --channel phone --text 'Votre mairie vous recevra.'
run todo
lacks 'Passeport' 'until it is given'
run show "$ref"
prints 'usager prévenu' 'shown'

# Protects incidents: no chains, no circles.
record --channel phone --category nid-de-poule --subject A; a=$ref
record --channel phone --category nid-de-poule --subject B; b=$ref
record --channel phone --category nid-de-poule --subject C; c=$ref
run link "$a" "$a"
refused 'elle-même' 'not to itself'
run link "$b" "$a"
exits 0 'linked'
same "$(of "$b" parent)" "$a" 'to its parent'
run link "$c" "$b"
refused 'elle-même rattachée' 'not to a child'
run link "$a" "$c"
refused 'd.autres demandes lui sont rattachées' 'nor a parent to another'
run close "$b" --reason duplicate
refused 'answer --children' 'a child ends with its parent'

# Protects against slips.
run note "$c" 'Une note'
run undo "$c"
prints 'étape défaite : note' 'the last step is undone'
run --as s.martin undo "$c"
refused 'rien à annuler' 'one own step only'
run edit "$c" status=closed
refused 'effet d.une étape' 'a state is no field'
run edit "$c" truc=1
exits 65 'an unknown field'
run edit "$c" commune=Nulleville
exits 65 'an unknown commune'
run edit "$c" subject='Un autre objet'
same "$(of "$c" subject)" 'Un autre objet' 'a field is changed'
run cancel "$c" --reason 'erreur'
same "$(status "$c")" cancelled 'cancelled'
run --json verify
same "$(field differences)" 0 'the tables are what the journal says'
finish
