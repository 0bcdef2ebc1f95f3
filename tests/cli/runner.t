#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Protects the count that `make check` ends with: a runner that counts a dead program as passed would hide every failure.
. "$(dirname "$0")/lib.sh"
cd "$home" || exit 1
runner() {
	last="tests/run $*"
	code=0
	TESTS_RUN_HERE=1 "$top/tests/run" "$@" >"$out" 2>"$err" || code=$?
}
script() { # NAME, then the program on standard input
	{ echo '#!/bin/sh'; cat; } >"$home/$1"
	chmod +x "$home/$1"
}
ends() { same "$(tail -n 1 "$out")" "$1" "$2"; }

script good.t <<'T'
echo 'ok 1 - a'; echo 'ok 2 - b # SKIP no data here'; echo 1..2
T
script bad.t <<'T'
echo 1..2; echo 'ok 1 - a'; echo 'not ok 2 - b'; echo '# why b failed'
T
script dead.t <<'T'
echo 1..3; echo 'ok 1 - a'; kill -9 $$
T
script short.t <<'T'
echo 1..3; echo 'ok 1 - a'
T
script silent.t <<'T'
exit 0
T
script liar.t <<'T'
echo 1..1; echo 'ok 1 - a'; exit 3
T
script groups <<'T'
echo 1..1; echo 'ok 1 - a'; echo '# ok - first'
echo 1..2; echo 'ok 1 - a'; echo 'not ok 2 # SKIP b'
T
script setup <<'T'
echo 1..2; echo 'not ok 0 - group [  FAILED  ] GROUP SETUP'; exit 1
T
script none.t <<'T'
echo '1..0 # SKIP not on this machine'
T
script slow.t <<'T'
echo 1..1; sleep 60; echo 'ok 1 - a'
T

runner good.t
exits 0 'passed and skipped tests'
ends '1 passed, 0 failed, 1 skipped' 'are counted apart'
runner bad.t good.t
exits 1 'a failed test fails the run'
ends '2 passed, 1 failed, 1 skipped' 'and is counted with the others'
prints '# why b failed' 'its output is shown'
runner dead.t
exits 1 'a killed program fails the run'
ends '1 passed, 2 failed' 'and what it never ran has failed'
runner short.t
ends '1 passed, 2 failed' 'so has what a program forgot'
runner silent.t
ends '0 passed, 1 failed' 'a program that announces nothing has failed'
runner liar.t
ends '1 passed, 1 failed' 'so has one that exits non-zero'
runner groups
exits 0 "cmocka's groups"
ends '2 passed, 0 failed, 1 skipped' 'are added up'
runner setup
ends '0 passed, 2 failed' "so are the tests of a group that could not be set up"
runner none.t
exits 1 'a run of nothing but skipped tests fails'
runner -t 1 slow.t
exits 1 'a program that hangs is stopped'
runner -j 2 good.t -c 'true' -c 'false x'
ends '2 passed, 1 failed, 1 skipped' 'a command counts as one test'
script absent_tool <<'T'
echo 'head of a table'; echo 'cluster skipped: nginx is not here'; exit 77
T
runner good.t -c ./absent_tool
exits 0 'a command that lacks what it needs fails nothing'
ends '1 passed, 0 failed, 2 skipped' 'and does not count as passed'
prints 'absent_tool .*skipped: cluster skipped: nginx is not here' 'its last line says why'
runner ./absent
ends '0 passed, 1 failed' 'a test that is not there has failed'
runner
exits 1 'a run without tests fails'
finish
