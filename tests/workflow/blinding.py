"""What of the data a blinded study may not hold."""

import hashlib
import itertools
import re

import awkward as ak
import numpy as np


def data_in_the_window(content):
    """Data events between 120 and 130 GeV in all spectra and points of a JSON file."""
    if isinstance(content, list):
        return sum(map(data_in_the_window, content))
    if not isinstance(content, dict):
        return 0
    found = sum(map(data_in_the_window, content.values()))
    if "edges_gev" in content and isinstance(content.get("data"), dict):
        edges, counts = content["edges_gev"], content["data"]["sumw"]
        middles = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
        found += sum(n or 0 for m, n in zip(middles, counts, strict=True) if 120 < m < 130)
    if content.get("window_events") is not None:
        found += content["window_events"]
    return found


def regions(branches):
    """Of each event whether its leading two photons are tight and isolated, and the mass of the two, by numpy alone."""
    fields = ("pt", "eta", "phi", "quality", "calo_iso", "track_iso")
    photons = ak.zip({name: branches[f"ph_{name}"] for name in fields})
    eta = abs(photons.eta)
    photons = photons[(photons.pt > 25) & (eta < 2.37) & ~((eta >= 1.37) & (eta <= 1.52))]
    photons = photons[ak.argsort(photons.pt, ascending=False)]
    pair = ak.num(photons) >= 2
    two = photons[pair][:, :2]
    good = ak.to_numpy(ak.all((two.quality >= 2) & (two.calo_iso < 0.065) & (two.track_iso < 0.065), axis=1))
    pt, eta, phi = (ak.to_numpy(two[name]).astype(float).T for name in ("pt", "eta", "phi"))
    mass = np.zeros(len(pair))
    mass[pair] = np.sqrt(2 * pt[0] * pt[1] * (np.cosh(eta[0] - eta[1]) - np.cos(phi[0] - phi[1])))
    tight = np.zeros(len(pair), bool)
    tight[pair] = good
    return tight, mass


def contents(results):
    """The digest of each file that a run made, by its path; without what differs from one run to the next in any study.

    That is: time and memory of jobs (`benchmarks/`), of which only the names are looked at; the clock at the beginning
    of lines of logs, and how long a training is to take; and in the report the table of how long each rule took.
    Nothing else may differ.
    """
    found = {}
    for path in sorted(filter(lambda path: path.is_file(), results.rglob("*"))):
        name, content = str(path.relative_to(results)), path.read_bytes()
        if name.startswith("benchmarks/"):
            content = b""
        elif name.startswith("logs/"):
            content = re.sub(rb", \d+ s left$", b"", content, flags=re.MULTILINE)  # of a training
            content = re.sub(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", b"", content, flags=re.MULTILINE)
        elif name == "report.html":
            content, tables = re.subn(rb'<details id="timings">.*?</details>', b"", content, flags=re.DOTALL)
            assert tables == 1
        found[name] = hashlib.sha256(content).hexdigest()
    return found
