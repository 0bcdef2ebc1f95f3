#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Mails brought by a pipe or as files: once each, whatever happens; and the quarantine.
. "$(dirname "$0")/desk.sh"
mails=$top/tests/fixtures/mails

# Protects .forward, procmail and their kin: one object, with what the contract says.
run --json mail ingest <"$mails/ordinaire.eml"
exits 0 'a mail from a pipe'
same "$(field action)" created 'makes a request'
same "$(field from)" jeanne.martin@exemple.example 'of its writer'
same "$(field subject)" 'Nid-de-poule rue des Lilas' 'with its subject decoded'
same "$(field text | tail -n 1)" "Un gros trou s'est formé devant le 12 rue des Lilas, à hauteur du passage piéton." 'its lines made whole, its signature folded away'
ref=$(field service_request_id)
same "$(of "$ref" channel)" email 'by email'
same "$(of "$ref" requested_datetime)" 2026-11-20T09:12:00+01:00 'received when the server says'
same "$(of "$ref" requester.email)" jeanne.martin@exemple.example 'from a person who can be answered'
run --json mail ingest "$mails/ordinaire.eml"
same "$(field action)" known 'the same again is known'
same "$(field service_request_id)" "$ref" 'by its request'
run --json mail ingest "$mails/photo.eml" "$mails/retour.eml" "$mails/absence.eml"
exits 0 'several files'
same "$(field attachments.0.name)" 'photo du lampadaire.jpg' 'a file, without the folder that its name had'
same "$(field text)" 'Le lampadaire 4512 est cassé depuis lundi <https://exemple.example/carte?x=1>.' 'a page as text'
same "$(field action 2)" bounce 'a bounce'
same "$(field action 3)" machine 'an answering machine'
same "$(field why 3)" auto-reply 'and why'
run mail ingest "$home/rien.eml"
exits 66 'no such file'
run --read-only mail ingest "$mails/photo.eml"
exits 77 'not in read-only mode'

# Protects what nobody could read: it waits for people.
printf 'charabia\n' >"$home/charabia"
run --json mail ingest "$home/charabia"
same "$(field action)" quarantined 'what is no mail is kept'
id=$(field mail)
run mail quarantine
prints 'illisible' 'and listed, with the reason'
prints "$id" 'and its number'
run --json mail quarantine list
same "$(field mail)" "$id" 'as JSON too'
run --json mail quarantine accept "$id"
exits 0 'taken as a request'
same "$(of "$(field service_request_id)" channel)" email 'by email'
run mail quarantine drop "$id" --reason essai
refused "n'est plus en quarantaine" 'not put aside then'
run mail ingest "$home/charabia"
prints 'déjà reçu' 'known still'
run mail quarantine
prints 'vide' 'nothing is left'

# Protects who works line by line, with a screen reader: what came, one of them whole, what its words speak for, and joining it to a request.
run mail list
prints 'Jeanne Martin' 'what came, newest first'
prints 'photo du lampadaire.jpg' 'with the names of its files'
lacks 'réponse automatique' 'machines left out'
run mail list --all
prints 'réponse automatique' 'unless they are asked for'
run --json mail ingest "$mails/ordinaire.eml"
run mail show "$(field mail)"
prints 'Un gros trou' 'one whole'
prints 'Proposé +Nid de poule' 'what its words speak for'
prints "edit $ref category=nid-de-poule" 'as the command that accepts it'
printf 'encore du charabia\n' >"$home/charabia2"
run --json mail ingest "$home/charabia2"
id=$(field mail)
run --json mail join "$id" "$ref"
same "$(field service_request_id)" "$ref" 'joined to a request'
run mail join "$id" "$ref"
refused "n'est plus en quarantaine" 'once'

# Protects a mail from a process that is killed while it takes it: whole or not at all, and once in the end.
{
	printf 'From: Zoe <zoe@exemple.example>\nSubject: Gros dossier\nMessage-ID: <gros@exemple.example>\nContent-Type: multipart/mixed; boundary=b\n\n'
	printf -- '--b\n\nVoici.\n--b\nContent-Type: application/octet-stream; name=dossier.bin\nContent-Transfer-Encoding: base64\n\n'
	perl -e 'print "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n" x 60000; print "--b--\n"'
} >"$home/gros.eml"
for delay in 0.02 0.05 0.1 0.2 0.4; do
	"$GUICHET" mail ingest "$home/gros.eml" >/dev/null 2>&1 &
	victim=$!
	sleep "$delay"
	kill -9 "$victim" 2>/dev/null
	wait "$victim" 2>/dev/null
done
run --json mail ingest "$home/gros.eml"
exits 0 'taken after that'
run --json search 'Gros dossier'
same "$(grep -c service_request_id "$out")" 1 'one request of it'
run verify
exits 0 'and the store holds'
finish
