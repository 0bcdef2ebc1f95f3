#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Protects the import: each row taken once or refused with its reason, and none lost or doubled whatever stops it.
. "$(dirname "$0")/lib.sh"
csv=$top/tests/fixtures/csv
store=$home/data/guichet/desk.db
run init
exits 0 'a store'

# counts READ TAKEN KNOWN REJECTED NAME: what the last --json import ended with.
counts() { same "$(field read) $(field taken) $(field known) $(field rejected)" "$1 $2 $3 $4" "$5"; }
# of SOURCE_ID FIELD: that field of the request with this source id, as exported.
of() {
	"$GUICHET" export --format jsonl >"$out" 2>"$err"
	grep -F "\"source_id\":\"$1\"" "$out" >"$home/one"
	cp "$home/one" "$out"
	field "$2"
}
requests() { "$GUICHET" export --format jsonl | wc -l | tr -d ' '; }

# What a map says.
run import --map "$csv/essai.ini" "$csv/essai.csv" --dry-run --json
exits 0 'a dry run'
counts 9 4 1 4 'says what it would do'
same "$(requests)" 0 'and writes nothing'
lacks 'rejets' 'no rejects file either'
run import --map "$csv/essai.ini" "$csv/essai.csv"
exits 0 'an import with rows that cannot be taken'
prints '^9 lignes lues : 4 prises, 1 déjà là, 4 rejetées$' 'every row is accounted for'
prints 'ligne 7 rejetée : .*avant sa réception' 'closed before it came'
rejects=$(sed -n 's/^rejets : //p' "$out")
same "$(of essai:A1 subject)" "Dépôt d'ordures « lourd » : Canapé" 'a subject made of two columns'
same "$(of essai:A2 subject)" "Dépôt d'ordures « lourd »" 'or one, when the other is empty'
same "$(of essai:A1 service_code)" dpe-stpp-dt "a service is coded as the source's text"
same "$(of essai:A1 category)" depot-d-ordures-lourd 'so is a category'
same "$(of essai:A1 commune)/$(of essai:A3 commune)" "$(of essai:A2 commune)/" 'a postcode of ours, and none of ours'
same "$(of essai:A1 lat) $(of essai:A1 long)" '45.764 4.8357' 'values inside a dictionary'
same "$(of essai:A1 requested_datetime)" 2026-01-25T00:00:00+01:00 'the day comes first: another row says so'
same "$(of essai:A2 requested_datetime)" 2026-02-03T00:00:00+01:00 'also where both readings would do'
same "$(of essai:A1 channel)/$(of essai:A1 nature)/$(of essai:A1 status)" phone/complaint/review 'words are translated'
same "$(of essai:A2 channel)/$(of essai:A2 nature)/$(of essai:A2 status)" web/report/closed 'others have a default'
same "$(of essai:A2 closed_datetime) $(of essai:A2 close_reason)" '2026-02-13T10:30:00+01:00 answered' 'what ended there has ended here'
same "$(of essai:A1 description)" 'un canapé;
sur deux lignes, "bleu"' 'a cell of two lines'
same "$(of essai:A3 service_code)" voirie 'a service of ours by its word in the map'
same "$(of essai:A3 category) $(of essai:A4 category)" 'autre eau-autre' 'two branches that end in one word stay apart'
same "$(of essai:A4 description)" '=1+1' "an export's apostrophe is taken off"
run list --category depot-d-ordures-lourd --all --json
exits 0 'a category that an import created can be listed'
run suggest --json 'dépôt ordures lourd'
same "$(field suggestions.0.service_code)" dpe-stpp-dt 'suggest has learned from it'

# The rejects.
same "$(stat -c %a "$rejects")" 600 'rejected rows are for their owner alone'
cp "$rejects" "$out"
prints '^ligne,motif,enregistrement$' 'they have a header'
prints '^7,.*,"A5;Voirie;Autre;Trou' 'line number, reason, and the row itself'
prints "^10,.*,\"'=cmd.A8;Voirie;Autre;Trou\"\$" 'what a spreadsheet would run is neutralised'
same "$(wc -l <"$out" | tr -d ' ')" 5 'all of them'
run import --map "$csv/essai.ini" "$csv/essai.csv" --json
counts 9 0 5 4 'once more: all are there already'
same "$(wc -l <"$rejects" | tr -d ' ')" 5 'rejects are not doubled'
echo 'mon travail' >"$home/precious"
run import --map "$csv/essai.ini" "$csv/essai.csv" --rejects "$home/precious"
exits 73 'rejects overwrite nothing else'
same "$(cat "$home/precious")" 'mon travail' 'it is as it was'
run import --map "$csv/essai.ini" "$csv/essai.csv" --rejects "$home/mine.csv"
exits 0 'rejects go where one says'
same "$(wc -l <"$home/mine.csv" | tr -d ' ')" 5 'there they are'

# Protects a request whose source has a long word for it: it is taken, under a code that every other command takes too, and another word
# that begins alike has another.
perl -e 'my $long = "Plainte " . "tres " x 30; print "id;service;famille;motif;objet;texte;adresse;cp;geo;recue;fin;canal;nature;etat\n",
	map { "H$_;Voirie;Divers;$long$_;;;;;;02/02/2026;;;;\n" } 1 .. 2' >"$home/words.csv"
run import --map "$csv/essai.ini" "$home/words.csv"
exits 0 'words of 160 bytes'
first=$(of essai:H1 category) second=$(of essai:H2 category)
case $first in plainte-tres-*) true ;; *) false ;; esac; result $? 'make codes that begin as they do'
[ ${#first} -le 80 ] && [ -n "$first" ]; result $? "no longer than a code may be (${#first})"
[ "$first" != "$second" ]; result $? 'and do not fall together'
run edit "$(of essai:A1 service_request_id)" category="$first"
exits 0 'which an edit takes'
run import --map "$csv/essai.ini" "$home/words.csv" --json
counts 2 0 2 0 'a second time they are known'
perl -pe "s/^les-routes = .*/les-routes = ${first}${first}/" "$csv/essai.ini" >"$home/codes.ini"
run import --map "$home/codes.ini" "$home/words.csv"
exits 78 'a map gives no longer one'

# How files are written.
run import --map "$csv/court.ini" "$csv/bom-crlf.csv" --json
counts 2 2 0 0 'BOM, CRLF, commas'
same "$(of court:B2 subject) $(of court:B2 requested_datetime)" 'Nid de "poule" 2026-01-03T08:30:00+01:00' 'quotes and ISO dates'
run import --map "$csv/court.ini" "$csv/torn.csv"
prints '^4 lignes lues : 3 prises, 0 déjà là, 1 rejetées$' 'a torn quote costs its own row only'
prints 'ligne 3 rejetée : guillemet' 'and says where'
printf 'id,motif,recue\nD1,Tr\000u,2026-01-02\nD2,Trou,2026-01-02\nD3,T\351l\351,2026-01-02\n' >"$home/nul.csv"
run import --map "$csv/court.ini" "$home/nul.csv"
prints 'ligne 2 rejetée : caractère nul' 'a NUL'
prints 'ligne 4 rejetée : .*UTF-8' 'and another encoding: refused'
prints '^3 lignes lues : 1 prises' 'their neighbour is taken'
same "$(sed -n 's/^rejets : //p' "$out" | xargs cat | tr -d '\n' | od -An -c | grep -c '\\0')" 1 'the NUL is in the rejected row as it was'
{ perl -e 'print join(",", "id", "motif", "recue", map {"c$_"} 4..100), "\n", join(",", "E1", "Trou", "2026-01-02", ("x") x 97), "\n"'; } >"$home/wide.csv"
run import --map "$csv/court.ini" "$home/wide.csv" --json
counts 1 1 0 0 '100 columns'
perl -e 'print "id,motif,recue\nF1,Trou,2026-01-02\nF2,", "x" x 2_000_000, ",2026-01-02\nF3,", "y" x 500, ",2026-01-02\n"' >"$home/long.csv"
run import --map "$csv/court.ini" "$home/long.csv" --json
counts 3 1 0 2 'texts that are too long are refused, by row'
: >"$home/empty.csv"
run import --map "$csv/court.ini" "$home/empty.csv"
exits 65 'an empty file'
complains 'vide' 'which is said'
printf 'id,motif,recue\n' >"$home/none.csv"
run import --map "$csv/court.ini" "$home/none.csv" --json
counts 0 0 0 0 'titles alone'
printf 'id,sujet,date\nG1,a,b\n' >"$home/other.csv"
run import --map "$csv/court.ini" "$home/other.csv"
exits 65 'columns that are not there'
complains '« motif », « recue »' 'all of them named'
printf '\377\376i\000d\000' >"$home/utf16.csv"
run import --map "$csv/court.ini" "$home/utf16.csv"
exits 65 'UTF-16'
complains 'UTF-16' 'by its name'
run import --map "$csv/court.ini" "$home/absent.csv"
exits 66 'no such file'
run import --map "$csv/court.ini" "$home"
exits 66 'a folder'
run import "$csv/essai.csv"
exits 64 'no map'
run import --map nulle-part "$csv/essai.csv"
exits 66 'no such map'
complains 'paris-dmr' 'those that ship are named'
run import --map "$csv/faux.ini" "$csv/essai.csv"
exits 78 'a map full of mistakes'
same "$(grep -c 'faux.ini:[0-9]' "$err")" 7 'tells every one'

# Dates that are none, and American ones.
run import --map montreal "$csv/mois.csv" --json
counts 6 5 0 1 'month, weekday and hour'
run import --map montreal "$csv/mois.csv" --json
counts 6 0 5 1 'a row without id is known by file and rank'
"$GUICHET" export --format jsonl | grep '"source_id":"montreal:' | sed 's/.*"requested_datetime":"\([^"]*\)".*/\1/' | sort >"$out"
same "$(tr '\n' ' ' <"$out")" '2024-02-01T15:00:00+01:00 2024-02-08T15:00:00+01:00 2024-02-15T15:00:00+01:00 2024-02-22T15:00:00+01:00 2024-02-29T15:00:00+01:00 ' \
	'the five Thursdays of the month serve in turn'
run import --map nyc "$csv/americain.csv" --json
counts 3 2 0 1 'an impossible date is refused'
same "$(of nyc:1 requested_datetime) $(of nyc:2 requested_datetime)" '2013-12-25T23:58:40+01:00 2013-12-25T00:05:00+01:00' 'AM and PM'
same "$(of nyc:2 expected_datetime) $(of nyc:2 closed_datetime)" '2013-12-26T07:56:23+01:00 2013-12-26T12:00:00+01:00' "the source's own due date is kept"

# Who may.
printf '[guichet]\nstore = %s\n[account:%s]\nname = Camille\nroles = agent\n' "$store" "$(id -un)" >"$home/agent.ini"
run --config "$home/agent.ini" import --map "$csv/court.ini" "$csv/torn.csv"
exits 77 'an agent does not import'

# What stops an import. 4,000 rows with words enough to take a while.
perl -e 'print "id,motif,recue\n"; printf "K%d,Trou devant le %d de la rue %s,2026-01-%02d\n", $_, $_, join("", map {chr(97 + ($_[0]++ * 7 + $_ * 13) % 26)} 1..9), 1 + $_ % 28 for 1..4000' >"$home/big.csv"
# begin STORE: starts an import and waits until the store has grown: some transactions are done, many are not.
begin() {
	size=$(stat -c %s "$1")
	"$GUICHET" --store "$1" import --map "$csv/court.ini" "$home/big.csv" >"$out" 2>"$err" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null && [ "$(stat -c %s "$1")" -lt $((size + 300000)) ]; do :; done
}
found() { "$GUICHET" --store "$1" export --format jsonl | wc -l | tr -d ' '; }
# whole STORE NAME: every row is there, and once.
whole() {
	"$GUICHET" --store "$1" export --format jsonl | sed 's/.*"source_id":"\([^"]*\)".*/\1/' | sort -u | wc -l | tr -d ' ' >"$out"
	same "$(found "$1") $(cat "$out")" '4000 4000' "$2"
}
run init --store "$home/k.db"
last=0 grew=yes killed=0
for turn in 1 2 3; do
	begin "$home/k.db"
	kill -9 "$pid" 2>/dev/null && killed=$((killed + 1))
	wait "$pid" 2>/dev/null
	now=$(found "$home/k.db")
	[ "$now" -gt "$last" ] && [ $((now % 200)) -eq 0 ] || [ "$now" -eq 4000 ] || grew=no
	last=$now
done
same "$killed $grew" '3 yes' 'killed three times: whole transactions stay, and each goes on behind the last'
run --store "$home/k.db" import --map "$csv/court.ini" "$home/big.csv" --json
exits 0 'the import ends at last'
counts 4000 4000 0 0 'none of its rows was met twice'
whole "$home/k.db" 'all rows are there, each once'
run --store "$home/k.db" verify
exits 0 'and the store agrees with its journal'

run init --store "$home/i.db"
begin "$home/i.db"
kill -INT "$pid"
code=0; wait "$pid" || code=$?; last='import, interrupted'
exits 75 'Ctrl-C'
complains 'relancez la même commande' 'says how to go on'
same "$(found "$home/i.db")" "$(sed -n 's/^\([0-9]*\) lignes lues : \1 prises.*/\1/p' "$out")" 'what it said is what is there'
run --store "$home/i.db" import --map "$csv/court.ini" "$home/big.csv"
prints 'reprise à la ligne' 'it goes on'
prints '^4000 lignes lues : 4000 prises, 0 déjà là, 0 rejetées$' 'and ends'
whole "$home/i.db" 'nothing lost, nothing twice'

# Rejects of an interrupted import: those before and after, each once.
perl -ne 'print; print "X$.,,2026-01-01\n" if $. % 500 == 2' "$home/big.csv" >"$home/holes.csv"
mv "$home/holes.csv" "$home/big.csv"
run init --store "$home/r.db"
begin "$home/r.db"
kill -9 "$pid"; wait "$pid" 2>/dev/null
run --store "$home/r.db" import --map "$csv/court.ini" "$home/big.csv"
prints '^4009 lignes lues : 4000 prises, 0 déjà là, 9 rejetées$|^4008 lignes lues : 4000 prises, 0 déjà là, 8 rejetées$' 'rejects are counted over both parts'
same "$(sed -n 's/^rejets : //p' "$out" | xargs tail -n +2 | cut -d, -f1 | sort -n | uniq | wc -l)" \
	"$(sed -n 's/.* \([0-9]*\) rejetées$/\1/p' "$out")" 'and each is in the file once'

# A disk that fills up.
mkdir "$home/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=3m tmpfs "$home/small" 2>/dev/null; then
	trap 'umount "$home/small"; rm -rf "$home"' EXIT
	run init --store "$home/small/f.db"
	run --store "$home/small/f.db" import --map "$csv/court.ini" "$home/big.csv"
	exits 74 'a full disk'
	complains 'plein' 'is called so'
	kept=$(sed -n 's/^\([0-9]*\) lignes lues.*/\1/p' "$out")
	mount -o remount,size=64m "$home/small"
	same $(($(found "$home/small/f.db") <= kept && kept > 0)) 1 'what was written before stays'
	run --store "$home/small/f.db" import --map "$csv/court.ini" "$home/big.csv"
	exits 0 'with room again it goes on'
	whole "$home/small/f.db" 'nothing lost, nothing twice'
else
	skip 'no right to mount' 'a full disk'
fi

# Real files.
if [ -d "$shared/data/paris-dmr" ]; then
	real() { # MAP FILE then the counts
		run --store "$home/real.db" import --map "$1" "$shared/data/$2" --json
		counts "$3" "$4" "$5" "$6" "$2"
	}
	run init --store "$home/real.db"
	real paris-dmr paris-dmr/dmr_snapshot_2024-11-20_1a82200.csv 10000 10000 0 0
	real paris-dmr paris-dmr/dmr_snapshot_2024-12-01_e52145e.csv 10000 8682 1318 0
	real nyc nyc-311/nyc311_2013-12-25.csv 926 926 0 0
	real montreal montreal-plateau-311/plateau_311.csv 80931 80931 0 0
	real paris-dmr paris-dmr/dmr_snapshot_2024-11-20_1a82200.csv 10000 0 10000 0
	real paris-dmr paris-dmr/dmr_snapshot_2024-12-01_e52145e.csv 10000 0 10000 0
	real nyc nyc-311/nyc311_2013-12-25.csv 926 0 926 0
	real montreal montreal-plateau-311/plateau_311.csv 80931 0 80931 0
else
	skip 'no shared data' 'real files'
fi
finish
