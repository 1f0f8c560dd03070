#!/bin/sh
# The examples of the pages can be pasted from a window of 80 columns: no line
# of them is wrapped, the shell can parse all, and their commands have the
# options that stand there.  The specs and programs that the other pages show
# are shown whole, too.
set -eu
. "$AE_ROOT/tests/cli/expect"

needs mandoc
escape=$(printf '\033')

# literal PAGE - the lines of its literal displays, as they are typed.
literal() {
    awk '/^\.Bd -literal/ { on = 1; next }
        /^\.Ed/ { on = 0; next }
        on { print }
        sub(/^\.Dl /, "") { print }' "$1" | sed 's/\\e/\\/g; s/\\&//g'
}

for page in "$AE_ROOT"/man/*.[1-7]; do
    name=${page##*/}
    # 78 is what man uses of 80
    mandoc -T ascii -O width=78 "$page" | sed "s/.$(printf '\b')//g" |
        sed "s/$escape\[[0-9;]*m//g" > shown
    awk -v page="$name" 'length > 80 { print page ": " $0; bad = 1 }
        END { exit bad }' shown
    literal "$page" > lines
    while IFS= read -r line; do
        grep -Fq -e "$line" shown || { echo "$name wraps: $line"; exit 1; }
    done < lines
done

# examples PAGE - its commands: displays under EXAMPLES, all of a tutorial.
examples() {
    case $1 in
    *ae-tutorial.7) literal "$1" ;;
    *) sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" > section
        literal section ;;
    esac
}

for page in "$AE_ROOT"/man/ae*.[1-7]; do
    name=${page##*/}
    [ "$name" != ae-model.5 ] || continue # its example is a spec
    examples "$page" > example.sh
    sh -n example.sh || { echo "$name: no shell reads its examples"; exit 1; }
    if grep -n '^\$ ' example.sh; then echo "$name: a prompt"; exit 1; fi
    # a command a line, with its options; what is quoted is another's
    sed -e :a -e '/\\$/N; s/\\\n//; ta' example.sh | sed "s/'[^']*'//g" |
        tr '|&' '\n' | sed -n 's/^ *\(ae-[a-z]* .*\)/\1/p' > commands
    while read -r command rest; do
        "$command" --help > help
        for word in $rest; do
            case $word in
            --*) grep -Eq -e "^ +(-., )?${word%%=*}([=[ ]|\$)" help ||
                { echo "$name: $command has no $word"; exit 1; } ;;
            esac
        done
    done < commands
    if [ -s example.sh ] && [ ! -s commands ]; then
        echo "$name: no command of ours among its examples"
        exit 1
    fi
done
