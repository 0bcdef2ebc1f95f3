#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Mails looked at by an agent: which came, what each seems to be about, one as it reads, its files and the mail itself as files.
# Protects: what a stranger named writes over nothing and lands in no other folder; a mail kept whole comes out byte for byte; who may not see people sees no mail.
. "$(dirname "$0")/desk.sh"
mails=$top/tests/fixtures/mails
cd "$home" || exit 1

# --- which came ---
run --json mail ingest "$mails/ordinaire.eml" "$mails/absence.eml"
ordinary=$(field mail)
run mail list
prints 'Nid-de-poule rue des Lilas' 'what a person wrote is listed'
prints 'proposé.*Nid de poule.*Voirie.*\[nid-de-poule\]' 'with the category and the service that its words speak for'
lacks 'absen' 'not what a machine wrote'
run --json mail list
same "$(field suggestion.category) $(field suggestion.service_code)" 'nid-de-poule voirie' 'as JSON too'
run --json mail list --all
same "$(grep -c '"sort"' "$out")" 2 'a machine too where all are asked for'
ref=$(field service_request_id 2)
run edit "$ref" category=nid-de-poule
run --json mail list
same "$(field suggestion)" '' 'nothing is proposed for what somebody has read'

# --- one of them ---
run mail show "$ordinary"
exits 0 'one is shown'
prints "Un gros trou s'est" 'its text'
prints 'jeanne.martin@exemple.example' 'its writer'
run --as ecran mail show "$ordinary"
exits 77 'not to a wall display'
run mail show 1.999999
exits 1 'a number that is none'
run mail save "$ordinary"
exits 1 'a mail that was read is not kept as it came'
complains 'mail show' 'which is said, with what there is'

# --- its files ---
cat >hostile.eml <<'END'
From: Zoe <zoe@exemple.example>
To: contact@metropole-verte.example
Subject: =?utf-8?q?Vol_=1B]0;pris=07_de_panneau?=
Message-ID: <hostile@exemple.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Le panneau de la rue Basse a disparu.
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="../../.config/guichet/guichet.ini"
Content-Transfer-Encoding: base64

W21haWxdCg==
--b
Content-Type: image/png
Content-Disposition: attachment; filename="-rf $(reboot).png"
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUg==
--b--
END
run --json mail ingest hostile.eml
id=$(field mail)
before=$(cksum <"$home/config/guichet/guichet.ini")
run mail show "$id"
exits 0 'one whose names are hostile is shown'
! grep -q "$(printf '\033')" "$out"
result $? 'and acts on no terminal'
prints '1 +guichet.ini' 'its files by number'
mkdir there && cd there || exit 1
run mail save "$id" 1
exits 0 'a file of it is copied out'
same "$(ls)" guichet.bin 'here, under a name that is safe'
same "$(cat guichet.bin)" '[mail]' 'as it was'
same "$(stat -c %a guichet.bin)" 600 "for nobody's eyes but its owner's"
same "$(cksum <"$home/config/guichet/guichet.ini")" "$before" 'and no other file was touched'
run mail save "$id" 1
exits 73 'never over something'
complains 'existe déjà' 'which is said'
ln -s ../stolen link.bin
run mail save "$id" 1 -o link.bin
exits 73 'nor through a link'
[ ! -e ../stolen ]
result $? 'behind which nothing appears'
run --json mail save "$id" 2
exits 0 'an option for a name'
same "$(ls -1 | sed -n '/reboot/p')" rf__reboot.png 'is no option any more'
run mail save "$id" 3
exits 1 'a file that it has not'
for number in 0 x 1x -1; do
	run mail save "$id" "$number"
	[ "$code" -ne 0 ]
	result $? "no number of a file: $number"
done
run --read-only mail save "$id" 1 -o autre.bin
exits 77 'nothing leaves a store that is read only'
[ ! -e autre.bin ]
result $? 'not a byte of it'
run mail save "$id" 1 -o /nulle/part/piece.bin
exits 73 'a folder that is not there'
cd ..

# --- kept whole: over 20 MiB, and what nobody could read ---
{
	printf 'From: Zoe <zoe@exemple.example>\nSubject: Photos du trou de la rue des Lilas\nMessage-ID: <photos@exemple.example>\n\n'
	perl -e 'print "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n" x 340000'
} >big.eml
run --json mail ingest big.eml
same "$(field action) $(field why)" 'quarantined too-large' 'a mail of 22 MB waits in the quarantine'
big=$(field mail)
run mail quarantine
prints 'proposé.*Nid de poule' 'with what its subject speaks for'
run --json mail show "$big"
same "$(field whole)" 1 'it is kept whole'
run mail save "$big"
exits 0 'and comes out of it'
cmp -s big.eml "courriel-$big.eml"
result $? 'byte for byte'
printf 'charabia\0\033[2J\n' >charabia
run --json mail ingest charabia
odd=$(field mail)
run mail save "$odd" -o revu
cmp -s charabia revu
result $? 'as does what is no mail'
run mail quarantine drop "$odd" --reason 'rien de lisible'
run mail list
lacks "$odd" 'put aside it is out of the list'
run mail list --all
prints "$odd" 'but for who asks for all'
run verify
exits 0 'nothing of this wrote to the store'
finish
