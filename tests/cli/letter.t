#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Letters: what is owed by post becomes one PDF, is recorded as printed, and comes out again byte for byte. Protects: nothing that is owed is forgotten, nothing is printed
# twice by mistake, what can't be printed says why and stays owed.
. "$(dirname "$0")/lib.sh"

if ! command -v groff >/dev/null || [ ! -d /usr/share/groff ] || ! command -v pdftotext >/dev/null; then
	echo '1..0 # skipped: no groff or no pdftotext (packages groff, poppler-utils)'
	exit 0
fi

run init
letter() { # NAME ADDRESS OPTIONS...
	name=$1 address=$2
	shift 2
	run --json log --channel post --name "$name" --postal-address "$address" "$@"
	ref=$(grep -o '"service_request_id":"[0-9]*"' "$out" | head -1 | grep -o '[0-9]*')
	contact=$(grep -o '"contacts":\[{"id":"[0-9.]*' "$out" | grep -o '[0-9.]*$')
}
ok() { eval "$1"; result $? "$2"; }
words() { pdftotext -layout "$1" - | tr '\302\240' ' ' | tr -s ' '; }

run letters
exits 1 'nothing is owed yet'

letter 'Odette Lefèvre' '12, rue de l’Église, 99000 Verdane' --title Mme --category nid-de-poule --subject 'Trou rue des Lilas' --received-at 2026-01-12T10:00
first=$ref
run --json log --channel post --contact "$contact" --title Mme --name 'Odette Lefèvre' --postal-address '12, rue de l’Église, 99000 Verdane' --category lampadaire-eteint --subject 'Lampe éteinte' --received-at 2026-01-12T10:00
second=$(grep -o '"service_request_id":"[0-9]*"' "$out" | head -1 | grep -o '[0-9]*')
letter 'Paul Ndiaye' 'quelque part' --category nid-de-poule --subject 'Autre trou'
third=$ref
letter 'Anne Kerbrat' '3 quai Nord 99000 Verdane' --subject 'Je ne sais pas'
fourth=$ref

run letters --dry-run -o "$home/essai.pdf"
exits 2 'what can not go is refused'
prints 'à qualifier' 'an acknowledgement waits until the letter was read'
prints 'localité' 'an address without a town is named'
ok '[ -s "$home/essai.pdf" ]' 'the rest is shown'

run letters -o "$home/jour.pdf"
exits 2 'and still refused'
words "$home/jour.pdf" >"$home/mots"
ok 'grep -q "1 lettre, 2 pages" "$home/mots"' 'two requests of one letter: one acknowledgement'
ok 'grep -q "12 RUE DE L EGLISE" "$home/mots" && grep -q "99000 VERDANE" "$home/mots"' 'the address block'
ok 'grep -q "Trou rue des Lilas" "$home/mots" && grep -q "Lampe éteinte" "$home/mots"' 'it names both'
ok 'grep -q "jeudi 12 mars 2026\|12 mars 2026" "$home/mots"' 'the legal date: two months, date to date'
ok 'grep -q "article L114-5" "$home/mots" && grep -q "tribunal administratif" "$home/mots"' 'ways and times of appeal'
ok 'grep -q "Vos données" "$home/mots" && grep -q "dpo@" "$home/mots"' 'what becomes of personal data'
run letters --dry-run -o "$home/encore.pdf"
ok '[ ! -e "$home/encore.pdf" ]' 'what was printed is not printed again'
run show "$second" --history
prints 'imprimée' 'the second request says so too'

run letters --date 2026-01-13 -o "$home/rejour.pdf"
exits 1 'nothing was printed that day'
run letter "$first" -o "$home/un.pdf"
exits 0 'a letter again'
run letter "$second" -o "$home/deux.pdf"
ok 'cmp -s "$home/un.pdf" "$home/deux.pdf"' 'the same bytes, whichever request asks'
run letter "$first" -o "$home/un.pdf"
exits 73 'no file is overwritten'

run take "$first"
run answer "$first" --channel post --text 'Le trou sera rebouché <demain> ; \fBmerci\fP.
.so /etc/passwd'
exits 0 'an answer by post'
run letter "$first" -o "$home/reponse.pdf"
exits 0 'is printed'
words "$home/reponse.pdf" >"$home/mots"
ok 'grep -q "rebouché <demain> ; .fBmerci.fP" "$home/mots" && grep -q "^\.so /etc/passwd" "$home/mots"' 'as it was written'
ok '! grep -q "^root:" "$home/mots"' 'and nothing else'
run letter "$first" --template attente --text 'Une entreprise est choisie.' -o "$home/libre.pdf"
exits 0 'a letter that nobody owes, by its template'
letter 'Ida Blanc' '4 rue des Prés, 99000 Verdane' --category lampadaire-eteint --subject 'Lampe' --received-at 2026-01-12T10:00
run letter "$ref" --missing 'une photographie' --before 2026-02-02 -o "$home/manque.pdf"
exits 0 'an acknowledgement that asks for what is missing'
words "$home/manque.pdf" >"$home/mots"
ok 'grep -q "une photographie" "$home/mots" && grep -q "au plus tard le lundi 2 février 2026" "$home/mots" && grep -q "suspendu" "$home/mots"' 'what, until when, and what becomes of the delay'
letter 'Ida Blanc' '4 rue des Prés, 99000 Verdane' --category lampadaire-eteint --subject 'Encore une lampe'
run acknowledge "$ref" --channel email
exits 65 'a written one is not told'
run acknowledge "$ref"
exits 0 'one that was told on the phone'
run letter "$ref" -o "$home/dit.pdf"
exits 1 'is owed no more'
run acknowledge "$ref"
exits 2 'nor told twice'
run letter "$first" --template rien -o "$home/rien.pdf"
exits 65 'an unknown template'
letter 'Rose Petit' '5 rue des Prés, 99000 Verdane' --category lampadaire-eteint --subject 'Lampe'
mkdir "$home/bin"
printf '#!/bin/sh\nexit 1\n' >"$home/bin/lp"
chmod +x "$home/bin/lp"
keep=$PATH
PATH=$home/bin:$keep
run letter "$ref" --lp -
exits 74 'a printer that refuses'
printf '#!/bin/sh\necho "$*" >"%s/mots"; cat >"%s/imprime.pdf"\n' "$home" "$home" >"$home/bin/lp"
run letter "$ref" --lp accueil
exits 0 'a letter to the printer: what was refused is still owed'
PATH=$keep
ok 'grep -q -- "-d accueil" "$home/mots" && ! grep -q Petit "$home/mots"' 'by its name, and nobody else is named'
words "$home/imprime.pdf" >"$home/mots"
ok 'grep -q "Rose Petit" "$home/mots"' 'the PDF came through'
PATH=/nonexistent run letter "$first" --template attente --text x -o "$home/sans.pdf"
exits 69 'without groff'
complains 'apt install groff' 'the package is named'
finish
