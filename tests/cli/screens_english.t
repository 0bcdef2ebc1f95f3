#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The screens in English at 80 x 24: longer words must not be cut where they are what a screen says of itself.
. "$(dirname "$0")/lib.sh"

export GUICHET_NOW=2026-11-24T10:47:00+01:00
run init --demo --requests 150
exits 0 'a desk'

# Protects English readers from headings, ways out and states that were made for shorter French words.
for screen in todo queue deadlines sla heat bulletins drafts call 'search rue'; do
	# shellcheck disable=SC2086
	run --lang en screen $screen
	exits 0 "screen $screen"
	same "$(sed -n '1p;3p;5p' "$out" | grep '…' | grep -Ev '[0-9]{2} [0-9]{2} [0-9]{2}')" '' "its headings are whole ($screen)"
	same "$(sed -n 23p "$out" | grep -c ' F12 Back')" 1 "the way back is said ($screen)"
	same "$(sed -n 24p "$out" | grep -Ec ' (single desk|poste seul).*  [A-Z][a-z]+ [0-9/]+ [0-9:]+ *$')" 1 "the status bar says all of it ($screen)"
	same "$(perl -CSD -lne 'print if length > 80' "$out")" '' "it is no wider than asked for ($screen)"
done

# Protects who has a long name: how the desk is connected is said all the same.
cat >>"$home/config/guichet/guichet.ini" <<'END'
[account:m]
name = "Marie-Antoinette de la Rochefoucauld-Montbazon"
roles = agent
END
for lang in fr en; do
	run --lang "$lang" --as m screen todo --size 80x24
	exits 0 "a long name ($lang)"
	same "$(sed -n 24p "$out" | grep -Ec ' (poste seul|single desk)')" 1 "beside it how the desk is connected ($lang)"
done
finish
