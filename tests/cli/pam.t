#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Accounts whose password is the system's: guichetd asks a real PAM stack of this test's own, in another process.
. "$(dirname "$0")/lib.sh"
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
module=$(find /lib /usr/lib -name pam_exec.so 2>/dev/null | head -1)
[ -n "$module" ] || skip_all 'pam_exec is not here'
central=$home/central.db
server=
trap 'kill -9 $server 2>/dev/null; rm -rf "$home"' EXIT

# The password of each is "le mot de NAME".
mkdir "$home/pam"
cat >"$home/check" <<'CHECK'
#!/bin/sh
IFS= read -r given
[ "$PAM_USER" = lent ] && sleep 3
[ "$given" = "le mot de $PAM_USER" ]
CHECK
chmod 700 "$home/check"
printf 'auth required pam_exec.so expose_authtok quiet %s\naccount required pam_permit.so\n' "$home/check" >"$home/pam/guichetd"
printf '[policy]\nsystem_users = no\n[pam]\nservice = guichetd\nfolder = %s\n' "$home/pam" >"$home/guichetd.ini"
"$GUICHETD" --config "$home/guichetd.ini" --store "$central" --listen 127.0.0.1:0 >"$home/server.out" 2>"$home/server.err" &
server=$!
n=0
while [ $n -lt 300 ] && ! grep -qs 'port' "$home/server.out"; do
	sleep 0.1
	n=$((n + 1))
done
url=http://127.0.0.1:$(sed -n 's/.*(port \([0-9]*\)).*/\1/p' "$home/server.out")
admin() {
	last="guichetd admin $*" code=0
	"$GUICHETD" --config "$home/guichetd.ini" --store "$central" admin "$@" >"$out" 2>"$err" || code=$?
}
sign_in() { printf '%s\n' "$2" >"$home/in"; run sign-in "$1" <"$home/in"; }

admin account add-pam s.martin --name 'Sophie Martin' --role agent
exits 0 'an account whose password is the system'"'"'s'
admin account list
prints 's\.martin.*PAM' 'is listed as one'
run init
admin enrol-code --role agent --name Accueil
printf '%s %s\n' "$url" "$(cat "$out")" >"$home/in"
run enrol - <"$home/in"
exits 0 'a desk'
sign_in s.martin 'le mot de passe'
exits 77 'a password that PAM refuses'
sign_in s.martin 'le mot de s.martin'
exits 0 'one that it takes'
prints 'Sophie Martin' 'and the account is guichet'"'"'s'
sign_in c.lefevre 'le mot de c.lefevre'
exits 77 'PAM knows somebody who has no account here'
# Protects: whoever waits for a directory keeps nobody else waiting.
admin account add-pam lent --name 'Lente Réponse' --role agent
printf 'le mot de lent\n' >"$home/in2"
"$GUICHET" sign-in lent <"$home/in2" >/dev/null 2>&1 &
slow=$!
run sync
exits 0 'a desk synchronises while PAM is waited for'
sign_in s.martin 'le mot de s.martin'
exits 0 'and others sign in'
kill "$slow" 2>/dev/null
wait "$slow" 2>/dev/null
! grep -Eq 'le mot de|s\.martin|Sophie' "$home/server.err" "$home/server.out"
result $? 'the log names nobody'
kill -TERM "$server"
wait "$server" 2>/dev/null
server=
sign_in s.martin 'le mot de s.martin'
exits 0 'offline the desk knows the password that PAM took'
finish
