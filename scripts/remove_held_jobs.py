"""Remove the held HTCondor jobs of this folder: Snakemake takes them for failed, but they would stay in the queue."""

import sys
from pathlib import Path

import htcondor2


def main():
    log = Path(".snakemake/htcondor/snakemake-rules.log").resolve()
    constraint = f'JobStatus == 5 && UserLog == "{log}"'
    try:
        htcondor2.Schedd().act(htcondor2.JobAction.Remove, constraint)
    except Exception as error:  # a schedd that does not answer must not hide what the run said
        print(f"Held jobs of this run may still be in the queue ({error}); see condor_q -held", file=sys.stderr)


if __name__ == "__main__":
    main()
