# layers.awk LAYERS FILE... - holds every #include of lib/ and cmd/ against
# the table; prints FILE:LINE: what is wrong.
FILENAME ~ /LAYERS$/ {
    if (/^#/ || NF == 0)
        next
    if ($1 == "@") {
        for (i = 3; i <= NF; i++)
            door[$2, $i] = 1
        foreign[$2] = 1
    } else {
        from = $1
        sub(/:/, "", from)
        known[from] = 1
        may[from, from] = 1
        for (i = 2; i <= NF; i++)
            may[from, $i] = 1
    }
    next
}

function wrong(what) {
    print FILENAME ":" FNR ": " what
    bad = 1
}

FNR == 1 {
    file = FILENAME
    sub(/^.*lib\//, "", file)
    split(file, part, "/")
    folder = FILENAME ~ /(^|\/)cmd\/[^\/]*$/ ? "cmd" : part[1]
    if (!(folder in known) && file !~ /^ae(_[a-z]+)?\.h$/)
        wrong("folder " folder " is not in LAYERS")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    name = quoted[2]
    if (name ~ /^ae(_[a-z]+)?\.h$/)
        next
    # A command has one door to what commands share, and one to the parts that
    # are its own (ae-x: x.h); what they share has parts.
    if (folder == "cmd") {
        own = file
        sub(/^.*ae-/, "", own)
        sub(/\.c$/, ".h", own)
        if (name != "cmd.h" && name != own &&
            (name ~ /\// || FILENAME ~ /ae-[a-z]*\.c$/))
            wrong("a command includes \"" name "\"")
        next
    }
    depth = split(name, target, "/")
    if (depth < 2 || depth > 3)
        wrong("\"" name "\" is not folder/header or folder/part/header")
    else if (!((folder, target[1]) in may))
        wrong(folder " may not include \"" name "\"")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*$/, "", name)
    if (name in foreign && !((name, file) in door))
        wrong("<" name "> has its own door")
    if (name ~ /intrin\.h$|^arm_neon\.h$/ && file !~ /_(avx2|avx512|neon)\.[ch]$/)
        wrong("<" name "> belongs to *_avx2, *_avx512, *_neon")
}

END { exit bad }
