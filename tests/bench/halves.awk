# halves.awk - labelled lines as training and test data: every second normal
# line trains, the rest and all others are scored.  want: train, test or
# labels; normal: the label of normal lines.  Lines of a BGL log lose the
# fields before the message, others the label alone.
{
    sub(/\r$/, "")
    if (normal == "-") {
        label = $1
        for (i = 0; i < 9; i++)
            sub(/^[^ ]+ +/, "")
    } else {
        if (NR == 1)
            next
        label = substr($0, 1, index($0, "\t") - 1)
        sub(/^[^\t]*\t/, "")
    }
    odd = label != normal
    train = !odd && ++count % 2 == 1
    if (want == "train" ? train : !train)
        print want == "labels" ? odd : $0
}
