#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Protects the export: every request, once, as it is; nothing that a spreadsheet would run; no file half written or written over.
. "$(dirname "$0")/lib.sh"
csv=$top/tests/fixtures/csv
run init
run export
exits 0 'an empty store'
same "$(wc -l <"$out" | tr -d ' ')" 1 'exports its titles'
run import --map "$csv/essai.ini" "$csv/essai.csv" --rejects "$home/rejects.csv"
run export
exits 0 'CSV'
same "$(wc -l <"$out" | tr -d ' ')" 6 'four requests, one of them on two lines'
prints '^service_request_id,source_id,status,' 'the titles are those of the JSON contract'
prints "\"'=1\\+1\"" 'a formula is neutralised'
prints '"un canapé;$' 'a cell may hold a line end'
run export --format jsonl
same "$(wc -l <"$out" | tr -d ' ')" 4 'JSON lines: one a request'
same "$(field source_id)" essai:A4 'the newest first'
same "$(field description)" '=1+1' 'texts as they are'
run export --json
same "$(wc -l <"$out" | tr -d ' ')" 4 '--json says JSON lines too'
run export --format jsonl --from 2026-02-03 --to 2026-02-05
same "$(field source_id)$(field source_id 2)$(field source_id 3)" essai:A3essai:A2 'a period holds its first day and not its last'
run export --from 2026-02-05 --to 2026-02-05
exits 65 'an empty period'
run export --format xml
exits 65 'an unknown format'

# To a file.
run export -o "$home/e.csv"
exits 0 'to a file'
prints '^4 demandes exportées' 'says how many'
same "$(stat -c %a "$home/e.csv")" 600 'for its owner alone'
echo mine >"$home/f.csv"
run export -o "$home/f.csv"
exits 73 'a file that is there'
same "$(cat "$home/f.csv")" mine 'stays as it is'
run export -o "$home/nowhere/e.csv"
exits 73 'a folder that is not there'
same "$(find "$home" -name 'e.csv.*' -o -name 'f.csv.*' | wc -l | tr -d ' ')" 0 'nothing is left beside'
"$GUICHET" export >/dev/full 2>"$err"; code=$?; last='guichet export >/dev/full'
exits 74 'a full disk'

# More than a page, there and back: all but the numbers that the new store gives and when.
perl -e 'print "id,motif,recue\n"; printf "K%d,\"Trou n° %d, \"\"rue\"\" =%d\",2026-01-%02d\n", $_, $_, $_, 1 + $_ % 28 for 1..1001' >"$home/big.csv"
run import --map "$csv/court.ini" "$home/big.csv"
run export -o "$home/there.csv"
prints '^1005 ' 'every page'
{ "$GUICHET" export --format jsonl 2>"$err"; echo $? >"$home/code"; } | head -n 1 >"$out"
same "$(cat "$home/code") $(wc -c <"$err" | tr -d ' ')" '0 0' 'a reader that has seen enough is no failure'
run init --store "$home/second.db"
run --store "$home/second.db" import --map guichet "$home/there.csv" --json
same "$(field read) $(field taken) $(field rejected)" '1005 1005 0' 'what is exported can be imported'
run --store "$home/second.db" export -o "$home/back.csv"
kept='status|nature|channel|service_code|service_name|category|category_name|category_path|subject|description|priority|commune|address_string|lat|long|requested_datetime|closed_datetime|answered_datetime|close_reason'
columns() {
	perl -0777 -ne '
		my ($keep, @rows) = (shift @KEEP // qr/^(?:'"$kept"')$/);
		my @cells = ([]);
		while (/\G(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n)/g) {
			my $v = defined $1 ? $1 =~ s/""/"/gr : $2;
			push @{$cells[-1]}, $v;
			push @cells, [] if $3 eq "\n";
		}
		pop @cells;
		my @want = grep { $cells[0][$_] =~ $keep } 0 .. $#{$cells[0]};
		print join("\x1f", @{$_}[@want]), "\x1e\n" for @cells;
	' "$1" | sort
}
columns "$home/there.csv" >"$home/there"
columns "$home/back.csv" >"$home/back"
same "$(grep -c . "$home/there")" "$(grep -c . "$home/back")" 'as many rows come back'
cmp -s "$home/there" "$home/back"; result $? 'and they say the same'
finish
