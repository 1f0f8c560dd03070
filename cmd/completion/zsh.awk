# zsh.awk - the table of options.awk as completion for zsh.
BEGIN {
    FS = "\t"
    # a quote that closes, gives itself and opens again
    quote = "'\\''"
}

# A help text as _arguments and single quotes need it.
function escaped(help)
{
    gsub(/\\/, "\\\\", help)
    gsub(/:/, "\\:", help)
    gsub(/\[/, "\\[", help)
    gsub(/\]/, "\\]", help)
    gsub(/'/, quote, help)
    return help
}

function action(source,    n, part, i, words, files)
{
    n = split(source, part, " ")
    for (i = 1; i <= n; i++) {
        if (part[i] ~ /^@/)
            files = "_ae_" substr(part[i], 2) "s"
        else
            words = words (words ? " " : "") part[i]
    }
    if (!words)
        return files ? files : " "
    if (!files)
        return "(" words ")"
    return "_alternative \"words\\:word\\:(" words ")\" \"files\\:file\\:" \
        files "\""
}

function option_line(    value, text)
{
    text = "[" escaped($6) "]"
    value = ":" substr($3, 3) ":" action($5)
    if ($4 == "none")
        return $2 ? "'(" $2 " " $3 ")'{" $2 "," $3 "}'" text "'" \
            : "'" $3 text "'"
    if ($4 == "optional")
        return "'" $3 "=-" text ":" value "'"
    return $2 ? "'(" $2 " " $3 ")'{" $2 "+," $3 "=}'" text value "'" \
        : "'" $3 "=" text value "'"
}

$1 != command {
    command = $1
    list = list " " command
    names = names (names ? " " : "") substr(command, 4)
    body = body (body ? "        ;;\n" : "") "    " command \
        ")\n        _arguments -s -S \\\n"
}
$3 { body = body "            " option_line() " \\\n" }
!$3 {
    if ($5 ~ /^[a-z].* @file$/) {
        sub(/ @file$/, "", $5)
        body = body "            '1:operation:(" $5 ")' '*:file:_ae_files'\n"
    } else {
        body = body "            '*:operand:" action($5) "'\n"
    }
}

END {
    print "#compdef ae" list
    print "# Completion of the ae commands for zsh, made from their --help."
    print ""
    print "_ae_files() { _files }"
    print "_ae_folders() { _files -/ }"
    print "_ae_models() {"
    print "    local -a names"
    print "    names=(${${(f)\"$(ae-info --list 2> /dev/null)\"}%%$'\\t'*})"
    print "    compadd -a names"
    print "    _files"
    print "}"
    print "_ae_command() {"
    print "    case $1 in"
    printf "%s        ;;\n", body
    print "    esac"
    print "}"
    print "if [[ $service != ae ]]; then"
    print "    _ae_command $service"
    print "elif ((CURRENT == 2)) || [[ $words[2] == help ]]; then"
    print "    ((CURRENT > 3)) || compadd help " names
    print "else"
    print "    shift words"
    print "    ((CURRENT--))"
    print "    service=ae-$words[1]"
    print "    _ae_command $service"
    print "fi"
}
