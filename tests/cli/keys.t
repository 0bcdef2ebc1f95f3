#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# guichet keys: the table of keys, its place in the manual, and what a configuration may change of it.
. "$(dirname "$0")/lib.sh"

config=$home/config/guichet/guichet.ini
mkdir -p "${config%/*}"
table=$top/include/guichet/ui/actions.def

# Protects who learns the keys from a table or a manual that forgot some: each action of the program is in both, with its names and its keys, in both languages.
run keys --json
exits 0 'the table as JSON'
cp "$out" "$home/keys.json"
missing=
perl -CSD -ne 'print "$1 $2\n" while /^ACTION\(\w+, "([^"]*)", "([^"]*)"/g' "$table" >"$home/actions"
while read -r name french; do
	grep -q "\"action\":\"$name\",\"french\":\"$french\"" "$home/keys.json" || missing="$missing $name"
done <"$home/actions"
same "$missing" '' 'every action is in it'
same "$(wc -l <"$home/actions")" "$(sed 's/.*"action":"\([^"]*\)".*/\1/' "$home/keys.json" | sort -u | wc -l)" 'and no other'
for lang in fr en; do
	run --lang "$lang" keys --json
	cp "$out" "$home/keys.$lang"
	run --lang "$lang" keys
	cp "$out" "$home/text"
	run --lang "$lang" help --manual
	sed 's/\\-/-/g; s/\\e/\\/g; s/\\&//g' "$out" >"$home/manual"
	missing=$(perl -MJSON::PP -CS -e '
		my ($lang, @files) = @ARGV;
		my ($rows, $text, $manual) = map { open my $f, "<", $_ or die; local $/; <$f> } @files;
		my $utf8 = sub { my $s = shift; utf8::decode($s); $s };
		($text, $manual) = map { $utf8->($_) } $text, $manual;
		(my $flat = $text) =~ s/\s+/ /g;
		for (split /\n/, $rows) {
			my $row = decode_json($_);
			my $keys = join " ", @{$row->{keys}};
			my $command = $lang eq "fr" ? $row->{french} : $row->{action};
			print "text:$row->{action} " unless $flat =~ /\Q$keys $row->{help} (:$command\E[ )]/;
			print "manual:$row->{action} " unless $manual =~ /^\\fB\Q$keys\E  :\Q$command\E( .*)?\n\\fR\Q$row->{help}\E$/m;
		}' "$lang" "$home/keys.$lang" "$home/text" "$home/manual")
	same "$missing" '' "the table and the manual say the same ($lang)"
done
run --lang en keys call
exits 0 'one screen'
prints 'F8 Ctrl-V' 'its keys'
prints '^  F1 Ctrl-E' 'and those of all screens'
lacks 'Journal' 'no others'
run touches bannette
exits 0 'by its French name'
run keys nulle-part
exits 64 'a screen that is none'
complains 'todo, call' 'names those there are'

# Protects the desk whose configuration has its own keys: they are taken, and told.
cat >"$config" <<'END'
[keys]
take = "F5 p"
noter = é
END
run --json keys todo
exits 0 'keys of the configuration'
prints '"action":"take",.*"keys":\["F5","p"\].*"rebound":true' 'are in the table'
prints '"action":"note",.*"keys":\["é"\]' 'by French names too'
prints '"action":"answer",.*"rebound":false' 'the others as they ship'

# Protects the desk from a slip in that file: it is told with its line, what ships stays, and work goes on.
cat >"$config" <<'END'
[keys]
voler = F5
take = F99
note = r
open = q
heat = q
END
run keys
exits 78 'wrong keys'
complains "guichet.ini:2: voler = F5 : « voler » n'est pas une commande" 'an unknown command, with its line'
complains "guichet.ini:3: take = F99 : « F99 » n'est pas une touche : attendu" 'an unknown key'
complains 'guichet.ini:4: note = r : .* est déjà repondre' 'a key that is taken'
complains 'guichet.ini:5: open = q : il manque Entrée' 'a key that must stay'
prints '^  k  *ajoute une note' 'what ships stays'
prints '^  q  *affluence' 'what is right is taken'
run calendar --year 2026
exits 0 'other commands go on'
run doctor
prints '^.*Touches.*ligne 3' 'doctor tells too'

# Protects from screens that are not what the configuration meant.
for wrong in 'color = blue' 'escape_ms = -5' 'escape_ms = 5000' 'escape_ms = 5ms' 'colour = no'; do
	printf '[screen]\n%s\n' "$wrong" >"$config"
	run keys
	exits 78 "refused: $wrong"
	complains 'guichet.ini:2: .*attendu' 'with its line and what was expected'
done
printf '[call]\norder = phone nom\n' >"$config"
run keys
exits 78 'a field that the form does not have'
complains 'guichet.ini:2: order : champ « nom » inconnu : attendu channel, phone, name' 'with those it has'
printf '[call]\norder = ,\n' >"$config"
run keys
exits 78 'no field'
printf '[call]\norder = subject, phone name\n[screen]\ncolor = no\nescape_ms = 50\n' >"$config"
run keys
exits 0 'what is right is taken'
finish
