"""Whether the files of a sample tell one cross-section, or several that must not be mixed; stdlib only."""

from unsculpt.errors import InputError

EQUAL = 1e-6  # relative: a branch in single precision is good to 6e-8
ERRORS = 10.0  # that two estimates may be apart; the error of one is below 1/sqrt(events) (docs/ntuples.md)


def check(name, chunks):
    """Refuse a sample whose files tell different cross-sections: their events would be mixed in a wrong proportion.

    Files with the same text `generator`, as our simulation writes it, hold estimates of one cross-section, which differ
    from chunk to chunk by their statistical errors and may be averaged; all others must be equal.

    Parameters
    ----------
    name : str
        The sample, for the sentence.
    chunks : sequence of dict
        As `merging.about_chunk` gives them.

    Raises
    ------
    InputError
        With the smallest and the largest cross-section, and the files that tell them.
    """
    told = [chunk for chunk in chunks if chunk["events_read"] and chunk["cross_section_pb"] is not None]
    if not told:
        return
    low, high = (choose(told, key=lambda chunk: chunk["cross_section_pb"]) for choose in (min, max))
    generators = {chunk["generator"] for chunk in told}
    estimates = len(generators) == 1 and "" not in generators
    allowed = ERRORS / min(low["events_read"], high["events_read"]) ** 0.5 if estimates else EQUAL
    least, most = low["cross_section_pb"], high["cross_section_pb"]
    if most - least > allowed * abs(least):
        raise InputError(
            f"samples.{name}: its files have different cross-sections, from {least:.6g} pb{_file(low)} to {most:.6g} pb"
            f"{_file(high)}; make a sample of each, or set samples.{name}.cross_section_pb to that of all together"
        )


def _file(chunk):
    return f" ({chunk['file']})" if chunk.get("file") else ""
