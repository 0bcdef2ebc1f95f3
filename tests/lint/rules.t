#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Protects the shape of the tree: module directions, core without I/O, no dangerous calls, no pasted SQL, a licence in each
# file. First each rule is shown to catch what breaks it, then the tree itself must break none.
. "$(dirname "$0")/../cli/lib.sh"
spdx='// SPDX-License-Identifier: GPL-3.0-or-later'

# catches RULE FILE TEXT NAME: a tree with that file alone breaks that rule.
catches() {
	rm -rf "$home/tree"
	mkdir -p "$home/tree/$(dirname "$2")"
	printf '%b\n' "$3" >"$home/tree/$2"
	last="tests/lint/rules on $2"
	code=0
	"$top/tests/lint/rules" "$home/tree" >"$out" 2>"$err" || code=$?
	if [ "$1" = none ]; then
		[ "$code" -eq 0 ] && [ ! -s "$out" ]
	else
		[ "$code" -eq 1 ] && grep -q "^$1 $2:" "$out"
	fi
	result $? "$4"
}

catches spdx src/core/a.c 'int a;' 'a file without its licence'
catches spdx tests/cli/a.t '#!/bin/sh\necho 1..0' 'a script without its licence'
catches direction src/core/a.c "$spdx\\n#include \"guichet/store/store.h\"" 'core that knows store'
catches direction include/guichet/base/a.h "$spdx\\n#include \"guichet/core/calendar.h\"" 'base that knows core'
catches direction src/report/a.c "$spdx\\n#include \"guichet/exchange/import.h\"" 'report that knows exchange'
catches direction src/store/a.c "$spdx\\n#include \"../cli/command.h\"" 'store that reaches into cli'
catches direction src/fresh/a.c "$spdx" 'a module that nobody ranked'
catches owner src/cli/a.c "$spdx\\n#include <sqlite3.h>" 'SQLite outside store'
catches owner src/ui/view.c "$spdx\\n#include <curses.h>" 'curses outside the one file that paints'
catches pure src/core/a.c "$spdx\\n#include <time.h>" 'core that asks for a clock'
catches pure src/core/a.c "$spdx\\nint f(void) { return open(\"a\", 0); }" 'core that opens a file'
catches calls src/cli/a.c "$spdx\\nvoid f(char *a) { strcpy(a, \"b\"); }" 'strcpy'
catches calls tests/unit/test_a.c "$spdx\\nint f(void) { return system(\"ls\"); }" 'system'
catches sql src/store/a.c "$spdx\\nvoid f(void) { snprintf(b, n, \"SELECT a FROM t\"\\n\" WHERE b = '%s'\", x); }" 'SQL pasted together'
catches size src/cli/a.c "$spdx\\nvoid f(void)\\n{\\n$(yes 'g();' | head -n 91)\\n}" 'a function of 91 lines'
catches size src/cli/a.c "$spdx\\n$(yes 'int a;' | head -n 700)" 'a file of 701 lines'
catches finished src/cli/a.c "$spdx\\n/* TODO later */" 'unfinished work'
catches none src/report/a.c "$spdx\\n#include \"guichet/report/sla.h\"\\n#include \"guichet/wire/json.h\"\\n#include <stdio.h>" \
	'what follows the rules is let through'
catches none src/core/a.c "$spdx\\n/* time() and strcpy() in a comment */\\nconst char *f = \"open()\"; int g(void) { return x->time(1); }" \
	'words in comments and strings are no calls'
catches none src/store/a.c "$spdx\\nconst char *f = \"SELECT a FROM t WHERE b = ?\"; int g(void) { return snprintf(b, n, \"%d\", 1); }" \
	'bound parameters are let through'

last='tests/lint/rules'
code=0
"$top/tests/lint/rules" "$top" >"$out" 2>"$err" || code=$?
same "$code" "$([ -s "$err" ] && echo 2 || { [ -s "$out" ] && echo 1 || echo 0; })" 'the rules were read to the end'
for rule in spdx direction owner pure calls sql size finished; do
	! grep "^$rule " "$out"
	result $? "this tree keeps the rule '$rule'"
done
finish
