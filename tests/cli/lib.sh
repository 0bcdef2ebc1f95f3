# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What the command-line tests share: TAP, one private home for each script, and a guichet to run in it.
#
#	. "$(dirname "$0")/lib.sh"
#	run log --channel phone --category nid-de-poule --subject 'Trou rue des Lilas'
#	exits 0 'a request is recorded'
#	prints '^référence' 'and its reference said'
#	finish
#
# run leaves the exit status in $code, standard output in the file $out, standard error in $err. $home is the private
# folder (removed at the end), $top the tree. POSIX sh; `set -u` is on, `set -e` is not: a failed check goes on.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
GUICHET=${GUICHET:-$top/build/guichet}
shared=${GUICHET_SHARED:-$top/../shared}
home=$(mktemp -d "${TMPDIR:-/tmp}/guichet-cli-XXXXXX") || exit 1
trap 'rm -rf "$home"' EXIT
trap 'exit 1' HUP INT TERM
export GUICHET HOME="$home" LC_ALL=C.UTF-8 TERM=dumb GUICHET_DATADIR="$top/data"
export XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_STATE_HOME="$home/state"
unset LANGUAGE LANG NO_COLOR || :
out=$home/.out err=$home/.err code=0 tests=0 failures=0
: >"$out"; : >"$err"

# Runs guichet with these arguments; standard input is the caller's.
run() {
	last="guichet $*"
	code=0
	"$GUICHET" "$@" >"$out" 2>"$err" || code=$?
}

# result STATUS NAME: one assertion; a failed one shows what the last command was and said.
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests" "$2"
		return 0
	fi
	failures=$((failures + 1))
	printf 'not ok %d - %s\n' "$tests" "$2"
	{
		printf 'after: %s (exit status %d)\n' "${last:-nothing}" "$code"
		head -n 40 "$out" | sed 's/^/out: /'
		head -n 20 "$err" | sed 's/^/err: /'
	} | sed 's/^/# /'
	return 1
}

# exits CODE NAME: the last run ended so.
exits() { [ "$code" -eq "$1" ]; result $? "$2 (exit $1, got $code)"; }
# prints / lacks REGEX NAME: the last run's standard output has a line that matches (grep -E), or none.
prints() { grep -Eq -- "$1" "$out"; result $? "$2 (prints $1)"; }
lacks() { ! grep -Eq -- "$1" "$out"; result $? "$2 (does not print $1)"; }
# complains REGEX NAME: its standard error has one.
complains() { grep -Eq -- "$1" "$err"; result $? "$2 (says $1)"; }
# same GOT WANTED NAME: two strings are equal.
same() {
	[ "$1" = "$2" ] && { result 0 "$3"; return; }
	result 1 "$3 (got '$1', wanted '$2')"
}
# field NAME [N]: prints a field of the Nth (first) JSON object of the last run; a.b reaches inside, null prints nothing.
field() {
	perl -MJSON::PP -e '
		my ($path, $n) = @ARGV;
		my @lines = grep { /\S/ } <STDIN>;
		my $value = decode_json($lines[$n - 1] // "{}");
		$value = ref $value eq "ARRAY" ? $value->[$_] : $value->{$_} for split /\./, $path;
		binmode STDOUT, ":utf8";
		print ref $value eq "HASH" || ref $value eq "ARRAY" ? JSON::PP->new->canonical->encode($value) : $value // "";
	' "$1" "${2:-1}" <"$out"
}
# skip REASON NAME: counts a test that can't be run here.
skip() { tests=$((tests + 1)); printf 'ok %d - %s # SKIP %s\n' "$tests" "$2" "$1"; }
# skip_all REASON: ends the script, as skipped.
skip_all() { printf '1..0 # SKIP %s\n' "$1"; exit 0; }
# finish: the plan; last line of every script.
finish() { printf '1..%d\n' "$tests"; [ "$failures" -eq 0 ]; exit $?; }
