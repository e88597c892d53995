"""What unsculpt changes inside uproot: dates and identifiers (equal content, equal bytes), and integers of numpy."""

import uuid
from unittest import mock

from uproot.source.fsspec import FSSpecSource

SEEN = "5.7.7"
FIXED_UUID = uuid.UUID("00000000-0000-1000-8000-000000000000")
FIXED_DATE = (2018 - 1995) << 26 | 1 << 22 | 1 << 17  # as ROOT holds 1 January 2018


def fixed_dates():
    """In this context, files are written as of one date: uproot asks the clock and has no option not to."""
    return mock.patch("uproot._util.datetime_to_code", return_value=FIXED_DATE)


class PlainSource(FSSpecSource):
    """A source of fsspec that is asked for places as Python's integers: XRootD before 5.6 takes none of numpy."""

    def chunk(self, start, stop):
        return super().chunk(int(start), int(stop))

    def chunks(self, ranges, notifications):
        return super().chunks([(int(start), int(stop)) for start, stop in ranges], notifications)
