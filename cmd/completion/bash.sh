# shellcheck shell=bash disable=SC2154
# Adds the words of the input that begin with $cur.
_ae_add() {
    local word
    while read -r word; do
        [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$(printf %q "$word")")
    done
}

_ae_add_files() {
    compopt -o filenames
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -- "$cur")
}

# Adds what words and sources ask for.
_ae_add_all() {
    local source
    for source in $1; do
        case $source in
        @file) _ae_add_files -f ;;
        @folder) _ae_add_files -d ;;
        @model)
            _ae_add < <(ae-info --list 2> /dev/null | cut -f 1)
            _ae_add_files -f
            ;;
        *) _ae_add <<< "$source" ;;
        esac
    done
}

_ae() {
    local command=${COMP_WORDS[0]##*/} first=1 option='' values
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    if [[ $command == ae ]]; then
        if ((COMP_CWORD == 1)) || [[ ${COMP_WORDS[1]} == help ]]; then
            ((COMP_CWORD > 2)) || _ae_add_all "$_ae_commands help"
            return
        fi
        command=ae-${COMP_WORDS[1]} first=2
    fi
    # "--option=value" is three words here, or two where the value is missing
    if [[ $cur == = ]]; then
        option=$prev= cur=
    elif [[ $prev == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}=
    elif [[ $prev == -* && $prev != -- ]] && ((COMP_CWORD > first)); then
        option=$prev
    fi
    if values=$(_ae_values "$command" "${option:-none}"); then
        _ae_add_all "$values"
    elif [[ $cur == -* && " ${COMP_WORDS[*]:first:COMP_CWORD-first} " != *' -- '* ]]
    then
        _ae_add_all "$(_ae_values "$command" options)"
        [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
    else
        _ae_add_all "$(_ae_values "$command" --)"
    fi
}

complete -F _ae ae
# shellcheck disable=SC2046,SC2086
complete -F _ae $(printf 'ae-%s ' $_ae_commands)
