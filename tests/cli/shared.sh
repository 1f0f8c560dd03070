#!/bin/sh
# Two processes write one file while a third reads it: there is always a whole
# file, of either.  AE_TRIALS says how often (10).
set -eu
s=$AE_ROOT/samples
noise() { ae-noise -q -n gauss --seed "$1" -T pam "$s/house.png"; }
noise 1 > one
noise 2 > two
cmp -s one two && exit 1
cp one x.pam

# reads until the file `over` is there; each time one of both, or says so
follow() {
    while [ ! -e over ]; do
        cat x.pam > seen
        cmp -s seen one || cmp -s seen two || echo "part of a file" >> odd
        echo >> reads
    done
}
follow &
reader=$!
n=0
while [ $n -lt "${AE_TRIALS:-10}" ]; do
    ae-noise -q -n gauss --seed 1 -o x.pam "$s/house.png" 2> err1 &
    pid=$!
    ae-noise -q -n gauss --seed 2 -o x.pam "$s/house.png" 2> err2
    wait $pid
    cmp -s x.pam one || cmp -s x.pam two
    n=$((n + 1))
done
: > over
wait $reader
[ ! -e odd ]
[ "$(wc -l < reads)" -gt 2 ]
[ -z "$(find . -name '.*.tmp')" ]
