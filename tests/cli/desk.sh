# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What the tests of a desk's work share: an empty exercise store whose clock they set, and short ways to look at a request.
#
#	. "$(dirname "$0")/desk.sh"
#	now 2026-11-20T10:00
#	record --channel phone --category nid-de-poule --subject Trou    # $ref and $contact
#	run take "$ref"
#	same "$(status "$ref")" review 'taken'
. "$(dirname "$0")/lib.sh"

# now TIME: what guichet takes as the present (exercise stores only).
now() { GUICHET_NOW=$1; export GUICHET_NOW; }
# record OPTION...: logs a request; its reference goes to $ref, its contact's number to $contact.
record() {
	run --json log "$@"
	ref=$(field service_request_id)
	contact=$(field contact)
}
# of REF FIELD: a field of a request, as show --json gives it.
of() { "$GUICHET" --json show "$1" >"$out" 2>"$err"; field "$2"; }
status() { of "$1" status; }
# kinds REF: its operations, in order.
kinds() {
	"$GUICHET" --json show "$1" --history | perl -MJSON::PP -e '
		local $/; print join " ", map { $_->{kind} } @{decode_json(<STDIN>)->{history}}'
}
# refused RULE NAME: the last run was refused by a business rule that its message names.
refused() { [ "$code" -eq 2 ] && grep -Eq -- "$1" "$err"; result $? "$2 (refused: $1)"; }

now 2026-11-20T10:00
"$GUICHET" init --demo >"$out" 2>"$err" || { cat "$err"; echo 'Bail out! no store'; exit 1; }
