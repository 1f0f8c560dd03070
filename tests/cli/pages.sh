#!/bin/sh
# Pages that have an option in common describe it in the same words, after
# which each may say more; ae(1) lists every command and page, README.md every
# command; every noise and metric is described; the sections that a page has.
set -eu

cd "$AE_ROOT/man"

# described OPTION PAGE - the lines that describe it there.
described() {
    awk -v option="$1" '
        /^\.It Fl/ { in_it = $0 ~ " -?" option "( |$)"; depth = 0; next }
        in_it && /^\.Bl/ { depth++ }
        in_it && /^\.(El|It|Sh|Ss)/ && !depth { in_it = 0 }
        in_it && /^\.El/ { depth-- }
        in_it { print }' "$2"
}

# The shortest description of the option begins all others.
for option in quiet verbose progress help version threads force subsampling \
    existing flat recursive fail-fast only label-column files-from null \
    include exclude depth shard name print in-place preserve; do
    count=0
    least=
    for page in ae-*.1; do
        described $option "$page" > "$TMPDIR/$page"
        [ -s "$TMPDIR/$page" ] || continue
        count=$((count + 1))
        if [ -z "$least" ] ||
            [ "$(wc -l < "$TMPDIR/$page")" -lt "$(wc -l < "$TMPDIR/$least")" ]
        then
            least=$page
        fi
    done
    [ $count -ge 2 ] || { echo "--$option: $count pages have it"; exit 1; }
    for page in ae-*.1; do
        [ -s "$TMPDIR/$page" ] || continue
        head -n "$(wc -l < "$TMPDIR/$least")" "$TMPDIR/$page" > "$TMPDIR/begin"
        diff "$TMPDIR/$least" "$TMPDIR/begin" ||
            { echo "--$option: $least < > $page"; exit 1; }
    done
done

for page in ae-*.[1-7]; do
    name=${page%.*}
    section=${page##*.}
    grep -q "^\.Xr $name $section" ae.1 || { echo "ae(1): no $page"; exit 1; }
done
for command in "$BUILD"/bin/ae-*; do
    grep -q "^\.It Xr ${command##*/} 1" ae.1 ||
        { echo "ae(1): no ${command##*/}"; exit 1; }
    grep -q "^| .${command##*/}. |" ../README.md ||
        { echo "README.md: no ${command##*/}"; exit 1; }
done

# has SECTION... - $page has them.
has() {
    for section in "$@"; do
        grep -q "^\.Sh $section\$" "$page" ||
            { echo "$page: no $section"; exit 1; }
    done
}
for page in *.[1357]; do
    case $page in
    *.1) has OPTIONS EXAMPLES "EXIT STATUS" "SEE ALSO" ;;
    ae-tutorial.7) has "SEE ALSO" ;; # examples are all there is
    *) has EXAMPLES "SEE ALSO" ;;
    esac
done

# Noises and metrics of the tables have their entries.
for noise in $(ae-noise --help | sed '1,/^Noises/d' | sed -n 's/^\([a-z]*\) .*/\1/p'); do
    grep -q "^\.It Sy $noise\$" ae-noise.7 ||
        { echo "ae-noise(7): no $noise"; exit 1; }
done
for metric in $(ae-compare --help | sed '1,/^Metrics/d' | sed 's/ .*//'); do
    grep -Eq "^\.It (.* )?$metric( |\$)" ae-compare.1 ||
        { echo "ae-compare(1): no $metric"; exit 1; }
done
