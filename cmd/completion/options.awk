# options.awk - a command's --help as a table: a line an option, with tabs
#
#     COMMAND  -LETTER  --OPTION  VALUE  SOURCE  HELP
#
# VALUE is none, needed or optional; SOURCE says what values there are: a list
# of words, @file, @folder, @model (a file, or a name that ae-info --list
# prints), or nothing that is known.  A line without an option is that of the
# operands.  Variables: presets, losses (words).

# The words of "none|linear[:SHARE]|N".
function literals(arg,    part, n, i, words)
{
    gsub(/\[[^]]*\]/, "", arg)
    n = split(arg, part, "|")
    for (i = 1; i <= n; i++)
        if (part[i] ~ /^[a-z0-9][a-z0-9-]*$/)
            words = words (words ? " " : "") part[i]
    return words
}

# "...: png, jpeg, webp; else ..." or "one of jsonl, npy; ..."
function listed(help)
{
    sub(/;.*/, "", help)
    sub(/.*(: |one of )/, "", help)
    gsub(/,/, "", help)
    return help
}

function source(option, arg, help)
{
    if (option == "--loss")
        return losses
    if (option == "--metric")
        return "@metrics"
    if (arg ~ /^CHAIN/)
        return "@noises"
    if (arg ~ /^SPEC/)
        return presets " @model"
    if (arg ~ /^FORMAT/)
        return listed(help)
    if (arg ~ /^MODEL/ && option != "--output")
        return "@model"
    if (arg ~ /^DIR/)
        return "@folder"
    if (arg ~ /(^|\|)(FILE|DATA|MODEL)/)
        return "@file"
    return literals(arg)
}

# The first part of a help text.
function short(help)
{
    sub(/ \(.*/, "", help)
    if (match(help, /[^ ,]; /))
        help = substr(help, 1, RSTART)
    return help
}

function flush_option(    kind)
{
    if (option) {
        kind = !arg ? "none" : optional ? "optional" : "needed"
        row[++rows] = letter "\t" option "\t" kind "\t" \
            source(option, arg, help) "\t" short(help)
    }
    option = ""
}

NR == 1 { command = $2; synopsis = $0 }
# What follows the options.
/^(Noises|Metrics|Operations)/ { flush_option(); list = tolower($1); next }
list ~ /^(noises|metrics)/ && /^[a-z]/ { words = words " " $1 }
list ~ /^operations/ && /^  [a-z]/ {
    n = split($0, part, ", ")
    for (i = 1; i <= n; i++) {
        sub(/^ */, "", part[i])
        sub(/ .*/, "", part[i])
        if (i == 1 || $0 ~ part[i] " [A-Z]")
            words = words " " part[i]
    }
}
list { next }
/^  (-[a-zA-Z], |    )--/ {
    flush_option()
    letter = $1 ~ /^-[a-zA-Z],$/ ? substr($1, 1, 2) : ""
    option = letter ? $2 : $1
    arg = option
    optional = option ~ /\[=/
    if (sub(/^[^=]*=/, "", arg) == 0)
        arg = ""
    if (optional)
        sub(/\]$/, "", arg)
    sub(/\[?=.*/, "", option)
    help = substr($0, index($0, option))
    if (sub(/^[^ ]*  +/, "", help) == 0)
        help = ""
    next
}
option && /^            / { sub(/^ +/, ""); help = help (help ? " " : "") $0; next }
{ flush_option() }
END {
    flush_option()
    sub(/^ /, "", words)
    for (i = 1; i <= rows; i++) {
        sub(/@noises|@metrics/, words, row[i])
        print command "\t" row[i]
    }
    operands = list ~ /^operations/ ? words " @file" : \
        synopsis ~ /\|NAME/ ? "@model" : \
        synopsis ~ /\]$|\.\.\.$/ && synopsis !~ /\[OPTION\.\.\.\]$/ ? "@file" : ""
    print command "\t\t\tneeded\t" operands "\t"
}
