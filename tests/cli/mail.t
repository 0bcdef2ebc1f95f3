#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Mail from end to end, on a real Dovecot and a real relay: a mail comes in, its request, its receipt and acknowledgement, its answer as received, its bounce; two
# guichets that write to each other; a process killed between fetching and storing, between storing and moving, between sending and recording.
# Protects: what comes is a request once, what is answered arrives once, nobody who is a machine is answered, and no kill loses or doubles anything unmarked.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/mail_post.sh"
chmod 755 "$home"
cd "$home" || exit 1
mkdir dovecot && printf 'agent:secret\nother:secret\n' >dovecot/users
serve dovecot dovecot imaps.port || skip_all 'no dovecot here'
serve sink sink smtp.port || skip_all 'no aiosmtpd here'
printf 'secret\n' >password && chmod 600 password

# store NAME USER FROM IMAP: a store of an exercise that sends, and its configuration NAME.ini.
store() {
	printf '[guichet]\nstore = "%s/%s.db"\n[account:%s]\nname = Essai\nroles = "agent, service, supervisor, admin"\nservices = "*"\n' "$home" "$1" "$(id -un)" >"$1.ini"
	printf '[mail]\nimap = "%s"\nsmtp = "smtp://127.0.0.1:%s"\npassword_file = %s/password\nca = %s/dovecot/cert.pem\ndone_folder = "Traités"\nfrom = "%s"\n' \
		"$4" "$(port sink smtp.port)" "$home" "$home" "$3" >>"$1.ini"
	GUICHET_NOW=2026-11-24T09:00 "$GUICHET" --store "$home/$1.db" --config "$1.ini" init --demo --requests 1 >made 2>&1 || cat made >&2
	GUICHET_NOW=2026-11-24T09:01 "$GUICHET" --config "$1.ini" catalogue apply catalogue >made 2>&1 || cat made >&2
}
# at TIME STORE WORD...: guichet, at this time of the day.
at() {
	time=$1 in=$2
	shift 2
	GUICHET_NOW=2026-11-24T$time
	export GUICHET_NOW
	run --config "$in.ini" "$@"
}
sent() { find sink/sent -name '*.eml' | wc -l; }
last() { find sink/sent -name '*.eml' | sort | tail -n 1; }
# words FILE: its text, quoted-printable and format=flowed undone.
words() { perl -0777 -pe 's/\r//g; s/.*?\n\n//s; s/=\n//g; s/=([0-9A-F]{2})/chr hex $1/ge; s/ \n(?!\n)/ /g' "$1"; }
header() { sed -n "s/^$2: //p" "$1" | head -n 1 | tr -d '\r'; }

cp -r "$top/data/catalogue" catalogue
sed -i 's/^sends_email = no/sends_email = yes/' catalogue/metropole.ini
box=imaps://agent@127.0.0.1:$(port dovecot imaps.port)/INBOX
store ours agent contact@verte.example "$box"

# --- in, acknowledged, answered, bounced ---
cat >in.eml <<'END'
From: Odette Lefèvre <odette@example.org>
To: contact@verte.example
Subject: Nid de poule rue des Lilas
Message-ID: <premier@example.org>
Date: Tue, 24 Nov 2026 09:10:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Bonjour, il y a un trou devant le 12 rue des Lilas.
END
deliver dovecot agent in.eml
at 09:30 ours --json mail fetch
exits 0 'the mailbox is read'
same "$(field fetched) $(field created)" '1 1' 'one mail, one request'
same "$(find dovecot/mail/agent/.Trait*/cur -type f | wc -l)" 1 'it was moved, not deleted'
at 09:30 ours --json list --channel email
reference=$(field service_request_id)
same "$(field category)" a-qualifier 'nobody has read it yet'
at 09:30 ours --json mail send
same "$(field sent)" 0 'nothing goes in the minute in which it can be taken back'
at 09:32 ours --json mail send
same "$(field sent)" 1 'a receipt'
receipt=$(last)
same "$(header "$receipt" X-Envelope-To)" odette@example.org 'to who wrote'
same "$(header "$receipt" Auto-Submitted)" auto-replied 'as an automatic message'
same "$(header "$receipt" In-Reply-To)" '<premier@example.org>' 'in reply to the mail'
words "$receipt" | sed 's/^/# /'
at 09:33 ours edit "$reference" category=nid-de-poule
at 09:34 ours --json mail send
same "$(field sent)" 1 'read, it is acknowledged'
at 09:35 ours take "$reference"
at 09:36 ours answer "$reference" --channel email --text 'Le trou est rebouché depuis ce matin.'
exits 0 'an answer'
at 09:36 ours --json mail send
same "$(field sent)" 0 'held for a minute'
at 09:38 ours --json mail send
same "$(field sent)" 1 'then sent'
answer=$(last)
same "$(header "$answer" Auto-Submitted)" '' 'by a person'
words "$answer" >answer.txt
sed 's/^/# /' answer.txt
grep -q 'Le trou est rebouché depuis ce matin.' answer.txt
result $? 'as it was written'
id=$(header "$answer" Message-ID)
cat >bounce.eml <<END
Return-Path: <>
From: MAILER-DAEMON@relay.example
To: contact@verte.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@relay.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; odette@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

From: contact@verte.example
To: odette@example.org
Message-ID: $id

--b--
END
deliver dovecot agent bounce.eml
at 09:45 ours --json mail fetch
same "$(field fetched) $(field created)" '1 0' 'its bounce is no request'
at 09:46 ours show "$reference" --history
prints 'non distribuée' 'the answer is shown as not delivered'
at 09:50 ours --json mail send
same "$(field sent)" 0 'and a bounce is not answered'
at 09:50 ours verify
exits 0 'the tables are what the journal says'

# --- a service that does not use guichet ---
at 09:51 ours --json log --channel phone --category piscine-probleme --subject 'Eau froide' --commune verdane
pool=$(field service_request_id)
at 09:53 ours --json mail send
same "$(field sent)" 1 'it gets its request by mail'
forward=$(last)
same "$(header "$forward" X-Envelope-To)" piscines@metropole-verte.example 'at its address'
cat >service.eml <<END
From: Piscines <piscines@metropole-verte.example>
To: contact@verte.example
Subject: Re: $pool
Message-ID: <service-1@metropole-verte.example>
In-Reply-To: $(header "$forward" Message-ID)

La chaudière est réparée, le bassin est chaud.
END
deliver dovecot agent service.eml
at 09:55 ours --json mail fetch
same "$(field fetched) $(field created)" '1 0' 'its reply is no new request'
at 09:56 ours show "$pool" --history
prints 'bassin est chaud' 'but stands in the one that it is about'

# --- two guichets ---
before=$(sent)
store theirs other autre@ville.example "imaps://other@127.0.0.1:$(port dovecot imaps.port)/INBOX"
sed -e 's/Odette.*/Ville <autre@ville.example>/' -e 's/premier@/ville@/' in.eml >loop.eml
deliver dovecot agent loop.eml
at 10:00 ours mail fetch
at 10:02 ours --json mail send
same "$(field sent)" 1 'one guichet acknowledges'
sed 1,2d "$(last)" >back.eml
deliver dovecot other back.eml
at 10:03 theirs --json mail fetch
same "$(field fetched) $(field created)" '1 0' 'the other knows a machine when it reads one'
at 10:05 theirs --json mail send
same "$(field sent) $(($(sent) - before))" '0 1' 'and that is all that was ever written'

# --- killed ---
serve once bad_imap imap.port once
store killed agent contact@verte.example "imap://agent@127.0.0.1:$(port once imap.port)/INBOX"
GUICHET_NOW=2026-11-24T10:10 "$GUICHET" --config killed.ini mail fetch >/dev/null 2>&1 &
victim=$!
until_there once/waits
kill -9 "$victim"
wait "$victim" 2>/dev/null
at 10:11 killed --json mail fetch
same "$(field fetched) $(field created)" '1 1' 'killed between fetching and storing: it is fetched again'
serve hold bad_imap imap.port hold
sed -i "s|^imap = .*|imap = \"imap://agent@127.0.0.1:$(port hold imap.port)/INBOX\"|" killed.ini
GUICHET_NOW=2026-11-24T10:12 "$GUICHET" --config killed.ini mail fetch >/dev/null 2>&1 &
victim=$!
until_there hold/waits
kill -9 "$victim"
wait "$victim" 2>/dev/null
at 10:13 killed --json mail fetch
exits 0 'killed between storing and moving: it is moved'
at 10:13 killed --json list --channel email
same "$(grep -c service_request_id "$out")" 1 'and there is one request of it'
grep -q 'UID MOVE 7' hold/asked
result $? 'once it was stored'

# --- a mailbox whose messages are numbered anew at each visit ---
serve moved bad_imap imap.port moved
store renumbered agent contact@verte.example "imap://agent@127.0.0.1:$(port moved imap.port)/INBOX"
at 10:14 renumbered --json mail fetch
same "$(field fetched) $(field created)" '1 1' 'another UIDVALIDITY: the message is read'
at 10:15 renumbered --json mail fetch
same "$(field fetched) $(field created)" '1 0' 'under another one again it is read again, and known'
at 10:15 renumbered --json list --channel email
same "$(grep -c service_request_id "$out")" 1 'one request of it'
sed -i 's|^imap = .*|&Ailleurs|; s|INBOX"Ailleurs|Ailleurs"|' ours.ini
at 10:16 ours mail fetch
exits 78 'a folder that is not there'
complains 'Ailleurs.*ne s.ouvre pas' 'is named'
sed -i 's|Ailleurs"|INBOX"|' ours.ini

before=$(sent)
at 10:20 killed log --channel email --category nid-de-poule --subject 'Trou' --email slow@example.org --name Lente
GUICHET_NOW=2026-11-24T10:22 "$GUICHET" --config killed.ini mail send >/dev/null 2>&1 &
victim=$!
for turn in $(seq 1200); do
	grep -lq '^X-Envelope-To: slow@' sink/sent/*.eml 2>/dev/null && break
	sleep 0.05
done
kill -9 "$victim"
wait "$victim" 2>/dev/null
touch sink/go
at 10:23 killed --json mail send
same "$(field sent)" 1 'killed between sending and recording: sent once more'
at 10:24 killed --json mail send
same "$(field sent)" 0 'and not a third time'
same "$(cat sink/sent/*.eml | grep '^Message-ID' | sort | uniq -d | wc -l)" 1 'the two bear one Message-ID'
at 10:25 killed --json list --channel email --sort received
slow=$(field service_request_id)
at 10:25 killed show "$slow" --history
prints 'deux fois' 'and the journal says that it may have gone twice'
at 10:25 killed verify
exits 0 'nothing is amiss'

# --- a timer, and a password that was changed ---
printf 'secret2\n' >password
at 11:00 ours --json tick
exits 78 'a password that is refused is said'
same "$(field sent)" 0 'what is owed goes all the same'
at 11:00:30 ours --json tick
exits 0 'then the server is left alone for a while'
same "$(field fetched)" '' 'a mailbox is soon locked'
at 11:02 ours --json tick
exits 78 'and asked again'
at 11:03 ours --json tick
same "$(field fetched)" '' 'the pause is longer each time'
printf 'secret\n' >password
at 11:05 ours --json tick
exits 0 'the password is right again'
same "$(field fetched)" 0 'and all is as it was'
finish
