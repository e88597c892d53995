"""What unsculpt silences inside fastjet: a warning of exclusive jets whatever the algorithm, which it mistakes."""

from unittest import mock

SEEN = "3.5.2.0"


def without_a_false_warning():
    """In this context, exclusive jets of kT and Cambridge/Aachen, which need no care, are made without a warning."""
    return mock.patch("fastjet._multievent._classmultievent._warn_for_exclusive")
