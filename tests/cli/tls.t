#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whom a desk believes: a certificate of its own authority, for that name, in its time, over TLS 1.2 at least. With anything else it sends nothing.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
command -v openssl >/dev/null || skip_all 'openssl is not here'
server=
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT
cd "$home" || exit 1

# authority NAME; certificate NAME AUTHORITY SUBJECT_ALT DAYS
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" \
		-addext 'basicConstraints=critical,CA:TRUE' >/dev/null 2>&1
}
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=guichetd" -keyout "$1.key" -out "$1.csr" >/dev/null 2>&1
	printf 'subjectAltName=%s\n' "$3" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$4" -extfile "$1.ext" -out "$1.pem" >/dev/null 2>&1
}
authority ours && authority theirs && certificate good ours DNS:localhost 30 && certificate name ours DNS:guichet.example.org 30 \
	&& certificate old ours DNS:localhost -1 && certificate foreign theirs DNS:localhost 30 || skip_all 'openssl makes no certificates here'

# serve CERTIFICATE [PORT]
serve() {
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	: >server.out
	"$GUICHETD" --store central.db --listen "127.0.0.1:${2:-0}" --tls-cert "$1.pem" --tls-key "$1.key" >server.out 2>server.err &
	server=$!
	n=0
	while [ $n -lt 300 ] && ! grep -q port server.out; do
		sleep 0.1
		n=$((n + 1))
	done
	port=$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' server.out)
}
new_code() { "$GUICHETD" --store central.db admin enrol-code --role agent --name Poste; }
run init
mkdir -p "$XDG_CONFIG_HOME/guichet"
printf '\n[server]\nca = %s/ours.pem\n' "$home" >>"$XDG_CONFIG_HOME/guichet/guichet.ini"

for bad in name old foreign; do
	serve $bad
	given=$(new_code)
	run enrol "https://localhost:$port" "$given"
	exits 69 "a certificate that is not right ($bad)"
done
serve good
# Protects the code: none of those servers learned it.
run enrol "https://localhost:$port" "$given"
exits 0 'the right one, with the code that the others did not get'
run enrol "https://127.0.0.1:$port" "$(new_code)"
exits 69 'the same server by a name that is not in its certificate'
run log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas' --name Lefèvre --phone 0612345678
run sync
exits 0 'it is sent'
prints '^3 envoyées' 'all of it'
run log --channel phone --category nid-de-poule --subject 'Autre trou' --name Garnier --phone 0687654321
kill "$server"
wait "$server" 2>/dev/null

# Somebody else on the same port, who listens to whatever is sent. serve_as OPTIONS...
serve_as() {
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	openssl s_server -accept "127.0.0.1:$port" -quiet "$@" >heard 2>/dev/null &
	server=$!
	n=0
	while [ $n -lt 100 ] && ! perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0])' "$port"; do
		sleep 0.1
		n=$((n + 1))
	done
}
for bad in name old foreign; do
	serve_as -cert $bad.pem -key $bad.key
	run sync
	exits 69 "an enrolled desk, another server ($bad)"
	same "$(grep -ac -e Bearer -e POST -e GET heard)" 0 "and it heard nothing ($bad)"
done
if openssl s_server -help 2>&1 | grep -q -- '-tls1_1'; then
	serve_as -cert good.pem -key good.key -tls1_1 -cipher 'DEFAULT@SECLEVEL=0'
	run sync
	exits 69 'TLS 1.1'
	same "$(grep -ac -e Bearer -e POST -e GET heard)" 0 'and it heard nothing'
else
	skip 'this openssl has no TLS 1.1' 'TLS 1.1'
fi
kill "$server"
wait "$server" 2>/dev/null
same "$("$GUICHET" --json status | perl -MJSON::PP -ne 'print decode_json($_)->{pending}')" 3 'what was typed waits still'

# The server's side of it.
serve good "$port"
openssl s_client -connect "127.0.0.1:$port" -tls1_1 -cipher 'DEFAULT@SECLEVEL=0' </dev/null >client 2>&1
grep -q 'Cipher is (NONE)' client || ! grep -q 'Cipher is' client
result $? 'the server speaks no TLS 1.1'
run sync
exits 0 'and takes what waited'
kill "$server"
wait "$server" 2>/dev/null
finish
