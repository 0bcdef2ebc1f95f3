# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Completion for bash: commands and options as `guichet help` lists them, so that they are those of the installed program, and the values that are codes.
# It opens no store: what is in it is personal.

# The commands, one a line, English and French names; of two words where they have two.
_guichet_commands() {
	"$1" --lang fr help 2>/dev/null </dev/null | awk '
		/^$/ { part++; next }
		part == 1 && /^  [a-z]/ {
			line = substr($0, 3)
			sub(/   *.*/, "", line)
			n = split(line, names, ", ")
			for (i = 1; i <= n; i++) print names[i]
		}'
}

# The options of a command (none: those of all), one a line.
_guichet_options() {
	local program=$1
	shift
	"$program" --lang fr help "$@" 2>/dev/null </dev/null | grep -oE '^  --[^ ]+(, --[^ ]+)?' | tr -d ' ' | tr ',' '\n'
}

_guichet_values() {
	case $1 in
	--lang | --langue) echo 'fr en' ;;
	--channel | --canal | --reply-by | --reponse-par) echo 'phone email post desk web' ;;
	--nature) echo 'report information complaint suggestion opinion' ;;
	--kind | --type) echo 'person association company landlord commune elected' ;;
	--status | --etat) echo 'new routed review ordered done answered closed waiting redirected duplicate cancelled' ;;
	--outcome | --suite) echo 'created added chased informed redirected transferred wrong_number abusive hung_up' ;;
	--due | --echeance) echo 'overdue today week' ;;
	--sort | --tri) echo 'due received' ;;
	--by | --par) echo 'service commune nature category channel' ;;
	--format) echo 'csv jsonl' ;;
	--priority | --priorite) echo '1 2 3 4' ;;
	--map | --plan) echo 'guichet montreal nyc paris-dmr' ;;
	*) return 1 ;;
	esac
}

_guichet() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} word command= i commands values
	COMPREPLY=()
	if values=$(_guichet_values "$previous"); then
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
		return
	fi
	case $previous in
	--store | --depot | --config | --configuration | --attach | --joindre | --rejects | --rejets | --output | --sortie | -o)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return ;;
	esac
	commands=$(_guichet_commands "$program")
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		[[ $word == -* ]] && continue
		if grep -q "^${command:+$command }$word\( \|\$\)" <<<"$commands"; then
			command=${command:+$command }$word
		elif [[ $command ]]; then
			break
		fi
	done
	if [[ $current == -* ]]; then
		# shellcheck disable=SC2086 # a command of two words
		mapfile -t COMPREPLY < <(compgen -W "$(_guichet_options "$program"; [[ $command ]] && _guichet_options "$program" $command)" -- "$current" | sort -u)
		return
	fi
	values=$(sed -n "s/^${command:+$command }\([^ ]*\).*/\1/p" <<<"$commands")
	[[ $command ]] && ! grep -q "^$command " <<<"$commands" && values=
	mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current" | sort -u)
	[[ ${#COMPREPLY[@]} -gt 0 || ! $command ]] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _guichet guichet
