"""What the variables of the Makefile ask for, and what of it is refused."""

from pathlib import Path

import pytest
import yaml

from unsculpt import config
from unsculpt.errors import InputError
from unsculpt.front.request import ask, machine_options

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.root").touch()
    return tmp_path


def asked(command="run", *words, **variables):
    return ask(command, variables, words, root=ROOT)


def content(request):
    """The configuration that a request hands to Snakemake."""
    file = Path(request.options[request.options.index("--configfile") + 1])
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_without_variables_the_default_study_runs_on_all_cores_of_this_machine(folder):
    request = asked()
    assert request.study == "tthyy"
    assert request.options[:2] == ["--configfile", str(ROOT / "config/config.yaml")]
    assert "--cores" in request.options and str(ROOT / "profiles/default") in request.options
    assert not (folder / ".snakemake").exists(), "nothing is written when nothing is changed"


def test_study_data_and_values_become_one_configuration(folder):
    request = asked(STUDY="hyy", DATA="data.root", ARGS="--config seed=2 training.epochs=3 -k")
    assert request.options.count("--configfile") == 1 and "--config" not in request.options
    assert request.options[-1] == "-k"
    found = content(request)
    original = yaml.safe_load((ROOT / "config/studies/hyy.yaml").read_text(encoding="utf-8"))
    assert found["data_files"] == ["data.root"] and found["seed"] == 2
    assert found["training"] == original.get("training", {}) | {"epochs": 3}
    assert list(found["samples"]) == list(original["samples"]), "seeds follow from the order of samples"


def test_a_configuration_written_twice_is_one_file_and_another_is_another(folder):
    files = [asked(ARGS=f"--config seed={seed}").options[1] for seed in (2, 2, 3)]
    assert files[0] == files[1] != files[2]
    assert config.load(files[0], ROOT)["seed"] == 2


def test_a_base_is_resolved_before_values_are_put_on_top(folder):
    found = content(asked(STUDY="smoke", ARGS="--config methods.ann.strengths=[2]"))
    assert found["methods"]["ann"] == {"objective": "adversarial", "strengths": [2]}
    assert set(found["methods"]) == {"nn", "ann", "nn_channels", "nn_channels_cdf"}
    assert "base" not in found


def test_a_whole_grid_of_methods_replaces_that_of_the_study(folder):
    found = content(asked(ARGS="--config 'methods={nn: {objective: none, strengths: [0]}}'"))
    assert list(found["methods"]) == ["nn"]


@pytest.mark.parametrize("command", ["tune", "export"])
def test_tune_and_export_are_targets_and_take_the_data(command, folder):
    request = asked(command, STUDY="hyy", DATA="data.root")
    assert request.options[0] == command
    assert content(request)["data_files"] == ["data.root"]


def test_options_of_snakemake_and_targets_are_handed_on_in_their_order(folder):
    words = ["-n", "--until", "merge_events", "results/tthyy/report.html", "--report", "x y.html", "--lint"]
    assert asked("run", *words).options[-len(words) :] == words
    quoted = "results/tthyy/report.html --configfile " + str(ROOT / "config/smoke.yaml") + " other"
    assert asked(ARGS=quoted).options[-2:] == ["results/tthyy/report.html", "other"]


def test_a_batch_system_gets_its_profile_and_the_site_file_on_top(folder):
    (folder / "site.yaml").touch()
    options = machine_options("slurm", "", "site.yaml", [], ROOT)
    assert options == [
        *("--workflow-profile", "none", "--profile", str(ROOT / "profiles/slurm"), "--profile", "site.yaml"),
    ]
    assert machine_options("slurm", "8", "site.yaml", [], ROOT)[-2:] == ["--cores", "8"]


def test_cores_and_profile_in_args_stand_for_those_of_make(folder):
    assert "--cores" not in machine_options("", "", "", ["-c2"], ROOT)
    assert machine_options("", "", "", ["--workflow-profile", "none", "--profile", "mine"], ROOT) == []
    assert machine_options("", "2", "", ["--workflow-profile", "none"], ROOT) == ["--cores", "2"]
    assert machine_options("", "2", "", ["-j", "4"], ROOT)[-2:] == ["--cores", "2"]


def test_another_snakefile_keeps_its_configuration_to_itself(folder):
    request = asked("run", "--snakefile", "other/Snakefile", "--config", "seconds=3", "all")
    assert request.options[:2] == ["--config", "seconds=3"] and request.study is None
    assert request.options[-3:] == ["--snakefile", "other/Snakefile", "all"]
    with pytest.raises(InputError, match="STUDY and DATA are no words of other/Snakefile"):
        asked("run", "--snakefile", "other/Snakefile", STUDY="hyy")


def test_a_command_that_does_not_exist_is_refused(folder):
    with pytest.raises(InputError, match="runn is no command; use one of run, smoke, tune, export"):
        asked("runn")


def test_the_run_takes_place_in_the_folder_of_directory(folder):
    (folder / "there").mkdir()
    (folder / "data.root").rename(folder / "there/data.root")
    request = asked("run", "--directory", "there", STUDY="hyy", DATA="data.root")
    assert request.folder == Path("there")
    assert Path(request.options[1]).is_relative_to(folder / "there/.snakemake")


def test_values_with_a_base_are_a_study_of_their_own(folder):
    found = config.load(asked(ARGS="--config base=config/smoke.yaml study=seed2 seed=2").options[1], ROOT)
    assert found == config.load(ROOT / "config/smoke.yaml", ROOT) | {"study": "seed2", "seed": 2}


REFUSED = {
    "ARGS=--config: there is no study, the name of its results": {"ARGS": "--config base=config/smoke.yaml"},
    "base=config/smoke.yaml of --config makes a study of its own": {
        "STUDY": "hyy",
        "ARGS": "--config base=config/smoke.yaml study=x",
    },
    "STUDY=tthy_full: there is no config/studies/tthy_full.yaml; did you mean tthyy_full?": {"STUDY": "tthy_full"},
    "PROFILE=lxplus: there is no profiles/lxplus; use one of default, htcondor, slurm": {"PROFILE": "lxplus"},
    "CORES=many is no number of cores": {"CORES": "many"},
    "CORES=2 and --cores in ARGS say the same thing twice": {"CORES": "2", "ARGS": "-c 3"},
    "SITE=site.yaml is read with a batch system only": {"SITE": "site.yaml"},
    "SITE=gone.yaml: there is no such file": {"SITE": "gone.yaml", "PROFILE": "slurm"},
    "STUDY=hyy and --configfile x.yaml name two studies": {"STUDY": "hyy", "ARGS": "--configfile x.yaml"},
    "--configfile names x.yaml and y.yaml; give one": {"ARGS": "--configfile x.yaml y.yaml"},
    "--configfile names no study file": {"ARGS": "--configfile -n"},
    "DATA and data_files of --config both name the data": {"DATA": "data.root", "ARGS": "--config data_files=[b.root]"},
    "ARGS: --config gives seed twice": {"ARGS": "--config seed=1 --config seed=2"},
    "ARGS: --config gives training.epochs twice": {"ARGS": "--config training.epochs=1 'training={epochs: 2}'"},
    "ARGS: --config is followed by 'seed'; give key=value": {"ARGS": "--config seed = 2"},
    "ARGS: --config is the last word": {"ARGS": "-n --config"},
    "ARGS: --config training={epochs is no list or mapping of YAML": {"ARGS": "--config training={epochs"},
    "the key 2 is no text; put it in quotes": {"ARGS": "--config 'training={2: x}'"},
    "write --config or --configfile in full": {"ARGS": "--confi seed=2"},
    "ARGS=--config 'title=a: no closing quotation": {"ARGS": "--config 'title=a"},
    "DATA='a: no closing quotation": {"DATA": "'a"},
    "training.epochs is 'many': expected integer": {"ARGS": "--config training.epochs=many"},
    "epoch is not a key of training; did you mean epochs?": {"ARGS": "--config training.epoch=3"},
    "nowhere.yaml: cannot be read": {"ARGS": "--configfile nowhere.yaml"},
    "0 samples have role data": {"ARGS": f"--configfile {ROOT / 'tests/cluster/tiny.yaml'}", "DATA": "data.root"},
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_is_not_understood_or_contradicts_itself_is_refused(sentence, folder):
    with pytest.raises(InputError) as refusal:
        asked(**REFUSED[sentence])
    assert sentence in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_folder_that_cannot_be_written_is_refused(folder):
    (folder / ".snakemake").touch()
    with pytest.raises(InputError, match="cannot be written"):
        asked(ARGS="--config seed=2")


@pytest.mark.parametrize("variables", [{"STUDY": "hyy"}, {"ARGS": "--configfile config/config.yaml"}])
def test_smoke_is_a_study_of_its_own(variables, folder):
    with pytest.raises(InputError, match="make smoke runs the study smoke, but"):
        asked("smoke", **variables)


def test_a_batch_job_cannot_work_in_a_folder_with_a_blank(folder, monkeypatch):
    (folder / "a b").mkdir()
    monkeypatch.chdir(folder / "a b")
    with pytest.raises(
        InputError, match=r"PROFILE=htcondor: batch jobs cannot work in .*a b, whose name holds a blank"
    ):
        machine_options("htcondor", "", "", [], ROOT)
    assert machine_options("default", "1", "", [], ROOT)
