#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is made from the tables: the manual page and bash's completion.
. "$(dirname "$0")/lib.sh"

# Protects who reads the manual from commands and options that it does not name, in both languages.
names=$(sed -n 's/^COMMAND([a-z_]*, "\([^"]*\)", "\([^"]*\)".*/\1\n\2/p' "$top/src/cli/commands.def")
options=$(sed -n 's/^OPTION([A-Z_]*, "\([^"]*\)", "\([^"]*\)".*/\1\n\2/p' "$top/src/cli/options.def")
for lang in fr en; do
	run --lang "$lang" help --manual
	exits 0 "manual in $lang"
	missing=
	sed 's/\\-/-/g' "$out" >"$home/plain"
	while read -r name; do
		grep -Eq "^\\.SS (.* \\()?$name( |\\)|\$)" "$home/plain" || missing="$missing $name,"
	done <<-END
	$names
	END
	same "$missing" '' "every command is in it ($lang)"
	missing=
	for name in $options; do
		grep -q -- "^\\\\fB.*--$name\\(,\\| \\|\$\\)" "$home/plain" || missing="$missing $name"
	done
	same "$missing" '' "every option ($lang)"
	missing=
	for code in $(sed -n 's/^\tGUICHET_[A-Z_]* = \([0-9]*\),.*/\1/p' "$top/include/guichet/base/err.h"); do
		grep -qx "\\\\fB$code" "$home/plain" || missing="$missing $code"
	done
	same "$missing" '' "every exit status ($lang)"
	if command -v groff >/dev/null 2>&1; then
		groff -k -man -Tutf8 -ww -z "$out" >"$err" 2>&1
		same "$(cat "$err")" '' "groff renders it without a warning ($lang)"
	else
		skip 'groff is not installed' "groff renders it ($lang)"
	fi
done

# Protects who types with Tab: the completion loads, and offers what the program knows, in both languages.
if command -v bash >/dev/null 2>&1; then
	complete_words() {
		bash --norc -c '. "$1/contrib/completion/guichet.bash" || exit 9; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _guichet
			printf "%s\n" "${COMPREPLY[@]}"' bash "$top" "$GUICHET" "$@" >"$out" 2>"$err"
		code=$?
		last="completion of: $*"
	}
	complete_words ca
	exits 0 'the completion loads'
	same "$(cat "$err")" '' 'and says nothing'
	prints '^calendar$' 'an English command'
	prints '^catalogue$' 'the first word of two'
	complete_words rech
	prints '^rechercher$' 'a French one'
	complete_words contact ''
	prints '^add$' 'a second word'
	lacks '^log$' 'and no first one'
	complete_words list --li
	prints '^--limit$' 'an option of the command'
	complete_words show --li
	lacks '^--limit$' 'not one of another'
	complete_words list --channel p
	prints '^phone$' 'a code'
else
	skip 'bash is not installed' 'completion'
fi
finish
