#!/bin/sh
# Completion: in bash what a Tab would offer at the end of a line, from the
# options, words, models and operands of the tables; zsh and fish are asked
# where they are installed.  Every option of every --help is there.
set -eu
. "$AE_ROOT/tests/cli/expect"

from=$BUILD/completion
[ -d "$from" ] || { echo "built for another machine"; exit 77; }
needs bash
mkdir folder
: > photo.png
: > 'two words.png'

# tab WORD... - what bash offers for the last word.
cat > tab <<'END2'
. "$BUILD/completion/ae.bash"
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_ae
printf '%s\n' "${COMPREPLY[@]}"
END2
tab() { bash tab "$@"; }
# offers WANTED WORD... - each word of WANTED is offered.
offers() {
    wanted=$1
    shift
    tab "$@" > offered
    for word in $wanted; do
        grep -Fqx -e "$word" offered ||
            { echo "no $word after $*:"; cat offered; exit 1; }
    done
}
# only WANTED WORD... - nothing else is.
only() {
    offers "$@"
    # shellcheck disable=SC2086
    set -- $1
    [ "$(grep -c . offered)" -eq $# ] || { cat offered; exit 1; }
}

only '--strength=' ae-denoise --stre
only '--salvage' ae-denoise --sal
offers 'error skip overwrite' ae-denoise --existing = ''
only skip ae-denoise --existing = s
only skip ae-denoise --existing s
only '0 1' ae-denoise --linear = ''
offers 'photo.png folder' ae-denoise --linear ''
offers 'png jpeg tiff' ae-denoise -T ''
offers 'photo digits photo-best' ae-denoise -m ''
only digits-dae ae-denoise --model = digits-d
only folder ae-denoise -d ''
offers 'photo.png' ae-denoise ph
offers 'unet pca vae conv1d digits' ae-train -m ''
only 'cosine const' ae-train --schedule = co
offers 'gauss camera' ae-train -n ''
offers 'l1 psnr bernoulli' ae-train --loss ''
only 'reconstruction' ae-score --method rec
only 'psnr' ae-compare --metric p
only 'jsonl' ae-encode --format j
offers 'lerp plot traverse sub' ae-latent ''
offers 'photo digits' ae-info ''
only '--skip=' ae sample --sk
only skip ae sample --existing = s
only 'decode denoise' ae de
only denoise ae help den
offers 'unet' ae train -m ''

# A file's name is offered as it is; a model's that a shell would run isn't
# run.
mkdir models
# shellcheck disable=SC2016
: > 'models/x$(touch run).safetensors'
AE_MODEL_PATH=models tab ae-denoise -m x > offered
grep -q 'touch' offered
[ ! -e run ]
ls > names
bash tab ae-denoise two > offered
grep -Fqx 'two words.png' offered

for command in "$BUILD"/bin/ae-*; do
    name=${command##*/}
    "$command" --help | sed -n 's/^  \(-[a-zA-Z],\|   \) \(--[a-z0-9-]*\).*/\2/p' |
        sort > options
    tab "$name" - | sed 's/=$//' | sort | diff options - ||
        { echo "$name: --help < > completion"; exit 1; }
    # words between bars in --help are offered
    "$command" --help | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z-]*\)=\([a-z0-9]*\)|\([a-z0-9]*\).*/\2 \3 \4/p' > choices
    while read -r option words; do
        offers "$words" "$name" "$option" = ''
    done < choices
done

if installed fish; then
    offered_by_fish() {
        fish --no-config -c "set -p PATH '$BUILD/bin'
            source '$from/ae.fish'; complete -C '$1'" | cut -f 1
    }
    [ "$(offered_by_fish 'ae-denoise --exi')" = --existing ]
    offered_by_fish 'ae-denoise --existing ' | grep -qx skip
    offered_by_fish 'ae-denoise -m dig' | grep -qx digits-dae
    offered_by_fish 'ae-train -m un' | grep -qx unet
    offered_by_fish 'ae-latent ' | grep -qx slerp
    offered_by_fish 'ae-denoise ph' | grep -qx photo.png
    offered_by_fish 'ae den' | grep -qx denoise
    [ "$(offered_by_fish 'ae denoise --exi')" = --existing ]
else
    echo 'left out: fish is not installed'
fi

# zsh's own part, _arguments, is shown what it would be given.
if installed zsh; then
    cat > ask.zsh <<'END2'
_arguments() { print -rl -- "$@"; }
_files() { print -r -- files "$@"; }
compadd() { print -rl -- "$@"; }
service=$1 words=("${@[2,-1]}") CURRENT=$(($# - 1))
source $BUILD/completion/ae.zsh
END2
    zsh -f ask.zsh ae-denoise ae-denoise - > offered
    grep -qx -e '--existing=\[what to do .*\]:existing:(error skip overwrite.*)' offered
    grep -Fqx -e '(-m --model)--model=[model file, or a name to look up]:model:_ae_models' offered
    grep -Fq -e "[of JPEG's chroma]" offered
    zsh -f ask.zsh ae ae denoise - > through
    cmp offered through
    zsh -f ask.zsh ae ae de | grep -qx denoise
    zsh -f ask.zsh ae-latent ae-latent '' | grep -q '^1:operation:(lerp slerp '
else
    echo 'left out: zsh is not installed'
fi
