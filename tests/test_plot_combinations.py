"""The figure and the tables of how often the true combination is found."""

from types import SimpleNamespace

import plot_combinations

from unsculpt import files


def test_figure_and_tables_have_the_numbers_of_the_file(tmp_path):
    methods = {"trees": 0.7, "chi-squared": 0.4, "chi-squared, b_tagged": 0.6}
    rows = [
        {"objects": label, "rows": n, "sum_weights": float(n)}
        | {name: {"value": value, "error": 0.01 * n} for name, value in methods.items()}
        | {"gain": {"value": 0.1, "error": 0.02, "over": "chi-squared, b_tagged"}}
        for label, n in (("3", 1), ("4 or more", 2), ("all", 3))
    ]
    files.save_json({"combination": "top", "efficiencies": rows}, tmp_path / "top.json")
    output = {"figure": [tmp_path / "figure.png", tmp_path / "figure.json"]}
    output["tables"] = [tmp_path / "table.csv", tmp_path / "table.tex"]
    given = SimpleNamespace(efficiencies=tmp_path / "top.json", style="styles/unsculpt.mplstyle")
    params = SimpleNamespace(label="Simulation", code="-")
    plot_combinations.main(SimpleNamespace(params=params, input=given, output=SimpleNamespace(**output)))
    drawn = files.load_json(tmp_path / "figure.json")
    points = [artist["y"] for artist in drawn["panels"][0]["drawn"] if "points" in artist]
    assert drawn["combination"] == "top" and points == [[value] * 3 for value in methods.values()]
    lines = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "3,1,0.7,0.01,0.4,0.01,0.6,0.01,0.1,0.02" and len(lines) == 4
    assert r"$\chi^2$" in (tmp_path / "table.tex").read_text(encoding="utf-8")
