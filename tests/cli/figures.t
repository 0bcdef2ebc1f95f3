#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet sla, due, calendar: figures and dates that are shown must be right, and say why.
. "$(dirname "$0")/lib.sh"

# --- due: with no store yet, from the shipped catalogue ---

# Protects letters that come at the end of a week before Easter: the first open moment is Tuesday.
run due --category nid-de-poule --received-at 2027-03-26T17:00
exits 0 'due dates without a store'
prints '^réponse +jeudi 8 avril 2027 16:30' 'counted over Easter and the change of clocks'
prints 'Lundi de Pâques, non compté' 'saying why'
prints 'À dire .*au plus tard le jeudi 8 avril 2027' 'and what to tell the citizen'
run due --category nid-de-poule --received-at 2027-03-26T17:00 --json
same "$(field expected_datetime) $(field due.answer)" '2027-04-08T16:30:00+02:00 2027-04-08T16:30:00+02:00' 'the same as JSON'
same "$(field service_code) $(field category)" 'voirie nid-de-poule' 'with its service'
# Protects people in danger: four hours, on a holiday as on any day.
run due --category effondrement-chaussee --received-at 2026-05-14T10:00 --json
same "$(field due.complete)" 2026-05-14T14:00:00+02:00 'a danger on Ascension Day is seen to in 4 hours'
run due --category nid-de-poule --danger --received-at 2026-05-14T10:00 --json
same "$(field due.complete)" 2026-05-14T14:00:00+02:00 'so is any category flagged as one'
# Protects who writes a letter: acknowledged in two weeks, whatever arrives by wire in a day, and `due` and `explain` say so.
run due --category nid-de-poule --received-at 2026-05-11T10:00 --channel courrier
prints '^accusé de réception +lundi 25 mai 2026 24:00' 'a letter is acknowledged in two weeks'
prints 'accusé de réception \(courrier\) : 14 jours calendaires' 'explained'
run due --category nid-de-poule --received-at 2026-05-11T10:00 --channel email --json
same "$(field due.acknowledge) $(field channel)" '2026-05-12T18:00:00+02:00 email' 'a mail in a day'
run due --category effondrement-chaussee --received-at 2026-05-11T10:00 --channel post --json
same "$(field due.acknowledge)" 2026-05-11T11:00:00+02:00 'a danger does not wait for having come by post'
run due --category nid-de-poule --received-at 2026-05-11T10:00 --channel pigeon
exits 65 'an unknown channel'
run due --category nid-de-poule --received-at '26/05/2026 12h30' --json
same "$(field requested_datetime)" 2026-05-26T12:30:00+02:00 'a date as people write it'
run due --category nid-de-poul --received-at 2026-05-14
exits 65 'an unknown category'
complains 'nid-de-poule' 'has its neighbour named'
run due --category nid-de-poule --received-at 2026-02-30
exits 65 'a day that does not exist'
run due --received-at 2026-05-14
exits 64 'no category'
run due --category nid-de-poule --commune Trifouilly
exits 65 'an unknown commune'
run --store "$home/absent.db" due --category nid-de-poule
exits 66 'a store that was named must be there'

# --- calendar ---

run calendar --year 2026 --json
exits 0 'a calendar without a store'
same "$(grep -c . "$out")" 11 'eleven holidays'
same "$(field date 2) $(field name 2)" '2026-04-06 Lundi de Pâques' 'with date and name'
run calendar --year 2008 --json
same "$(grep -c . "$out")" 10 'ten where Ascension falls on 1 May'
run calendar --year 2026 --service voirie
prints 'lundi à vendredi +07:30-12:00, 13:00-16:30' "a service's hours, with its lunch break"
prints 'samedi et dimanche +fermé' 'and its days off'
prints 'lundi 6 avril 2026 : Lundi de Pâques' 'its holidays'
prints 'vendredi 15 mai 2026 : ' 'its closures'
prints '^Astreinte : ' 'and who is on call'
run calendar --year MMXXVI
exits 65 'a year that is none'
run calendar --service pompiers
exits 65 'a service that is none'

# --- sla ---

run sla
exits 66 'figures need a store'
export GUICHET_NOW=2026-11-24T10:00
run init --demo
make() { run log --json --channel "$1" --category nid-de-poule --subject "$2" --phone 0612345678 --received-at "$3"; made=$(field service_request_id); }
# Two answered, one in time and one late; one overdue and open; one fresh.
make phone 'Trou un' 2026-11-20T08:30
exits 0 'a request'
first=$made
make phone 'Trou deux' 2026-10-30T08:30; second=$made
make email 'Trou trois' 2026-11-02T08:30
make email 'Trou quatre' 2026-11-24T09:00
for reference in "$first" "$second"; do
	run take "$reference"
	run done "$reference"
	run answer "$reference" --channel phone --text 'Rebouché.'
	run close "$reference"
	exits 0 'answered and closed'
done
run sla
exits 0 'figures'
over=$(perl -CSD -ne 'chomp; print "$_\n" if length > 80' "$out")
same "$over" '' 'the table fits 80 columns'
prints '^Service +ouvertes +à risque +en ret' 'with headings'
prints '^Voirie +2 ' 'a row for the service'
prints '^Toutes +2 ' 'and one for all'
prints 'répondues 2 dont 1 à temps' 'what was done in the period'
run sla --json
same "$(field service_code) $(field open) $(field overdue) $(field answered)" 'voirie 2 1 2' 'the same as JSON'
# The share that was met: answered in time / (answered + overdue and open).
same "$(field met_share)" 0.3333 'the share kept counts who still waits'
run sla --by channel --json
same "$(grep -c . "$out")" 2 'by channel'
same "$(grep '"key":"email"' "$out" | sed 's/.*"overdue":\([0-9]*\).*/\1/')" 1 'each with its own'
run sla --par motif
exits 0 'in French too'
prints '^Nid de poule ' 'with the name of the category'
run sla --service voirie --json
same "$(grep -c . "$out")" 1 'one service alone'
run sla --period 2026-11-24..2026-11-24 --json
same "$(field answered)" 2 'answers count on the day they were given'
run sla --period 2026-10 --json
same "$(field answered)" 0 'not when the request came'
for period in 30j 2026 2026-11 2026-11-24; do
	run sla --period $period
	exits 0 "a period as $period"
done
for period in '' 0j j 2026-13 2026-11-31 hier 2026-11-24..2026-11-01 99999999j; do
	run sla --period "$period"
	exits 65 "not a period: '$period'"
done
run sla --by agent
exits 65 'no figures by named agent'
finish
