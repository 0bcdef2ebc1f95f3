#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet doctor, backup, restore, verify, and stores that are not what they should be.
. "$(dirname "$0")/lib.sh"
export GUICHET_NOW=2026-11-24T10:00
store=$home/data/guichet/desk.db

# --- doctor ---

run doctor
exits 0 'a machine without a store yet is not ill'
prints '^\[attention\] +Dépôt +.*guichet init' 'but told what to do'
run init --demo
record() { run log --json --channel phone --category nid-de-poule --subject "Trou $i" --phone 0612345678 --name 'Odette Lefèvre'; echo "$(field service_request_id)"; }
i=0
while [ $i -lt 5 ]; do i=$((i + 1)); record >>"$home/references"; done
same "$(grep -c . "$home/references")" 5 'five requests'
run doctor
exits 0 'a sound desk'
for check in Versions 'Langue et caractères' Terminal Configuration 'Images mémoire' Horloge 'Système de fichiers' 'Chiffrement du disque' \
	"Mémoire d'échange" 'Place libre' 'Droits du dépôt' Dépôt Schéma Intégrité; do
	prints "^\[(ok|attention)\] +$check " "doctor looks at: $check"
done
prints '\[ok\] +Versions +guichet [0-9.]+, SQLite 3' 'with versions'
# Protects citizens: what doctor prints is sent to whoever helps.
lacks 'Odette|0612345678|Trou' 'and no personal data'
lacks "$home" 'nor whose home it is'
run doctor --json
same "$(grep -c '"state":"\(ok\|warning\)"' "$out")" "$(grep -c . "$out")" 'as JSON, one object a check'
chmod 644 "$store"
run doctor
prints '^\[attention\] Droits du dépôt +0644' 'a store that others can read'
chmod 600 "$store"
LC_ALL=C run doctor
prints '^\[attention\] Langue' 'a locale without UTF-8'

# --- backup and restore ---

run backup "$home/copie.db"
exits 0 'a backup'
prints "^Sauvegarde faite : $home/copie.db" 'is said'
same "$(stat -c %a "$home/copie.db")" 600 'nobody else reads it'
before=$(cksum <"$home/copie.db")
run backup "$home/copie.db"
exits 73 'a backup never replaces another'
same "$(cksum <"$home/copie.db")" "$before" 'which is untouched'
run --read-only backup "$home/autre.db"
exits 77 'a wall screen makes no files'
run backup "$home/absent/copie.db"
exits 73 'no such folder'

# Protects references: used after the backup, then restored, none is given twice; and what the desk gave in between is not lost.
while [ $i -lt 10 ]; do i=$((i + 1)); record >>"$home/references"; done
run restore "$home/copie.db"
exits 0 'restored'
prints '^Nouvelle identité de poste : [0-9]+' 'under another identity'
prints "gardé à côté : $store.avant-restauration" 'the old store is kept beside'
run list --json --limit 100
same "$(grep -c . "$out")" 5 'it holds what the backup held'
while [ $i -lt 20 ]; do i=$((i + 1)); record >>"$home/references"; done
same "$(sort "$home/references" | uniq -d)" '' 'no reference twice'
same "$(grep -c . "$home/references")" 20 'of twenty'
run --store "$store.avant-restauration" list --json --limit 100
same "$(grep -c . "$out")" 10 'the store that was replaced still opens'
run restore "$home/absent.db"
exits 66 'a backup that is not there'
echo 'rien de tel' >"$home/faux.db"
before=$(cksum <"$store")
run restore "$home/faux.db"
exits 65 'a backup that is none'
same "$(cksum <"$store")" "$before" 'left the store alone'
run --read-only restore "$home/copie.db"
exits 77 'read-only'
run --store "$home/neuf/desk.db" restore "$home/copie.db"
exits 0 'restored where there was nothing'
lacks 'gardé à côté' 'nothing was replaced'

# --- verify ---

run verify
exits 0 'a sound store'
prints '15 demandes' 'counts what it read'
run verify --json
same "$(field requests) $(field differences)" '15 0' 'the same as JSON'
# Protects against silent damage: one letter of a projection, then one of the journal.
cp "$store" "$home/abime.db"
perl -0777 -pi -e 's/(?<!"subject":")Trou 3(?=[^0-9])/Trov 3/' "$home/abime.db"
run --store "$home/abime.db" verify
exits 65 'a table that does not say what the journal says'
prints '^différence : ' 'is told'
complains 'verify --rebuild' 'with what to do'
run --read-only --store "$home/abime.db" verify --rebuild
exits 77 'who may not write does not rebuild'
run --store "$home/abime.db" verify --rebuild
exits 0 'the tables are made anew from the journal'
prints 'refaites depuis le journal' 'says so'
prints 'exactement ce que dit le journal' 'and that they agree again'
run --store "$home/abime.db" list --all
prints 'Trou 3' 'as the journal has it'
lacks 'Trov' 'and nothing of the damage'
run --store "$home/abime.db" verify --refaire --json
same "$(field requests) $(field differences)" '15 0' 'again, in French, as JSON'
cp "$store" "$home/abime.db"
perl -0777 -pi -e 's/"subject":"Trou 3"/"subject":"Trov 3"/' "$home/abime.db"
run --store "$home/abime.db" verify
exits 65 'a journal that was tampered with'
run --store "$home/abime.db" verify --rebuild
exits 65 'which no rebuilding hides'
complains 'restaurez une sauvegarde' 'is told so'

# --- stores that are not what they should be ---

bad() { run --store "$1" list; exits "$2" "$3"; complains "$4" 'with a clear word'; }
bad "$home/absent.db" 66 'no store' 'guichet init'
bad "$home/faux.db" 65 'a file that is no store' "n'est pas un dépôt"
: >"$home/vide.db"
bad "$home/vide.db" 65 'an empty file' "n'est pas un dépôt"
bad "$home" 65 'a folder' "n'est pas un dépôt"
head -c 100000 "$store" >"$home/court.db"
bad "$home/court.db" 65 'a store cut short' 'tronqué'
cp "$store" "$home/futur.db"
printf '\000\000\003\347' | dd of="$home/futur.db" bs=1 seek=60 conv=notrunc 2>/dev/null
bad "$home/futur.db" 65 'a store of a newer guichet' 'plus récent'
for file in faux vide court futur; do
	run --store "$home/$file.db" doctor
	exits 74 "doctor finds it out ($file)"
	prints '^\[erreur\] +Dépôt ' 'on its line'
done
run --read-only log --channel phone --category nid-de-poule --subject Trou
exits 77 'read-only writes nothing'
if [ "$(id -u)" -eq 0 ]; then
	skip 'root writes everywhere' 'a file without the right to write'
else
	cp "$store" "$home/lu.db"
	chmod 400 "$home/lu.db"
	run --store "$home/lu.db" log --channel phone --category nid-de-poule --subject Trou
	exits 77 'a file without the right to write'
fi

# Protects two guichet on one store: the one that can't have it says so, and says that it can be tried again.
perl -e '
	use Fcntl qw(F_SETLK F_WRLCK SEEK_SET O_RDWR);
	sysopen my $f, $ARGV[0], O_RDWR or die;
	# SQLite: pending, reserved and shared bytes from 0x40000000 on; all of them is an exclusive lock.
	my $lock = pack "s s x![l!] l! l! i x![l!]", F_WRLCK, SEEK_SET, 0x40000000, 512, 0;
	fcntl $f, F_SETLK, $lock or die "lock: $!";
	open my $ready, ">", $ARGV[1]; close $ready;
	sleep 60;
' "$store" "$home/pret" &
holder=$!
while kill -0 "$holder" 2>/dev/null && [ ! -e "$home/pret" ]; do sleep 0.05; done
run list
exits 75 'a store that another guichet holds'
complains 'occupé' 'says so'
kill "$holder"
wait "$holder" 2>/dev/null
run list
exits 0 'and then not any more'
finish
