"""Does a change keep the numbers? The smoke study as it was and as it is, on this machine, compared number by number.

`make same` compares the working tree with the last commit, `make same REF=main~3` with another. What ran before is kept
in .same/, by commit. No trained number is stored anywhere: processors round differently.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
TOLERANCE = 1e-12  # relative, and absolute for numbers near zero
MAKERS = {"provenance", "config_digest", "unsculpt"}  # what made a file may differ
SHOWN = 20  # differences a file


def run(tree, folder):
    """Run the smoke study of a checkout in a folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", tree / "Snakefile", "--directory", folder]
    options = ["--configfile", tree / "config/smoke.yaml", "--workflow-profile", tree / "profiles/default"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    cores = ["--cores", os.environ.get("CORES") or str(os.cpu_count()), "--quiet"]
    subprocess.run(list(map(str, [*command, *options, *cores])), env=environment, check=True)


def before(ref):
    """The folder in which the smoke study of a commit has run."""
    ask = ["git", "-C", ROOT, "rev-parse", "--verify", "--short=12", f"{ref}^{{commit}}"]
    commit = subprocess.run(ask, check=True, capture_output=True, encoding="utf-8").stdout.strip()
    folder = ROOT / ".same" / commit
    if not (folder / "results/smoke/report.html").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as place:
            tree = Path(place) / "tree"
            tree.mkdir()
            archive = subprocess.run(["git", "-C", ROOT, "archive", commit], check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)
            run(tree, folder)
    return folder


def different(old, new, place=""):
    """What of the old content the new one has not, in words; what is new in it is no difference.

    Examples
    --------
    >>> list(different({"a": 1.0, "b": [1, 2]}, {"a": 1.0 + 1e-15, "b": [1, 3], "c": 4}))
    ['b[1]: 2 became 3']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (key for key in old if key not in MAKERS):
            where = f"{place}.{key}".lstrip(".")
            yield from different(old[key], new[key], where) if key in new else [f"{where} is gone"]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, values in enumerate(zip(old, new, strict=True)):
            yield from different(*values, f"{place}[{i}]")
    elif not equal(old, new):
        yield f"{place}: {str(old)[:80]} became {str(new)[:80]}"


def equal(old, new):
    """Whether two values are the same; numbers to rounding."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (old, new)):
        return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(old) is type(new) and old == new


def different_tables(old, new):
    """The same for tables of events or scores: columns, and what they say of themselves."""
    ours, theirs = (pq.read_table(path) for path in (new, old))
    for name in theirs.column_names:
        if name not in ours.column_names or len(ours) != len(theirs):
            yield f"column {name}: gone, or of another length"
            continue
        was, now = (np.asarray(table[name].to_numpy(zero_copy_only=False)) for table in (theirs, ours))
        numbers = was.dtype.kind in "fiu"
        same = np.isclose(now, was, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True) if numbers else now == was
        if not np.all(same):
            yield f"column {name}: {int(np.sum(~same))} of {len(was)} rows differ, first row {int(np.argmin(same))}"
    metadata = [json.loads(table.schema.metadata[b"unsculpt"]) for table in (theirs, ours)]
    yield from different(*metadata, "metadata")


def compare(old, new):
    """Compare the results in two folders; the number of files that differ."""
    wrong = 0
    files = sorted(p for kind in ("json", "parquet") for p in (old / "results").rglob(f"*.{kind}"))
    files = [path for path in files if not {"figures", "logs", "benchmarks"} & set(path.parts)]
    for path in files:
        other = new / path.relative_to(old)
        if not other.exists():
            found = ["the file is gone"]
        elif path.suffix == ".parquet":
            found = list(different_tables(path, other))
        else:
            found = list(different(*(json.loads(p.read_text(encoding="utf-8")) for p in (path, other))))
        wrong += bool(found)
        for sentence in found[:SHOWN]:
            print(f"{path.relative_to(old)}: {sentence}")
        if len(found) > SHOWN:
            print(f"{path.relative_to(old)}: and {len(found) - SHOWN} more")
    print(f"{len(files) - wrong} of {len(files)} files have the same numbers")
    return wrong


def main(ref="HEAD"):
    old = before(ref)
    with tempfile.TemporaryDirectory() as folder:
        run(ROOT, Path(folder))
        return bool(compare(old, Path(folder)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
