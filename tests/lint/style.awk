# style.awk FILE... - what a reader meets: line length, blanks, the opening
# comment, the length of functions and files.  Prints FILE:LINE: what.
function wrong(what) {
    print FILENAME ":" FNR ": " what
    bad = 1
}

function close_file() {
    # the public interface is one file, in sections
    most = file ~ /lib\/ae\.h$/ ? 1000 : file ~ /\.[1-7]$/ ? 900 : 610
    if (file != "" && lines > most)
        { print file ": " lines " lines, more than " most; bad = 1 }
}

FNR == 1 {
    close_file()
    file = FILENAME
    code = FILENAME ~ /\.[ch]$/
    start = 0
    if (code && !/^\/\* /)
        wrong("a file opens with what it is")
}

{
    lines = FNR
    if (/[ \t\r]$/)
        wrong("blank at the end of a line")
    if (code && /\t/)
        wrong("tab")
    width = length($0)
    if (code && width > 80) {
        plain = $0
        gsub(/[\200-\277]/, "", plain)
        if (length(plain) > 80)
            wrong(width " columns")
    }
    if (code && /(TODO|FIXME)/)
        wrong("unfinished")
    if (code && /^typedef struct|^typedef union/)
        wrong("typedef of a struct")
}

# A function's body stands between a { and a } in the first column; tables
# and types end in "};".
code && /^\{/ { start = FNR }
code && /^\}/ {
    if (start && !/^\};/ && FNR - start > 80)
        wrong("a function of " FNR - start " lines, more than 80")
    start = 0
}

END { close_file(); exit bad }
