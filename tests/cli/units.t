#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What ships for systemd. Protects: units that systemd reads without a complaint, and sample configurations that the programs take as they stand.
. "$(dirname "$0")/lib.sh"
units=$top/contrib/systemd
GUICHETD=${GUICHETD:-$(dirname "$GUICHET")/guichetd}
cd "$home" || exit 1

if command -v systemd-analyze >/dev/null; then
	for unit in guichetd.service guichet-mail.service guichet-mail.timer; do
		# Programs are not installed where tests run.
		sed -e 's,^\(Exec[A-Za-z]*\)=/usr/local/bin/guichetd\{0\,1\} .*,\1=/bin/true,' -e '/^Documentation=/d' "$units/$unit" >"$unit"
	done
	last='systemd-analyze verify' code=0
	systemd-analyze verify "$home"/guichetd.service "$home"/guichet-mail.service "$home"/guichet-mail.timer >"$out" 2>&1 || code=$?
	# Of other units of this machine it says what it wants.
	! grep -E 'guichet' "$out" >"$err"
	result $? 'systemd reads them, and has nothing to say'
else
	skip 'systemd-analyze is not here' 'units are read by systemd'
fi

# As they stand, and with what is commented out there (but for what names another store).
sed -e "s,/var/lib/guichet-mail,$home,; s,/etc/guichet/,$home/,g" "$units/guichet-mail.ini" >mail.ini
sed -e 's/^; \([a-z_]* = .*\)/\1/; s/^; \(\[account\):.*/\1:'"$(id -un)"']/' mail.ini >whole.ini
grep -q '^smtp_password_file' whole.ini
result $? 'its comments are settings'
run --store "$home/mail.db" init
for ini in mail.ini whole.ini; do
	run --config "$ini" sla
	[ "$code" -le 1 ]
	result $? "$ini is taken"
done
run --config mail.ini tick
exits 77 'a store that stands alone needs a role'
complains 'mailer' 'which is named'
run --config whole.ini tick
exits 78 'with it the mailbox is tried'
complains 'password' 'as far as the password, which is not there'
printf 'x\n' >mail.password
printf 'x\n' >imap.password
chmod 644 imap.password
printf 'x\n' >smtp.password
run --config whole.ini mail fetch
exits 78 'one that others may read'
complains 'imap.password.*chmod 600' 'is told by its name'
sed -e "s,/var/lib/guichetd,$home,; s,/etc/guichet/,$home/,g" "$units/guichetd.ini" >guichetd.ini
last='guichetd --check-config' code=0
"$GUICHETD" --config guichetd.ini --check-config >"$out" 2>"$err" || code=$?
exits 0 "the server's is taken"
finish
