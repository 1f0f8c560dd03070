#!/bin/sh
# shellcheck disable=SC2086
# GNU parallel over ssh: two hosts with one folder make parts of a batch.  The
# hosts are network namespaces of this machine with a daemon each; what they
# send to each other leaves none of them.
set -eu
. "$AE_ROOT/tests/cli/expect"
PATH=$PATH:/usr/sbin
needs parallel ssh sshd ssh-keygen ip
[ "$(id -u)" -eq 0 ] || { echo "namespaces need root"; exit 77; }

id=ae$$
daemons=
ends() {
    for pid in $daemons; do kill "$pid" 2> /dev/null || :; done
    for name in hub a b; do ip netns del $id$name 2> /dev/null || :; done
}
trap ends EXIT
trap 'exit 1' HUP INT TERM
for name in hub a b; do
    ip netns add $id$name 2> err || { echo "no namespaces: $(cat err)"; exit 77; }
done

ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N '' -f user
cat > sshd_config << END
HostKey $PWD/host
AuthorizedKeysFile $PWD/user.pub
PidFile none
StrictModes no
UsePAM no
END
cat > ssh_config << END
IdentityFile $PWD/user
UserKnownHostsFile $PWD/known
StrictHostKeyChecking accept-new
LogLevel ERROR
END

# serve NAME NET - a host 10.99.NET.2 that the hub reaches.  What sshd wants in
# /run is made in the namespace alone.
serve() {
    ip -n ${id}hub link add name to$1 type veth peer name eth0 netns $id$1
    ip -n ${id}hub addr add 10.99.$2.1/24 dev to$1
    ip -n ${id}hub link set to$1 up
    ip -n $id$1 addr add 10.99.$2.2/24 dev eth0
    ip -n $id$1 link set eth0 up
    # shellcheck disable=SC2016
    ip netns exec $id$1 sh -c 'mount -t tmpfs none /run && mkdir /run/sshd &&
        exec "$(command -v sshd)" -D -e -f "$1"' sh "$PWD/sshd_config" \
        2> $1.err &
    daemons="$daemons $!"
    until ip netns exec ${id}hub ssh -F ssh_config 10.99.$2.2 true 2> ssh.err; do
        kill -0 $! 2> /dev/null || { cat $1.err; exit 1; }
        sleep 0.2
    done
}
serve a 1
serve b 2

newmodel unet:c=4,b=1 net.safetensors
mkdir photos
for k in 1 2 3 4 5 6; do cp "$AE_ROOT/samples/digits/$k-1.png" photos; done
clean="$BUILD/bin/ae-denoise -q -m net.safetensors -r photos"
$clean -d whole
ip netns exec ${id}hub parallel --ssh "ssh -F $PWD/ssh_config" --wd "$PWD" \
    -S 1/10.99.1.2,1/10.99.2.2 --joblog log \
    "$clean -d clean --existing=skip --shard {}/4" ::: 1 2 3 4
diff -r whole clean
# both did their parts
[ "$(awk 'NR > 1 { print $2 }' log | sort -u | wc -l)" -eq 2 ]
