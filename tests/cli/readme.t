#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The three commands of README's "A central server" as somebody types them who has just built this, in an empty home: only the port and the code are others.
. "$(dirname "$0")/lib.sh"
server=
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$home"' EXIT
cd "$home" || exit 1
PATH=$(dirname "$GUICHET"):$PATH
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_STATE_HOME
# Free a moment ago; where another one has taken it since, the next.
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport')
sed -n '/^## A central server/,/^## /p' "$top/README.md" | grep -E '^    (guichetd|guichet) ' | head -n 3 | sed "s/^    //; s/ *#.*//; s/:8480/:$port/" >typed
same "$(wc -l <typed)" 3 'README has three commands'
eval "$(sed -n 1p typed | sed 's/&$//') >server.out 2>server.err &"
server=$!
n=0
while [ $n -lt 300 ] && ! grep -q "port $port" server.out; do
	sleep 0.1
	n=$((n + 1))
done
grep -q "port $port" server.out
result $? "$(sed -n 1p typed)"
eval "$(sed -n 2p typed)" >"$out" 2>"$err"
result $? "$(sed -n 2p typed)"
prints '^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$' 'a code, and nothing else'
third=$(sed -n 3p typed | sed "s/[0-9A-Z]\{4\}\(-[0-9A-Z]\{4\}\)\{3\}/$(cat "$out")/")
eval "$third" >"$out" 2>"$err" </dev/null
result $? "$third"
run log --channel phone --category nid-de-poule --subject Trou
exits 0 'the desk works'
run sync
prints '^2 envoyées' 'and its work is on the server'
finish
