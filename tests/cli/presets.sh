#!/bin/sh
# ae-model(5) has an entry for each preset, with the variables and defaults of
# its spec, and explains each of them; ae-train(1) names them all.
set -eu

page=$AE_ROOT/man/ae-model.5
sed -n '/^\.Ss Presets/,/^\.Ss Layers/p' "$page" > section
sed -n '1,/^The variables are/s/^\.It Cm //p' section | sort > on-page
for spec in "$AE_ROOT"/models/*.ae; do
    name=${spec##*/}
    echo "${name%.ae}"
done | sort > presets
diff on-page presets || { echo 'ae-model(5) < > presets'; exit 1; }

# variables SPEC - its own ones, on one line; the rest follow the data.
variables() {
    sed -n 's/^var *//p' "$1" | tr '\n' ' ' |
        sed 's/rows=[0-9]* //; s/cols=[0-9]* //; s/ch=[0-9]* //; s/  *$//'
}
while read -r name; do
    variables "$AE_ROOT/models/$name.ae" > want
    awk -v name="$name" '$0 == ".It Cm " name { on = 1; next }
        /^\.(It|El)/ { on = 0 }
        /^\.br/ { code = on; next }
        !on { code = 0 }
        code { printf "%s%s", n++ ? " " : "", $0 }' section > got
    echo >> got
    echo >> want
    diff want got || { echo "$name: spec < > ae-model(5)"; exit 1; }
    tr ' ' '\n' < want | sed 's/=.*//' >> used
    sed -n '/^What to train:/,/^weights/p' "$AE_ROOT/man/ae-train.1" |
        grep -Eq "(Cm|,) $name( |\$)" || { echo "ae-train(1): no $name"; exit 1; }
done < presets
sed -n '/^The variables are/,$s/^\.It Cm //p' section | sort > explained
sort -u used | sed '/^$/d' | diff explained - ||
    { echo 'explained < > used'; exit 1; }
