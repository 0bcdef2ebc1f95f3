#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# [mail] of the configuration. Protects: a slip in it is told with its file and line, never with a password; a password that others may read is not taken.
. "$(dirname "$0")/lib.sh"
cd "$home" || exit 1
config() {
	printf '[guichet]\nstore = "%s/desk.db"\n[account:%s]\nroles = "agent, admin"\n[mail]\n' "$home" "$(id -un)" >c.ini
	printf '%s\n' "$@" >>c.ini
}
run --store "$home/desk.db" init
config 'imap = "imaps://contact@verte.example@mail.example/INBOX"' 'smtp = "smtp://relais.example:25"' "password_file = $home/pw" 'done_folder = "Traités"' 'per_day = 5' \
	'from = "contact@verte.example"' "ca = $home/ca.pem"
run --config c.ini sla
exits 0 'a whole section'
config 'imap = "imaps://agent:sesame@mail.example/"'
run --config c.ini list
exits 78 'a password in an address'
complains 'c.ini:6: imap' 'its file and line are told'
! grep -q sesame "$err"
result $? 'and not the password'
for line in 'imap = "https://mail.example/"' 'smtp = "smtps://a@b/x"' 'password_file = pw' 'per_day = 0' 'per_day = 10x' 'poll = 3'; do
	config "$line"
	run --config c.ini list
	exits 78 "refused: $line"
	complains 'c.ini:6: ' 'with its line'
done
finish
