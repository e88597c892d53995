#!/bin/bash
# Start a real HTCondor pool (master, collector, negotiator, schedd, one partitionable slot) on this one host.
# usage: condor-up.sh ROOT [DIR] [BIND...]
#        ROOT  a tree made by condor-root.sh
#        DIR   (default: a new temporary directory) keeps configuration, spool, logs and pids; the last line printed
#        BIND  directories that jobs must see at the same place: the work tree, the virtual environment and the
#              interpreter behind it (sys.base_prefix; outside /usr, or in /usr/local). /tmp is always shared.
# then:  CONDOR_CONFIG=DIR/condor_config snakemake --executor htcondor ...        Stop with: condor-down.sh DIR
# needs: Debian package bubblewrap; user namespaces; port CONDOR_PORT (default 19618) free.
set -euo pipefail
ROOT=$(realpath "${1:?usage: condor-up.sh ROOT [DIR] [BIND...]}")
D=$(realpath -m "${2:-$(mktemp -d -t condor.XXXXXX)}")
shift $(( $# < 2 ? $# : 2 ))
PORT=${CONDOR_PORT:-19618}
mkdir -p "$D"/local/{log,spool,execute,lock,run,cred}

# HTCondor runs no job as root, so in the box everything is user 1000 of a user namespace (outside: whoever calls this)
{ grep -v ':1000:' "$ROOT/etc/passwd"; echo "condorci:x:1000:1000:ci:$D:/bin/bash"; } > "$D/passwd"
BINDS=(--bind /tmp /tmp)
for b in "$D" "$@"; do
    b=$(realpath "$b")
    case $b in /tmp/*) ;; /usr/local|/usr/local/*) BINDS+=(--bind "$b" "$b");; /usr|/usr/*|/) echo "condor-up: cannot share $b with the box" >&2; exit 1;; *) BINDS+=(--bind "$b" "$b");; esac
done
{ echo '#!/bin/bash'
  echo '# run a command inside the pool: condor-box COMMAND...'
  printf 'exec'
  printf ' %q' bwrap --bind "$ROOT" / --dev-bind /dev /dev --proc /proc --ro-bind /sys /sys "${BINDS[@]}" \
      --ro-bind /etc/hosts /etc/hosts --ro-bind /etc/resolv.conf /etc/resolv.conf --ro-bind "$D/passwd" /etc/passwd \
      --unshare-user --uid 1000 --gid 1000 --setenv CONDOR_CONFIG "$D/condor_config" --chdir "$D" --
  echo ' "$@"'; } > "$D/condor-box"
chmod +x "$D/condor-box"

cat > "$D/condor_config" <<C
RELEASE_DIR = /usr
BIN = /usr/bin
SBIN = /usr/sbin
LIB = /usr/lib/condor
LIBEXEC = /usr/libexec/condor
ETC = /etc/condor
SHARE = /usr/share/condor
LOCAL_DIR = $D/local
LOG = \$(LOCAL_DIR)/log
SPOOL = \$(LOCAL_DIR)/spool
EXECUTE = \$(LOCAL_DIR)/execute
LOCK = \$(LOCAL_DIR)/lock
RUN = \$(LOCAL_DIR)/run
CRED_STORE_DIR = \$(LOCAL_DIR)/cred
LOCAL_CONFIG_FILE =
LOCAL_CONFIG_DIR =
REQUIRE_LOCAL_CONFIG_FILE = False
DAEMON_LIST = MASTER COLLECTOR NEGOTIATOR SCHEDD STARTD SHARED_PORT
# loopback only, everybody welcome: a configuration for tests, never a template for a site
CONDOR_HOST = 127.0.0.1
COLLECTOR_HOST = 127.0.0.1:$PORT
USE_SHARED_PORT = True
SHARED_PORT_PORT = $PORT
NETWORK_INTERFACE = 127.0.0.1
BIND_ALL_INTERFACES = False
UID_DOMAIN = ci.local
FILESYSTEM_DOMAIN = ci.local
TRUST_UID_DOMAIN = True
# authentication through the file system needs the same /tmp on both sides
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = FS
SEC_CLIENT_AUTHENTICATION_METHODS = FS
# a client of version 24.12 otherwise refuses a 23.9 schedd ("Directory name doesn't match server's network address")
SEC_FS_ENFORCE_CHANNEL_BINDING = False
ALLOW_READ = *
ALLOW_WRITE = *
ALLOW_DAEMON = *
ALLOW_ADMINISTRATOR = *
ALLOW_NEGOTIATOR = *
ALLOW_CONFIG = *
# one machine of 4 cores and 8 GB, whatever the host has
NUM_CPUS = 4
MEMORY = 8000
NUM_SLOTS = 1
NUM_SLOTS_TYPE_1 = 1
SLOT_TYPE_1 = 100%
SLOT_TYPE_1_PARTITIONABLE = True
START = True
SUSPEND = False
PREEMPT = False
KILL = False
RUNBENCHMARKS = 0
JOB_DEFAULT_REQUESTCPUS = 1
# be quick
SCHEDD_INTERVAL = 2
NEGOTIATOR_INTERVAL = 2
NEGOTIATOR_CYCLE_DELAY = 2
NEGOTIATOR_MIN_INTERVAL = 1
STARTER_UPDATE_INTERVAL = 2
STARTER_INITIAL_UPDATE_INTERVAL = 1
SHADOW_QUEUE_UPDATE_INTERVAL = 2
UPDATE_INTERVAL = 2
MASTER_UPDATE_INTERVAL = 5
POLLING_INTERVAL = 1
CLAIM_WORKLIFE = 1200
# a real memory limit without cgroups: a job above its request is held
BASE_CGROUP =
CGROUP_TRACKING = False
use POLICY : HOLD_IF_MEMORY_EXCEEDED
PROCD_MAX_SNAPSHOT_INTERVAL = 1
SYSTEM_PERIODIC_REMOVE = (JobStatus == 5) && (time() - EnteredCurrentStatus > 60)
# a lost execute node is given up after 20 s (default: 40 min)
JOB_DEFAULT_LEASE_DURATION = 20
MAX_RECONNECT_CEILING = 5
RECONNECT_BACKOFF_CEILING = 5
C
setsid "$D/condor-box" condor_master -f > "$D/master.out" 2>&1 < /dev/null &
echo $! > "$D/master.pid"
# the slot must be there, and the collector must know the schedd
up() { (for a in -startd -schedd; do "$D/condor-box" condor_status $a -af Name 2>/dev/null | grep -q . || exit 1; done); }
for _ in $(seq 300); do up && break; sleep 0.1; done
if ! up; then echo "condor-up: no slot appeared; see $D/local/log and $D/master.out" >&2; exit 1; fi
"$D/condor-box" condor_status -compact
echo "$D"
