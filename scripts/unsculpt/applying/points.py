"""Which scores of a background hypothesis are written, and under which names."""

from dataclasses import dataclass

from unsculpt import files
from unsculpt.applying.friends import category_number, column_name


@dataclass(frozen=True)
class Found:
    """What one background hypothesis says of the selected rows.

    scores : by name of the column, float32 of shape (n,).
    categories : by name of the column, the score (n,) and the rows of the table of categories.
    about : JSON-like: the working point, what the columns are, the categories.
    """

    scores: dict
    categories: dict
    about: dict


def of_background(background, scorer, given, also):
    """The score of the working point with its categories, and those of further methods.

    Parameters
    ----------
    background : str
    scorer : scorers.Scorer
    given : dict
        Paths of the study's files: `working_point`, and `categories` or None.
    also : sequence of str
        Methods of which all strengths are written.

    Returns
    -------
    Found
    """
    point = files.load_json(given["working_point"])["working_point"]
    method, tag = point["method"], point["tag"]
    names = {column_name("score", background): (method, tag)}
    names |= {column_name(background, name, t): (name, t) for name in also for t in scorer(name)}
    names = {column: (name, t) for column, (name, t) in names.items() if t in scorer(name)}
    scores = {column: scorer(name)[t] for column, (name, t) in names.items()}
    about = {
        "working_point": {"method": method, "tag": tag},
        "columns": {column: {"method": name, "tag": t} for column, (name, t) in names.items()},
    }
    if given["categories"] is None or tag not in scorer(method):
        return Found(scores, {}, about)
    rows = files.load_json(given["categories"])["categories"]
    about["categories"] = [
        {"number": category_number(row["name"])}
        | {key: row[key] for key in ("name", "channel", "score_low", "score_high", "side") if key in row}
        for row in rows
    ]
    return Found(scores, {column_name("category", background): (scorer(method)[tag], rows)}, about)
