"""The parts of the pages that a finished run writes: the numbers of it that are kept, and how another run differs.

docs/numbers/<study>.json holds what is kept of a run; `make docs` writes from it what stands between the markers of a
page. Nothing between them is typed by hand.
"""
