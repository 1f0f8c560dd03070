# bash.awk - the table of options.awk as completion for bash: a function with
# what is in the table, then bash.sh (`code`), which asks it.
BEGIN {
    FS = "\t"
    print "# Completion of the ae commands for bash, made from their --help."
    print ""
    print "# _ae_values COMMAND WHAT - what can stand there: the options for"
    print "# `options`, an option's values for `--option`, `--option=` or `-o`,"
    print "# operands for `--`; fails where nothing can."
    print "_ae_values() {"
    print "    case $1:$2 in"
}

function end_command()
{
    if (command)
        print "    " command ":options) echo '" options "' ;;"
    options = ""
}

$1 != command {
    end_command()
    command = $1
    commands = commands (commands ? " " : "") substr(command, 4)
}
$3 {
    options = options (options ? " " : "") $3 ($4 == "needed" ? "=" : "")
    key = command ":" $3 "="
    if ($4 == "needed")
        key = key "|" command ":" $3 ($2 ? "|" command ":" $2 : "")
}
!$3 { key = command ":--" }
$4 != "none" { print "    " key ") echo '" $5 "' ;;" }

END {
    end_command()
    print "    *) return 1 ;;"
    print "    esac"
    print "}"
    print "_ae_commands='" commands "'"
    while ((getline line < code) > 0)
        print line
}
