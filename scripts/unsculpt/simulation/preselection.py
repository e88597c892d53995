"""Pairs of objects that pass the preselection of a process."""

import numpy as np

from unsculpt.simulation.kinematics import distinct_pairs, mass


def passed(a, b, preselection):
    """Mask of the pairs whose mass and transverse momenta are those of a `processes.Preselection`."""
    m = mass(a, b)
    low, high = preselection.mass_range_gev
    leading, subleading = np.maximum(a["pt"], b["pt"]), np.minimum(a["pt"], b["pt"])
    good = (m > low) & (m < high)
    good &= (leading > preselection.leading_pt_over_mass * m) & (subleading > preselection.subleading_pt_over_mass * m)
    return good & (leading > preselection.leading_pt_gev) & (subleading > preselection.subleading_pt_gev)


def in_event_with_pair(table, events, preselection):
    """Mask of the objects of the events in which two of them pass."""
    i, j = distinct_pairs(table["event"], events)
    good = passed(table[i], table[j], preselection)
    paired = np.zeros(events, bool)
    paired[table["event"][i[good]]] = True
    return paired[table["event"]]
