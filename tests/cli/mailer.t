#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The machine that carries the mail of a server where everybody signs in: it reads the mailbox by itself, what it made reaches the desks, and nobody can work at it.
# Protects: one machine for one mailbox; a mail is a request once, whichever machine read it; no mail is taken while the server does not answer; its files reach who asks.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/mail_post.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
chmod 755 "$home"
cd "$home" || exit 1
mkdir dovecot && printf 'agent:secret\n' >dovecot/users
serve dovecot dovecot imaps.port || skip_all 'no dovecot here'
serve sink sink smtp.port || skip_all 'no aiosmtpd here'
printf 'secret\n' >imap.password && printf 'another\n' >smtp.password && chmod 600 imap.password smtp.password

central=$home/central.db
start() {
	printf '[policy]\nsystem_users = non\n' >guichetd.ini
	rm -f server.out
	"$GUICHETD" --config guichetd.ini --store "$central" --listen "127.0.0.1:${at_port:-0}" >server.out 2>server.err &
	server=$!
	servers="$servers $server"
	for turn in $(seq 1200); do
		grep -qs port server.out && break
		sleep 0.05
	done
	at_port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' server.out)
	url=http://127.0.0.1:$at_port
}
stop() { kill -TERM "$server" 2>/dev/null; wait "$server" 2>/dev/null; }
admin() {
	last="guichetd admin $*" code=0
	"$GUICHETD" --config guichetd.ini --store "$central" admin "$@" >"$out" 2>"$err" || code=$?
}
desk() { export XDG_DATA_HOME="$home/$1/data" XDG_CONFIG_HOME="$home/$1/config" XDG_STATE_HOME="$home/$1/state"; }
# mailer NAME: a store for the mail (that of `deux` is made when it is enrolled), and its configuration: no account in it.
mailer() {
	desk "$1"
	mkdir "$1"
	[ "$1" = deux ] || run --store "$home/$1/mail.db" init
	{
		printf '[guichet]\nstore = "%s/mail.db"\n[mail]\n' "$home/$1"
		printf 'imap = "imaps://agent@127.0.0.1:%s/INBOX"\nsmtp = "smtp://127.0.0.1:%s"\n' "$(port dovecot imaps.port)" "$(port sink smtp.port)"
		printf 'imap_password_file = %s/imap.password\nsmtp_password_file = %s/smtp.password\nca = %s/dovecot/cert.pem\n' "$home" "$home" "$home"
	} >"$1.ini"
}
mail() { name=$1; shift; run --config "$home/$name.ini" "$@"; }
enrol() { printf '%s %s\n' "$url" "$2" >in; mail "$1" enrol - <in; }
waiting() { find dovecot/mail/agent/new dovecot/mail/agent/cur -type f 2>/dev/null | wc -l; }

start
printf 'un long mot de passe\n' >in
admin account add s.martin --name 'Sophie Martin' --role agent <in
desk poste
run init
admin enrol-code --role agent --name Accueil
printf '%s %s\n' "$url" "$(cat "$out")" >in
run enrol - <in
printf 'un long mot de passe\n' >in
run sign-in s.martin <in
exits 0 'an agent works at a desk'

# --- one machine ---
admin account add facteur --name X --role mailer <in
exits 65 'the role is no account'
complains 'machine' 'but a machine'
admin enrol-code --role mailer --service voirie --name Courrier
exits 64 'nor one service'
admin enrol-code --role mailer --name Courrier
first=$(cat "$out")
admin enrol-code --role mailer --name 'Courrier 2'
second=$(cat "$out")
mailer un
enrol un "$first"
exits 0 'a machine is enrolled for the mail'
prints '« Courrier », messagerie' 'as what it is'
mailer deux
enrol deux "$second"
[ "$code" -ne 0 ]
result $? 'a second one is not'
complains 'tient déjà le courrier' 'and is told who does it'
admin enrol-code --role mailer --name Troisième
exits 2 'nor gets it a code'

# --- by itself, with nobody signed in ---
cat >in.eml <<'END'
From: Odette Lefèvre <odette@example.org>
To: contact@metropole-verte.example
Subject: Nid de poule rue des Lilas
Message-ID: <premier@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Il y a un trou devant le 12 rue des Lilas.
--b
Content-Type: image/png; name=trou.png
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUg==
--b--
END
deliver dovecot agent in.eml
mail un --json tick
exits 0 'a turn of the timer'
same "$(field fetched) $(field created)" '1 1' 'a mail is a request'
mail un --json status
same "$(field pending)" 0 'which the server has at once'
admin parked
same "$(wc -l <"$out" | tr -d ' ')" 0 'all of it counts'
mail un list
exits 77 'nobody works at that machine'
mail un mail list
exits 77 'and no mail is shown there'
mail un screen todo
exits 77 "nor a screen"
mail un log --channel phone --category nid-de-poule --subject x
exits 77 'nor a call recorded'
printf 'un long mot de passe\n' >in
mail un sign-in s.martin <in
exits 2 'nobody signs in'
desk poste
run sync
run --json list --channel email
same "$(field subject)" 'Nid de poule rue des Lilas' 'the desk has it'
ref=$(field service_request_id)
run --json mail list
id=$(field mail)
same "$(field service_request_id)" "$ref" 'the mail too'
run mail save "$id" 1 -o trou.png
exits 0 'and its file, from the server'
same "$(wc -c <trou.png | tr -d ' ')" 16 'whole'
rm trou.png
run mail save "$id" 1 -o trou.png
exits 0 'here now'
for command in 'mail fetch' 'mail send' tick; do
	# shellcheck disable=SC2086
	run $command
	exits 77 "a desk does not hold the mailbox: $command"
done
complains 'enrol-code --role mailer' 'and is told who does'

# --- without the server ---
stop
sed 's/premier@/second@/; s/Lilas/Roses/' in.eml >second.eml
deliver dovecot agent second.eml
mail un tick
exits 69 'no server'
same "$(waiting)" 1 'the mail stays in the mailbox'
start
mail un --json tick
same "$(field fetched) $(field created)" '1 1' 'and is taken when it is back'

# --- another machine in its place ---
admin devices
number=$(sed -n 's/^ *\([0-9]*\)  *Courrier .*/\1/p' "$out")
admin revoke "$number"
mail un tick
exits 77 'the one that was taken off does nothing any more'
enrol deux "$second"
exits 0 'the other one takes its place, with the code it had'
deliver dovecot agent in.eml
mail deux --json tick
same "$(field fetched) $(field created)" '1 0' 'what the first one had read is known'
desk poste
run sync
run --json list --channel email
same "$(grep -c service_request_id "$out")" 2 'two mails, two requests'
admin parked
same "$(wc -l <"$out" | tr -d ' ')" 0 'and nothing of it was out of place'
stop
finish
