#!/bin/bash
# Stop the cluster that slurm-up.sh started with directory DIR: its jobs, and its daemons by their pids.
# usage: slurm-down.sh DIR     leaves DIR (logs!) in place; removes /etc/slurm/slurm.conf if that is the link into DIR.
set -uo pipefail
D=$(realpath "${1:?usage: slurm-down.sh DIR}")
if [ "$(readlink /etc/slurm/slurm.conf)" = "$D/slurm.conf" ]; then
    timeout 10 scancel --state=RUNNING,PENDING,SUSPENDED --user=root 2>/dev/null
    for _ in $(seq 50); do [ -z "$(timeout 5 squeue -h -t running,completing 2>/dev/null)" ] && break; sleep 0.1; done
fi
stop() {   # stop FILE NAME: end the process whose pid FILE holds, if it still is a NAME
    local pid; pid=$(cat "$1" 2>/dev/null) || return 0
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]; then
        kill "$pid"
        for _ in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
        if [ -d "/proc/$pid" ]; then echo "slurm-down: $2 ($pid) does not stop; killing it" >&2; kill -9 "$pid"; fi
    fi
    rm -f "$1"
}
stop "$D/slurmd.n1.pid" slurmd
stop "$D/slurmd.n2.pid" slurmd
stop "$D/slurmctld.pid" slurmctld
stop "$D/munged.pid" munged
if [ "$(readlink /etc/slurm/slurm.conf)" = "$D/slurm.conf" ]; then rm -f /etc/slurm/slurm.conf; fi
exit 0
