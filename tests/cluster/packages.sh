#!/bin/bash
# Install what the tests on real schedulers need (Debian 12), without letting apt start any service; about 30 s.
# usage: packages.sh     exits 75 with one SKIP line when the packages cannot be had, so that a caller can tell.
# needs: root; a configured apt source.
set -uo pipefail
skip() { echo "SKIP: tests on schedulers: $1"; exit 75; }
export PATH="$PATH:/usr/sbin:/sbin"
[ "$(id -u)" = 0 ] || skip "starting the clusters needs root"
have() { for c in slurmctld slurmd sbatch munged bwrap debootstrap; do command -v $c > /dev/null || return 1; done; }
have && exit 0
command -v apt-get > /dev/null || skip "no apt-get on this host"
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
timeout 120 apt-get update -qq || skip "the apt sources cannot be reached"
DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends \
    slurmctld slurmd slurm-client munge debootstrap bubblewrap || skip "apt-get install failed"
