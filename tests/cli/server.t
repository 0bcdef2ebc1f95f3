#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichetd as its administrator sees it: configuration, commands through the server's socket and without one, sign-in, backup, restore, erasing.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
command -v curl >/dev/null || skip_all 'curl is not here'
central=$home/central.db
server=
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT

# d ARG...: guichetd with these; admin ARG...: on the central database.
d() {
	last="guichetd $*" code=0
	"$GUICHETD" "$@" >"$out" 2>"$err" || code=$?
}
admin() { d --store "$central" admin "$@"; }
start() {
	: >"$home/server.out"
	"$GUICHETD" --store "$central" --listen "127.0.0.1:${port:-0}" >"$home/server.out" 2>"$home/server.err" &
	server=$!
	n=0
	while [ $n -lt 100 ] && ! grep -q 'port' "$home/server.out"; do
		sleep 0.1
		n=$((n + 1))
	done
	port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
	url=http://127.0.0.1:$port
}
stop() { kill "$1" "$server" 2>/dev/null; wait "$server" 2>/dev/null; stopped=$?; server=; }
# call METHOD PATH [TOKEN [BODY]]: the status in $code, the body in $out, headers in $home/headers.
call() {
	last="$1 $2"
	code=$(curl -s -X "$1" -D "$home/headers" -o "$out" -w '%{http_code}' ${3:+-H "Authorization: Bearer $3"} ${4:+-H 'Content-Type: application/json' -d "$4"} "$url$2")
}

# --- configuration ---
cat >"$home/good.ini" <<EOF
[store]
sqlite = $central
[http]
listen = 127.0.0.1:0
[rates]
desk = 600
EOF
d --config "$home/good.ini" --check-config
exits 0 'a sound configuration'
sed 's/^desk/bureau/; s/^listen.*/workers = beaucoup/' "$home/good.ini" >"$home/bad.ini"
printf '[policie]\nx = 1\n' >>"$home/bad.ini"
d --config "$home/bad.ini" --check-config
exits 78 'an unknown key, a wrong value and an unknown section'
complains 'bad.ini:4 : workers = beaucoup' 'the value with its line'
complains 'bad.ini:6 : clé « bureau » inconnue' 'the key with its line'
complains 'bad.ini:8 : section \[policie\] inconnue' 'the section with its line'
# Protects an administrator from a word that means nothing: each key wrong once, told before the server is started.
wrong() {
	printf '[%s]\n%s = %s\n' "$1" "$2" "$3" >"$home/wrong.ini"
	d --config "$home/wrong.ini" --check-config
	[ "$code" -eq 78 ] && grep -q -e "$2 = " -e "$3" -e 'postgres : ' -e '(--tls' "$err" || missed="$missed $1.$2"
}
missed=
while read -r section key value; do wrong "$section" "$key" "$value"; done <<EOF
store postgres host=a dbnme=b
http listen nowhere
http listen 127.0.0.1:99999
http listen 127.0.0.1:http
http tls_cert /nowhere
http tls_key /nowhere
http workers 0
http connections 1
http idle_s x
policy require_encryption peut-être
policy oldest_version neuf
policy system_users 2
policy lock_minutes -1
policy access_s 1
policy refresh_grace_s 99999
policy snapshot_days 0
rates desk -1
rates address x
rates failures x
rates lookups 1e9
audit months 0
log all_calls 3
EOF
same "$missed" '' 'each key is told when it is wrong'
d --config "$home/good.ini" --listen 0.0.0.0:0 --check-config
exits 78 'no plain HTTP but on the loopback'
d --config "$home/none.ini" --check-config
exits 66 'no such file'
d --nonsense
exits 64 'an unknown option'
d --help
exits 0 'help'
prints 'guichetd admin restore' 'from the table of commands'
admin account --help
exits 0 'one command explains itself'
prints 'guichetd admin account add' 'with its words'
admin nonsense
exits 64 'an unknown command'

# --- without a server, then through its socket ---
admin enrol-code --role agent --name Accueil
exits 0 'a code without a server'
code1=$(cat "$out")
admin enrol-code --role maire --name Accueil
exits 64 'a role that does not exist'
echo 'trop court' | sed 's/ .*//' | { admin account add c.admin --name 'Camille' --role admin; echo "$code" >"$home/code"; }
same "$(cat "$home/code")" 65 'a password too short'
start
[ "$(stat -c %a "$central.sock")" = 600 ]
result $? 'the socket is for its owner alone'
printf 'un long mot de passe\n' | { admin account add c.admin --name 'Camille' --role admin; echo "$code" >"$home/code"; }
same "$(cat "$home/code")" 0 'an account, through the server'
grep -q 'admin command=account code=0' "$home/server.err"
result $? 'the server did it'
! grep -Eq 'c\.admin|Camille|mot de passe' "$home/server.err"
result $? 'and its log names nobody'
printf 'un long mot de passe\n' | { admin account add c.admin --name 'Camille' --role admin; echo "$code" >"$home/code"; }
same "$(cat "$home/code")" 2 'not twice'
admin restore "$home/nothing.db"
exits 75 'no restore under a running server'
call POST /v1/devices '' "{\"code\": \"$code1\", \"name\": \"x\", \"version\": \"0.1.0\", \"encrypted\": true}"
same "$code" 201 'the code that was made before serves'
token=$(field token) device=$(field device)
admin devices
prints "^ *$device  Accueil +agent " 'the desk is listed'
same "$(sed -n '1s/^ *\(.*\)  *Services.*/\1/p' "$out" | tr -s ' ' | sed 's/ $//')" 'Poste Nom Rôle' 'under a line of titles, in columns'
admin devices --json
same "$(field device) $(field name) $(field role) $(field behind)" "$device Accueil agent 0" 'for programs, an object a line'

# --- people ---
call POST /v1/sessions "$token" '{"login": "c.admin", "password": "un autre mot de passe"}'
same "$code" 401 'a wrong password'
call POST /v1/sessions "$token" '{"login": "c.admin", "password": "un long mot de passe"}'
same "$code" 200 'signs in'
access=$(field access) refresh=$(field refresh)
call GET /v1/devices "$access"
same "$code $(field devices.0.name)" '200 Accueil' 'an administrator sees the desks'
call GET /v1/devices "$token"
same "$code" 401 'a desk alone does not'
call POST /v1/sessions/refresh "$token" "{\"refresh\": \"$refresh\"}"
same "$code" 200 'renews'
again=$(field access)
call POST /v1/sessions/refresh "$token" "{\"refresh\": \"$refresh\"}"
same "$code $(field access)" "200 $again" 'the answer was lost: the same again'
call GET /metrics
same "$code" 200 'figures on this machine'
prints '^guichetd_sign_ins_total 1$' 'one sign-in'
code=$(curl -s -o "$out" -w '%{http_code}' -H 'X-Real-IP: 192.0.2.1' "$url/metrics")
same "$code" 401 'not through a proxy'
code=$(curl -s -o "$out" -w '%{http_code}' -H "X-Long: $(printf '%09000d' 0)" "$url/healthz")
same "$code" 431 'headers over 8 KiB'

# Protects the trail of who did what: the sign-in stands there, so does the new account, and a wrong word is told.
admin audit
exits 0 'the audit trail'
prints "	c\.admin	poste $device	sign-in	" 'who signed in, and from where'
prints '	guichetd		account-add	c\.admin' 'what the administrator did'
admin audit --format json --what sign-in --limit 1
exits 0 'as JSON'
same "$(field who) $(field what)" 'c.admin sign-in' 'a line each'
admin audit-check
exits 0 'the trail is what it was'
seal=$(sed -n 's/.* : \([0-9]*:[0-9a-f]*\)$/\1/p' "$out")
admin audit-check --seal "$seal"
exits 0 'and of the seal that was noted'
admin audit --since hier
exits 64 'unknown options are told'

# --- attachments ---
printf 'une photo' >"$home/photo"
sha=$(sha256sum "$home/photo" | cut -d' ' -f1)
put() { code=$(curl -s -o "$out" -w '%{http_code}' -T "$home/photo" -H "Authorization: Bearer $token" "$url/v1/blobs/$1"); }
put "$sha"
same "$code" 201 'an attachment is taken'
put "$(printf '%064d' 0)"
same "$code" 422 'under its own hash only'
call GET "/v1/blobs/$sha" "$token"
same "$code $(cat "$out")" '200 une photo' 'and given back to who brought it'

# --- the catalogue ---
call GET /v1/catalogue "$token"
same "$code" 404 'no catalogue yet'
admin catalogue "$top/data/catalogue"
exits 0 'a catalogue is put in force'
call GET /v1/catalogue "$token"
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$home/headers")
code=$(curl -s -o "$out" -w '%{http_code}' -H "If-None-Match: $etag" -H "Authorization: Bearer $token" "$url/v1/catalogue")
same "$code" 304 'known already'

# --- a request, a backup, an erasure, yesterday's backup again ---
run init
admin enrol-code --role agent --name Poste
run enrol "$url" "$(cat "$out")"
exits 0 'a desk enrols'
run --json log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' --name Lefèvre --phone 0612345678
ref=$(field service_request_id)
run --json log --channel phone --category nid-de-poule --subject 'Autre trou' --name Garnier --phone 0687654321
kept=$(field service_request_id)
run sync
exits 0 'and pushes'
# Protects from surprises beside a running server: it is counted first, and nothing goes without the archives' visa.
admin purge --dry-run
exits 0 'what would be purged'
prints 'dépassé sa durée' 'nothing yet'
admin purge --yes
exits 64 'nothing goes without the visa and a slip'
admin purge --visa 'AD 7' -o "$home/bordereau.txt" --at 2099-01-01 --yes
exits 65 'nor by a date to come'
[ ! -e "$home/bordereau.txt" ]
result $? 'and no slip is left of it'

call GET "/v1/requests/$ref" "$token"
same "$code" 200 'the request by its reference'
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$home/headers")
grep -q Lefèvre "$out"
result $? 'with the person it names'
code=$(curl -s -o "$out" -w '%{http_code}' -H "If-None-Match: $etag" -H "Authorization: Bearer $token" "$url/v1/requests/$ref")
same "$code" 304 'unchanged'
call GET '/v1/requests?q=Lef%C3%A8vre' "$token"
same "$code" 200 'the server searches names'
! grep -q "$ref" "$out"
result $? 'but not for what desks hold'
call GET '/v1/requests?q=%C3' "$token"
same "$code" 422 'a query that is no text'
admin backup "$home/hier.db"
exits 0 'a backup beside the running server'
call GET /metrics
prints '^guichetd_backup_lag 0$' 'which knows of it'
admin backup "$home/hier.db"
exits 73 'no backup over another'
admin erase "$ref"
exits 0 'an erasure'
prints 'son usager' 'with the person, who has no other request'
admin erasure
prints 'Poste	[0-9]+ à passer' 'the desk has not passed it yet'
run sync
run sync
admin erasure
lacks 'Poste	' 'now it has, and its next call said so'
call GET "/v1/requests/$ref" "$token"
! grep -q -e Lefèvre -e Lilas "$out"
result $? 'nothing personal is left'
run --json log --channel phone --category nid-de-poule --subject 'Trou rue du Port' --name Tardif --phone 0611223344
late=$(field service_request_id)
run sync
admin erase "$late"
exits 0 'erased too, after the backup had been made, and the desk has not heard of it'
stop -TERM
same "$stopped" 0 'stops'
[ ! -e "$central.sock" ]
result $? 'and takes its socket along'
! cat "$central" "$central"-wal 2>/dev/null | grep -aq -e Lefèvre -e Lilas -e 612345678
result $? 'no byte of it in the database'
admin restore "$home/hier.db"
exits 2 'a restore over a database asks'
admin restore "$home/hier.db" --replace
exits 0 'and puts it aside'
prints 'époque 2, 6 effacements rejoués' 'another epoch, erased again'
! cat "$central" "$central"-wal 2>/dev/null | grep -aq -e Lefèvre -e Lilas
result $? 'what was erased after the backup is erased in it too'
start
call GET "/v1/requests/$ref" "$token"
! grep -q -e Lefèvre -e Lilas "$out"
result $? 'and is not served'
call GET "/v1/requests/$kept" "$token"
grep -q Garnier "$out"
result $? 'another one is'
# Protects an erasure from a desk that brings back what the backup lacked.
run sync
exits 0 'the desk finds its server again'
run sync
call GET "/v1/requests/$late" "$token"
same "$code" 200 'what the backup lacked is back'
! grep -q -e Tardif -e Port "$out"
result $? 'without what was erased'
printf 'ceci est un fichier\n' >"$home/wrong.db"
stop -TERM
admin restore "$home/wrong.db" --replace
exits 2 'what was put aside is not overwritten'
mv "$central.replaced" "$home/aside.db"
admin restore "$home/wrong.db" --replace
exits 65 'not a database'
[ -e "$central" ]
result $? 'and the one in place is still there'

# --- a backup older than what was erased: a desk brings it back, blank ---
start
admin revoke "$device"
exits 0 'a desk is revoked'
call GET /v1/devices/me "$token"
same "$code" 401 'and refused'
prints device-revoked 'for that reason'
admin revoke "$device"
exits 1 'once'
admin settle 1
exits 2 'nothing to settle there'
admin settle mille
exits 65 'no number'
admin backed-up 999999
exits 2 'no backup holds what is not there'
admin parked
exits 0 'nothing is parked'
# Protects an administrator after a crash: the socket that a killed server left stops nobody.
stop -KILL
[ -e "$central.sock" ]
result $? 'a killed server leaves its socket'
admin devices
exits 0 'a command does without it'

# --- the service manager ---
perl -MIO::Socket::UNIX -MIO::Handle -MSocket -e '
	my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or exit 1;
	open my $f, ">", $ARGV[1]; $f->autoflush(1);
	my $m; print $f "$m\n" while defined $s->recv($m, 200);' "$home/notify" "$home/notified" &
manager=$!
waits() {
	n=0
	while [ $n -lt 100 ] && ! grep -q "$1" "$home/notified" 2>/dev/null; do
		sleep 0.1
		n=$((n + 1))
	done
	grep -q "$1" "$home/notified"
	result $? "$2"
}
n=0
while [ $n -lt 100 ] && ! [ -S "$home/notify" ]; do sleep 0.1; n=$((n + 1)); done
export NOTIFY_SOCKET="$home/notify" WATCHDOG_USEC=200000
start
unset NOTIFY_SOCKET WATCHDOG_USEC
waits '^READY=1$' 'it tells that it is ready'
waits '^WATCHDOG=1$' 'that its committer is alive'
stop -TERM
waits '^STOPPING=1$' 'that it stops'
kill "$manager"
finish
