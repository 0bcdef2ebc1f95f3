#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet init: a first store and its configuration, and nothing touched when it can't be.
. "$(dirname "$0")/lib.sh"

store=$home/data/guichet/desk.db config=$home/config/guichet/guichet.ini
mode() { stat -c %a "$1"; }
sum() { cat "$@" | cksum; }

# Protects a new desk's first minute: one command, and the next one to type is said and works.
run init
exits 0 'a store is made'
prints "^Dépôt créé : $store\$" 'says where the store is'
prints "^Configuration créée : $config\$" 'says where the configuration is'
prints '[0-9]+ services, [0-9]+ motifs, 22 communes' 'counts what the catalogue holds'
lacks EXERCICE 'a store for real work is no exercise'
same "$(mode "$store") $(mode "$config")" '600 600' 'nobody else reads them'
next=$(sed -n 's/^À taper ensuite : guichet //p' "$out")
last="guichet $next" code=0
eval "\"$GUICHET\" $next" >"$out" 2>"$err" || code=$?
exits 0 'the next command works as it was said'

# Protects what is already there: a second init must not harm a day's work.
before=$(sum "$store" "$config")
run init
exits 73 'a second init refuses'
complains "$store existe déjà" 'and names the file'
run init --demo --requests 10
exits 73 'so does a demo'
same "$(sum "$store" "$config")" "$before" 'nothing was touched'

# Protects people who keep several stores: both options are obeyed, and the sentence to type names them.
run --config "$home/autre/g.ini" --store "$home/ailleurs/poste 2.db" init
exits 0 'another store with its own configuration'
[ -f "$home/ailleurs/poste 2.db" ]; result $? 'is where --store says'
grep -q "^store = \"$home/ailleurs/poste 2.db\"\$" "$home/autre/g.ini"; result $? 'the configuration points to it'
prints "À taper ensuite : guichet --config $home/autre/g.ini log" 'the next command names the configuration'
run --config "$home/autre/g.ini" list
exits 1 'it opens, and is empty'
(cd "$home" && "$GUICHET" --config un.ini --store un.db init >/dev/null 2>&1)
grep -q "^store = \"$home/un.db\"\$" "$home/un.ini"; result $? 'a relative path is written whole'
run --store "$home/deux.db" init
prints 'Configuration déjà là, laissée telle quelle' 'a configuration that is there is kept'
prints "guichet --store $home/deux.db log" 'the next command then names the store'
same "$(sum "$config")" "$(printf '%s' "$(cat "$config")" | { cat; echo; } | cksum)" 'it did not change'

# Protects against half-made desks: each of these leaves nothing behind.
run --store "$home/x.db" init --requests 5
exits 64 'a history without --demo is refused'
run --store "$home/x.db" init --demo --requests cinq
exits 65 'a number that is none'
complains 'cinq' 'is named'
run --store "$home/x.db" --read-only init
exits 77 'read-only'
run --store "$home/x\"y.db" init
exits 65 'a path that the configuration could not hold'
run --store "$home/un.db/x.db" init
exits 73 'a folder that is a file'
code=0
(ulimit -f 100; exec "$GUICHET" --store "$home/x.db" init) >"$out" 2>"$err" || code=$?
exits 74 'no room for it'
[ ! -e "$home/x.db" ] && [ ! -e "$home/x.db-journal" ]; result $? 'none of them left a store'
GUICHET_DATADIR=$home/rien run --store "$home/x.db" init
exits 66 'no catalogue to be found'
[ ! -e "$home/x.db" ]; result $? 'left no store either'

# Protects the demonstration: marked on every page, as many requests as were asked for.
export GUICHET_NOW=2026-11-24T10:00
run --config "$home/demo.ini" --store "$home/demo.db" init --demo --requests 300
exits 0 'a demo with a history'
prints '^=== EXERCICE' 'is marked'
prints '300 demandes' 'counts its requests'
run --config "$home/demo.ini" list --all --sort received --limit 1000 --json
same "$(grep -c . "$out")" 300 'the history has as many requests'
run --config "$home/demo.ini" todo --limit 3
prints '^=== EXERCICE' 'every command says so'
run --config "$home/demo.ini" --as s.martin list --limit 1
exits 0 'the demo lets one try another role'
# What is written about one exercise is true of the next: the same moment and size, the same requests and numbers.
run --config "$home/demo.ini" list --all --sort received --limit 1000 --json
cp "$out" "$home/first"
run --config "$home/demo3.ini" --store "$home/demo3.db" init --demo --requests 300
run --config "$home/demo3.ini" list --all --sort received --limit 1000 --json
same "$(cksum <"$out")" "$(cksum <"$home/first")" 'the same moment gives the same exercise'
run --config "$home/demo2.ini" --store "$home/demo2.db" --json init --demo
same "$(field exercise) $(field requests) $(field store)" "1 0 $home/demo2.db" 'as JSON, and with no history when none is asked for'

# Protects who changes their mind: interrupted in the middle, nothing stays, and init can be typed again.
"$GUICHET" --config "$home/long.ini" --store "$home/long.db" init --demo --requests 2000000 >"$out" 2>"$err" &
pid=$!
while kill -0 "$pid" 2>/dev/null && [ "$(stat -c %s "$home/long.db" 2>/dev/null || echo 0)" -lt 1500000 ]; do sleep 0.05; done
kill -TERM "$pid"
code=0; wait "$pid" || code=$?
last='guichet init, interrupted'
[ "$code" -gt 0 ] && [ "$code" -lt 128 ]; result $? 'an interruption ends it in good order'
complains 'interrompu' 'and says so'
[ ! -e "$home/long.db" ] && [ ! -e "$home/long.ini" ]; result $? 'nothing stays'
finish
