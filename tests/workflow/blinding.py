"""What of the data a blinded study may not hold."""

import itertools


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
