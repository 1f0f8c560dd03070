#!/bin/sh
# table.sh PRESETS COMMAND... - the table of options.awk of all commands, each a
# path; ae-info, among them, says which losses there are.
set -eu

presets=$1
shift
losses=
for command in "$@"; do
    case $command in
    */ae-info) losses=$("$command" --kinds | awk '
        /^[a-z]/ { on = $1 == "losses" }
        on && /^  [a-z]/ { print $1 }' | tr '\n' ' ') ;;
    esac
done
for command in "$@"; do
    "$command" --help | awk -v presets="$presets" -v losses="${losses% }" \
        -f "${0%/*}/options.awk"
done
