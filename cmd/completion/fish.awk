# fish.awk - the table of options.awk as completion for fish.
BEGIN {
    FS = "\t"
    print "# Completion of the ae commands for fish, made from their --help."
    print ""
    print "function __ae_models"
    print "    ae-info --list 2> /dev/null | string replace -r '\\t.*' ''"
    print "end"
    print "function __ae_folders"
    print "    __fish_complete_directories (commandline -ct)"
    print "end"
    print "function __ae_first"
    print "    test (count (commandline -opc)) -eq 1"
    print "end"
    print "# `ae denoise ...` is completed as ae-denoise is."
    print "function __ae_rest"
    print "    set -l words (commandline -opc)"
    print "    complete -C (string join ' ' -- ae-$words[2] \\"
    print "        (string escape -- $words[3..-1]) (commandline -ct))"
    print "end"
    print "complete -c ae -f"
    print "complete -c ae -n 'not __ae_first' -a '(__ae_rest)'"
}

function quoted(text)
{
    gsub(/[\\']/, "\\\\&", text)
    return "'" text "'"
}

# What may follow: the words, models, folders, and files where they can.
function values(source,    n, part, i, words)
{
    n = split(source, part, " ")
    for (i = 1; i <= n; i++)
        words = words (words ? " " : "") \
            (part[i] == "@model" ? "(__ae_models)" : \
            part[i] == "@folder" ? "(__ae_folders)" : \
            part[i] == "@file" ? "" : part[i])
    return (source ~ /@(file|model)/ ? " -F" : " -f") \
        (words ? " -a '" words "'" : "")
}

$1 != command {
    command = $1
    print "complete -c ae -n __ae_first -a " substr(command, 4)
}
!$3 && $5 ~ /^[a-z]/ {
    sub(/ @file/, "", $5)
    print "complete -c " command " -n __ae_first -a '" $5 "'"
    next
}
!$3 { print "complete -c " command values($5) }
$3 {
    print "complete -c " command ($2 ? " -s " substr($2, 2) : "") \
        " -l " substr($3, 3) ($4 == "needed" ? " -r" : "") \
        ($4 == "none" ? "" : values($5)) " -d " quoted($6)
}
