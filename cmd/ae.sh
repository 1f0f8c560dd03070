#!/bin/sh
# ae - lists the commands beside it, or runs one: `ae denoise` is ae-denoise.
set -eu

here=$(dirname "$(readlink -f "$0")")

# run COMMAND ARG... - takes this process's place.
run() {
    [ -x "$here/ae-$1" ] || wrong "'$1' is not a command"
    command=$here/ae-$1
    shift
    exec "$command" "$@"
}

wrong() {
    printf '%s\n' "ae: $1" "Try 'ae --help' for a list." >&2
    exit 2
}

list() {
    echo "Usage: ae COMMAND [ARGUMENT...]"
    echo "Runs ae-COMMAND; ae help COMMAND shows its manual page."
    echo
    for command in "$here"/ae-*; do
        summary=$("$command" --help | sed -n '2{s/\.$//p;q;}')
        printf '  %-10s%s\n' "${command##*/ae-}" "$summary"
    done
}

# help COMMAND - its page, or its options where there are no pages.
help() {
    [ -x "$here/ae-$1" ] || wrong "'$1' is not a command"
    if man -w "ae-$1" > /dev/null 2>&1; then
        exec man "ae-$1"
    fi
    run "$1" --help
}

case ${1-} in
'' | -h | --help) list ;;
-V | --version) "$here/ae-info" --version | sed 's/^[^ ]* (ae)/ae/' ;;
help) if [ $# -gt 1 ]; then help "$2"; else list; fi ;;
-*) wrong "unknown option '$1'" ;;
*) run "$@" ;;
esac
