#!/bin/bash
# Install what the tests on real schedulers need (Debian 12), without letting apt start any service; about 30 s.
# One call installs at a time, the others wait for it, and for whatever else holds a lock of apt (WAIT seconds, default 240).
# usage: packages.sh     exits 75 with one SKIP line, the reason, when the packages cannot be had: a caller can tell.
# needs: root; a configured apt source.
set -uo pipefail
skip() { echo "SKIP: tests on schedulers: $1"; exit 75; }
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C DEBIAN_FRONTEND=noninteractive
WAIT=${WAIT:-240}
[ "$(id -u)" = 0 ] || skip "starting the clusters needs root"
have() { for c in slurmctld slurmd sbatch munged bwrap debootstrap; do command -v $c > /dev/null || return 1; done; }
have && exit 0
command -v apt-get > /dev/null || skip "no apt-get on this host"
exec 9> "${TMPDIR:-/tmp}/unsculpt-packages.lock"
flock -w "$WAIT" 9 || skip "another packages.sh is still installing after $WAIT s"
have && exit 0
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt() {  # apt SECONDS WORD...: apt-get, again while another one holds a lock; a failure ends in the sentence that apt says
    local limit=$1 said code; shift
    while said=$(timeout "$limit" apt-get -qq "$@" 2>&1 9>&-); code=$?; [ $code != 0 ]; do
        [[ $said == *"Could not get lock"* && $SECONDS -lt $WAIT ]] || break
        sleep 1
    done
    [ $code = 124 ] && skip "apt-get $1 took more than $limit s"
    [ $code = 0 ] || skip "apt-get $1: $(grep -m 1 ^E: <<< "$said" || tail -n 1 <<< "$said")"
}
apt 120 update -o APT::Update::Error-Mode=any
apt 300 install -y --no-install-recommends slurmctld slurmd slurm-client munge debootstrap bubblewrap
