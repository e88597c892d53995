#!/bin/bash
# Start a real SLURM cluster of two nodes (n1, n2; partition "main") on this one host, without systemd or cgroups.
# usage: slurm-up.sh [DIR]     DIR (default: a new temporary directory) keeps configuration, state, logs and pids;
#                              its name is the last line printed. Stop with: slurm-down.sh DIR
# needs: root; Debian packages slurmctld slurmd slurm-client munge (see packages.sh); `hostname -s` resolvable;
#        ports SLURM_PORT (default 16817), SLURM_PORT+1 and SLURM_PORT+2 free.
set -euo pipefail
D=$(realpath -m "${1:-$(mktemp -d -t slurm.XXXXXX)}")
PORT=${SLURM_PORT:-16817}
H=$(hostname -s)
CONF=/etc/slurm/slurm.conf     # must be the default place: SLURM_CONF does not reach the srun inside a job
if [ -e $CONF ] && [ ! -L $CONF ]; then echo "slurm-up: $CONF is a file of a real cluster: refusing to replace it" >&2; exit 1; fi
if squeue -h >/dev/null 2>&1; then echo "slurm-up: a slurmctld already answers on this host: stop it first" >&2; exit 1; fi
mkdir -p "$D"/{state,log,spool.n1,spool.n2} /etc/slurm
chmod 755 "$D"

# munge: the daemon's key comes with the package; start it only if none answers, and remember that it is ours
if ! munge -n >/dev/null 2>&1; then
    mkdir -p /run/munge && chown munge: /run/munge && chmod 755 /run/munge
    if [ ! -s /etc/munge/munge.key ]; then
        (umask 077; head -c 1024 /dev/urandom > /etc/munge/munge.key)
        chown munge: /etc/munge/munge.key
    fi
    runuser -u munge -- /usr/sbin/munged
    for _ in $(seq 50); do munge -n >/dev/null 2>&1 && break; sleep 0.1; done
    cp /run/munge/munged.pid "$D/munged.pid"
fi

MEM=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
cat > "$D/slurm.conf" <<C
ClusterName=ci
SlurmctldHost=$H(127.0.0.1)
SlurmctldPort=$PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# a lost node's jobs are requeued after the credential's life time (default: 2 minutes)
AuthInfo=cred_expire=10
MpiDefault=none
SwitchType=switch/none
StateSaveLocation=$D/state
SlurmdSpoolDir=$D/spool.%n
SlurmctldPidFile=$D/slurmctld.pid
SlurmdPidFile=$D/slurmd.%n.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd.%n.log
SlurmdParameters=config_overrides
# no cgroups anywhere; the memory limit is enforced by sampling once a second
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=1000
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=200000,batch_sched_delay=0,bf_interval=1
# finished jobs stay visible to squeue, which replaces sacct
MinJobAge=3600
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=10
BatchStartTimeout=10
MessageTimeout=10
InactiveLimit=0
KillWait=2
Waittime=0
OverTimeLimit=0
NodeName=n[1-2] NodeHostname=$H NodeAddr=127.0.0.1 Port=[$((PORT + 1))-$((PORT + 2))] CPUs=$(nproc) RealMemory=$MEM State=UNKNOWN
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
C
ln -sfn "$D/slurm.conf" $CONF
slurmctld
slurmd -N n1
slurmd -N n2
idle() { [ "$(timeout 5 sinfo -h -o %T 2>/dev/null | sort -u)" = idle ]; }
until idle || [ $SECONDS -gt 30 ]; do sleep 0.1; done
if ! idle; then echo "slurm-up: the nodes did not become idle; see $D/log" >&2; exit 1; fi
sinfo -N -l
echo "$D"
