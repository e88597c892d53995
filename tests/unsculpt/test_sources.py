"""The files of a study are found before anything runs, and none of them is read twice."""

import pytest

from unsculpt import sources
from unsculpt.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("a.root", "b.root", "sub/c.root", "sub/folder.root/d.root", "home/e.root"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def sample(*files, role="signal", region="ti"):
    return {"role": role, "region": region, "files": list(files)}


def find(*files, **settings):
    samples = {"tth": sample(*files, **settings)}
    sources.find(samples, "study x")
    return samples["tth"]["files"]


def test_names_and_patterns_give_files_in_their_order(folder):
    assert find("b.root", "a*.root") == ["b.root", "a.root"]
    assert find("*.root") == ["a.root", "b.root"]
    assert find(str(folder / "[ab].root")) == [str(folder / "a.root"), str(folder / "b.root")]
    assert find("./a.root", ".//sub/../b.root") == ["a.root", "sub/../b.root"]
    assert find("~/e.root", "~/../a.root") == [f"{folder}/home/e.root", f"{folder}/home/../a.root"]


def test_a_pattern_passes_folders_by(folder):
    assert find("sub/*") == ["sub/c.root"]
    assert find("**/*.root") == ["a.root", "b.root", "home/e.root", "sub/c.root", "sub/folder.root/d.root"]


def test_an_address_stays_as_it_is(folder):
    urls = ["https://example.org/{x}/[1].root", "root://eos//store/a.root"]
    assert find(*urls) == urls


NAMES = ["x[1].root", "star*.root", "q?.root", "~", "~/e.root", "with space.root", "$HOME.root", "a:b.root", "a{.root"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_that_very_name_comes_before_the_pattern(folder, name):
    for other in ("x1.root", "star1.root", "q1.root"):
        (folder / other).touch()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).touch()
    assert find(name) == [name]
    assert find(*find(name)) == [name]


MISTAKES = {
    "nothing": (["nowhere.root"], "samples.tth.files: no file nowhere.root; correct the path"),
    "a folder": (["sub/"], "samples.tth.files: sub is a folder; list its files, for example sub/*.root"),
    "a folder at home": (["~"], "home is a folder; list its files, for example "),
    "an unknown home": (["~nobody-here/a.root"], "no file ~nobody-here/a.root"),
    "folders alone": (["sub/fold*"], "no file sub/fold*"),
    "the same name": (
        ["a.root", "b.root", "a.root"],
        "a.root (listed as a.root) is the same file as a.root (listed as a",
    ),
    "two patterns": (
        ["a.root", "a*.root"],
        "a.root (listed as a*.root) is the same file as a.root (listed as a.root), and ",
    ),
    "another way to it": (["a.root", "sub/../a.root"], "sub/../a.root) is the same file as a.root"),
    "a link": (
        ["link.root", "a.root"],
        "a.root (listed as a.root) is the same file as link.root (listed as link.root)",
    ),
    "a broken link": (["broken*"], "broken.root is a link to a file that is not there; mend or remove it"),
    "an address twice": (
        ["http://x/a.root", "http://x/a.root"],
        "http://x/a.root (listed as http://x/a.root) is the sa",
    ),
    "a wildcard": (
        ["wild{sample}.root"],
        "wild{sample}.root has {sample} in its name, which Snakemake takes for a wild",
    ),
    "a wildcard in a pattern": (["wild*"], "wild{sample}.root has {sample} in its name"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_place(folder, mistake):
    (folder / "link.root").symlink_to("a.root")
    (folder / "broken.root").symlink_to("gone.root")
    (folder / "wild{sample}.root").touch()
    files, sentence = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        find(*files)
    assert str(error.value).startswith("study x: samples.tth.files: ") and sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_that_no_file_can_have_is_one_sentence(folder):
    with pytest.raises(
        InputError, match=r"samples.tth.files: (no file x+.root|x+.root cannot be looked up \(.*\)); correct"
    ):
        find("x" * 5000 + ".root")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"role": "data"}, {"role": "background"}),
        ({"role": "data", "region": "any"}, {"role": "background", "region": "ntni"}),
        ({"role": "signal"}, {"role": "signal"}),
        ({"role": "signal", "region": "ntni"}, {"role": "background", "region": "ntni"}),
    ],
)
def test_two_samples_of_one_table_share_no_events(folder, one, other):
    samples = {"first": sample("a.root", **one), "second": sample("b.root", "sub/../a.root", **other)}
    with pytest.raises(
        InputError, match=r"samples.first \(region .*\) and samples.second \(region .*\) both read a.root"
    ):
        sources.find(samples, "study x")


def test_control_data_and_search_data_come_from_one_file(folder):
    samples = {"data": sample("a.root", role="data"), "ntni": sample("a.root", role="background", region="ntni")}
    sources.find(samples, "study x")
    assert samples["data"]["files"] == samples["ntni"]["files"] == ["a.root"]


def test_two_hypotheses_of_the_background_may_be_the_same_events(folder):
    samples = {"one": sample("a.root", role="background"), "other": sample("a.root", role="background")}
    sources.find(samples, "study x", [["one"], ["other"]])
    assert samples["other"]["files"] == ["a.root"]


def test_two_samples_of_one_mixture_share_no_events(folder):
    def samples(region):
        return {
            "one": sample("a.root", role="background"),
            "other": sample("a.root", role="background", region=region),
        }

    sources.find(samples("ntni"), "study x", [["one"], ["other", "one"]])
    with pytest.raises(
        InputError, match=r"samples.one \(region ti\) and samples.other \(region any\) both read a.root"
    ):
        sources.find(samples("any"), "study x", [["one"], ["other", "one"]])


def test_a_source_replaces_that_of_the_base_and_what_was_said_of_it():
    of_files = {"sum_weights": 9, "format": "own", "measured": True}

    def base():
        return {
            "data_files": ["old.root"],
            "samples": {
                "tth": {"role": "signal", "simulate": {"process": "tth"}, "cross_section_pb": 0.5},
                "yy": {"role": "background", "files": ["y.root"], **of_files},
                "data": {"role": "data", "files": ["old.root"]},
            },
        }

    def left(change):
        parent = base()
        sources.drop_replaced(parent, {"samples": change})
        return parent

    kept = left({"tth": {"files": ["x.root"]}})
    assert kept["samples"]["tth"] == {"role": "signal", "cross_section_pb": 0.5} and kept["data_files"] == ["old.root"]
    assert left({"yy": {"simulate": {"process": "yy"}}})["samples"]["yy"] == {"role": "background"}
    assert left({"yy": {"files": ["z.root"]}})["samples"]["yy"] == {"role": "background", "files": ["y.root"]}
    assert "data_files" not in left({"data": {"files": ["new.root"]}})
    for nothing in ({"tth": {"latex": "t"}}, {"tth": None}, {"new": {"files": ["x"]}}, None):
        assert left(nothing) == base()


def test_the_content_of_a_file_tells_it_from_another_of_the_same_age_and_size(folder):
    """Whether the change is at its beginning or at its end; a copy has the same content."""
    path, copy = folder / "a.root", folder / "b.root"
    path.write_bytes(bytes(300_000))
    copy.write_bytes(bytes(300_000))
    before = sources.content(str(path))
    assert len(before) == 12 and sources.content(str(copy)) == before
    for place in (0, 299_999):
        changed = bytearray(300_000)
        changed[place] = 1
        path.write_bytes(bytes(changed))
        assert sources.content(str(path)) != before
    assert sources.content(str(folder / "nowhere.root")) == ""
