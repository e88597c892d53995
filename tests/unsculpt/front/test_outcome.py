"""How a run ended, in sentences."""

from unsculpt.front import outcome


def test_the_last_error_of_the_log_is_the_reason(tmp_path):
    log = tmp_path / "job.log"
    log.write_text(
        "2026-01-01 10:00:00,123 WARNING careful\n2026-01-01 10:00:01,123 ERROR a.root: no tree mini\n  more\n",
        encoding="utf-8",
    )
    assert outcome.reason([tmp_path / "absent.log", log]) == "a.root: no tree mini"


def test_without_an_error_the_last_line_is_the_reason_and_without_a_line_there_is_none(tmp_path):
    log, empty = tmp_path / "job.log", tmp_path / "empty.log"
    log.write_text("one\nSegmentation fault\n\n", encoding="utf-8")
    empty.touch()
    assert outcome.reason([log]) == "Segmentation fault"
    assert outcome.reason([empty, tmp_path / "absent.log"]) == "ended without a word"


def test_a_killed_job_is_said_to_be_out_of_memory_and_its_log_is_named_if_something_stands_in_it(tmp_path):
    log, empty = tmp_path / "job.log", tmp_path / "empty.log"
    log.write_text("2026-01-01 10:00:01,123 ERROR an earlier one\n", encoding="utf-8")
    empty.touch()
    sentence = outcome.reason([log], killed=9)
    assert sentence.startswith("was killed (signal 9): probably out of memory")
    assert outcome.failure("train_models (part=0)", sentence, [log, empty]).splitlines()[1:] == [f"      log: {log}"]
    assert "signal 11 (Segmentation fault)" in outcome.reason([], killed=11)


def test_an_outcome_is_taken_once_and_by_default_nothing_is_known(tmp_path):
    path = tmp_path / "outcome.json"
    outcome.save(path, {"complete": True, "failures": ["  x: y"]})
    assert outcome.take(path) == {"complete": True, "failures": ["  x: y"]}
    assert outcome.take(path) == {"complete": False, "failures": []}


def test_many_failed_jobs_are_counted_and_the_first_ones_told():
    lines = outcome.last_words([f"  job {i}: failed" for i in range(25)]).splitlines()
    assert lines[0] == "25 jobs failed:" and len(lines) == 13
    assert lines[11] == "  and 15 more; Snakemake's log in .snakemake/log has them all"
    assert outcome.last_words(["  job: failed"]).startswith("One job failed:\n  job: failed\n")
