#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# English: the program speaks it wherever it runs, and every message of the sources has its translation.
. "$(dirname "$0")/desk.sh"

command -v msgfmt >/dev/null 2>&1 || skip_all 'gettext is not installed'
[ -e "$(dirname "$GUICHET")/locale/en/LC_MESSAGES/guichet.mo" ] || skip_all 'guichet was built without its translations'
unset GUICHET_LOCALEDIR || :

# Protects who asks for English: by option or by locale, also where no locale is installed, and found beside a program that is not installed.
speaks_english() {
	run "$@" help
	prints '^Options of every command:' "$*: help"
	prints 'records a contact and its request' "$*: the summary of a command"
	run "$@" lits
	complains 'unknown command "lits": did you mean list' "$*: a mistake"
	run "$@" show 1234567890
	complains 'last two digits do not fit' "$*: a wrong reference"
}
speaks_english --lang en
(LC_ALL=C; export LC_ALL; "$GUICHET" --lang en help) >"$out" 2>"$err"
prints '^Options of every command:' 'under LC_ALL=C'
(LC_ALL=en_GB.UTF-8; export LC_ALL; "$GUICHET" help) >"$out" 2>"$err"
prints '^Options of every command:' 'by the locale, be it installed or not'
(LANGUAGE=en; export LANGUAGE; "$GUICHET" help) >"$out" 2>"$err"
prints '^Options of every command:' 'by LANGUAGE'

# Protects everybody else: French without any catalogue.
run help
prints '^Options de toutes les commandes' 'French unless asked otherwise'
(LC_ALL=C; export LC_ALL; "$GUICHET" --lang fr help) >"$out" 2>"$err"
prints '^Options de toutes les commandes' 'French under LC_ALL=C'

# Protects one day of work in English: recording, reading, explaining, figures.
run --lang en log --channel phone --category nid-de-poule --subject Trou --name Durand --phone 0612345678
exits 0 'records'
prints '^Reference  ' 'its reference'
prints 'answer at the latest on' 'the promise to say'
r=$(sed -n 's/^Reference  *//p' "$out" | tr -d ' ')
run --lang en show "$r"
prints '^Due dates' 'shows'
lacks 'Échéance' 'no French heading'
run --lang en explain "$r"
prints 'working day' 'explains'
run --lang en close "$r"
exits 2 'refuses'
complains 'not closed without an answer' 'and says why'

# Protects who asks for help in English from words to fill in that are French: each is marked, and help and its mistakes translate it.
sed -n 's/^COMMAND([a-z_]*, "[^"]*", "[^"]*", //p; s/^OPTION([A-Z_]*, "[^"]*", "[^"]*", //p' "$top"/src/cli/commands.def "$top"/src/cli/options.def >"$out"
lacks '^"[^"]*[[:upper:]]' 'every placeholder is marked'
mkdir -p "$home/locale/en/LC_MESSAGES"
printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\nmsgid "RÉF SERVICE"\nmsgstr "REF DEPARTMENT"\nmsgid "RAISON"\nmsgstr "WHY"\n' |
	msgfmt -o "$home/locale/en/LC_MESSAGES/guichet.mo" -
(GUICHET_LOCALEDIR=$home/locale; export GUICHET_LOCALEDIR; "$GUICHET" --lang en help route) >"$out" 2>"$err"
prints 'guichet route .*REF DEPARTMENT' 'what a command takes'
prints '--reason.* WHY' 'and an option'
(GUICHET_LOCALEDIR=$home/locale; export GUICHET_LOCALEDIR; "$GUICHET" --lang en help --manual) >"$out" 2>"$err"
prints '^.SS route REF DEPARTMENT' 'so does the manual'
(GUICHET_LOCALEDIR=$home/locale; export GUICHET_LOCALEDIR; "$GUICHET" --lang en route) >"$out" 2>"$err"
complains 'route REF DEPARTMENT' 'and what is said of a missing one'

# Protects those who read English from the next French message: fresh messages of the sources, merged into en.po, all translated, none fuzzy.
# shellcheck disable=SC2046 # names without spaces
(cd "$top" && xgettext --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ -o "$home/fresh.pot" \
	$(find src include -name '*.[chd]*' ! -name '*.swp' | LC_ALL=C sort)) 2>"$err"
same $? 0 'the messages of the sources can be collected'
msgmerge -q --no-fuzzy-matching --no-wrap -o "$home/en.po" "$top/data/po/en.po" "$home/fresh.pot" 2>"$err"
msgattrib --untranslated --no-obsolete --no-wrap "$home/en.po" | sed '1,/^$/d' >"$out"
same "$(grep -c '^msgid ' "$out")" 0 'every message is translated: else make pot, then data/po/en.po'
msgattrib --only-fuzzy --no-obsolete --no-wrap "$home/en.po" | sed '1,/^$/d' >"$out"
same "$(grep -c '^msgid ' "$out")" 0 'and none is a guess'
msgfmt --check -o "$home/en.mo" "$home/en.po" 2>"$err"
same $? 0 'formats are those of the French, in the same order'

finish
