#!/bin/sh
# Run Snakemake with progress bars on a terminal, and end with the headline of the report.
# A lock of the operating system makes it safe to remove the lock that a killed Snakemake leaves behind.
set -eu
mkdir -p .snakemake
exec 9>.snakemake/unsculpt.lock
if ! flock -n 9; then
    echo "Another run is at work in this folder; wait for it, or stop it first." >&2
    exit 75
fi
export PYTHONWARNINGS="ignore::UserWarning:htcondor2" # without a pool the HTCondor plugin complains at each start
if [ -n "$(ls -A .snakemake/locks 2>/dev/null)" ]; then
    snakemake "$@" --unlock >/dev/null 2>&1 || true
fi
rm -f .snakemake/headline.txt
if [ -t 2 ]; then set -- --logger rich "$@"; fi
trap : INT # Snakemake ends first, and this script after it
code=0
snakemake "$@" 9>&- || code=$?
if [ -e .snakemake/htcondor/snakemake-rules.log ]; then python "$(dirname "$0")/remove_held_jobs.py"; fi
if [ "$code" = 0 ]; then cat .snakemake/headline.txt 2>/dev/null || true; fi
exit "$code"
