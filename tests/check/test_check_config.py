"""Every kind of finding, and that a sound config has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nni_hpo_ext import registry
from nni_hpo_ext.check import _algorithm as algorithm_module
from nni_hpo_ext.check import check_config, summarise
from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.check._space import check_space
from nni_hpo_ext.testing import MALFORMED_SPACES


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the subprocess where the algorithm is not what is tested."""
    done = Probe("done", "", 0.1)
    monkeypatch.setattr(algorithm_module, "try_out", lambda *args: done)


def only(path: Path) -> str:
    findings = check_config(path)
    assert len(findings) == 1, [str(f) for f in findings]
    return str(findings[0])


@pytest.mark.usefixtures("no_probe")
def test_a_sound_config(write: Any) -> None:
    path = write(maxExperimentDuration="2h", assessor={"name": "Medianstop"})
    assert check_config(path) == []
    assert summarise(path) == [
        "  search space: 1 parameter, infinitely many configurations",
        "  tuner: Random",
        "  assessor: Medianstop",
        "  budget: 4 trials, 1 at once, 2h in all",
    ]


@pytest.mark.usefixtures("no_probe")
@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"maxTrialNumbr": 3}, "maxTrialNumbr", "did you mean maxTrialNumber?"),
        ({"nonsense_key": 3}, "nonsense_key", "NNI knows no such key"),
        ({"trialConcurrency": None}, "trialConcurrency", "missing"),
        ({"trialConcurrency": 0}, "trialConcurrency", "no positive whole number"),
        ({"maxTrialNumber": "many"}, "maxTrialNumber", "no positive whole number"),
        ({"maxExperimentDuration": "1h30"}, "maxExperimentDuration", "no duration"),
        ({"maxTrialDuration": "0s"}, "maxTrialDuration", "no duration"),
        ({"trialCommand": None}, "trialCommand", "missing"),
        ({"trainingService": None}, "trainingService", "missing"),
        ({"trainingService": {"platform": "loca"}}, "trainingService.platform", "mean local?"),
        (
            {"trainingService": {"platform": "local", "useActivGpu": True}},
            "trainingService.useActivGpu",
            "did you mean useActiveGpu?",
        ),
        ({"useAnnotation": True, "searchSpace": None}, "useAnnotation", "no annotations"),
        ({"trainingServicePlatform": "local"}, "trainingServicePlatform", "old (v1)"),
        ({"trialGpuNumber": 1000}, "trialGpuNumber", "trials would wait without end"),
        ({"tuner": None}, "tuner", "missing"),
        ({"tuner": "Random"}, "tuner", "holds no keys"),
        ({"tuner": {}}, "tuner.name", "missing"),
        ({"tuner": {"name": "Randm"}}, "tuner.name", "did you mean Random?"),
        ({"tuner": {"name": "qqq"}}, "tuner.name", "nnictl algo register"),
        ({"tuner": {"name": "Dragonfly"}}, "tuner.name", "run `nni-hpo register`"),
        ({"tuner": {"name": "SMAC"}}, "tuner.name", "broken by today's libraries"),
        ({"tuner": {"name": "gp"}}, "tuner.name", "broken by today's libraries"),
        ({"tuner": {"name": "Medianstop"}}, "tuner.name", "write it under assessor"),
        ({"tuner": {"name": "TPE", "classArg": {}}}, "tuner.classArg", "mean classArgs?"),
        ({"tuner": {"name": "TPE", "classArgs": [1]}}, "tuner.classArgs", "holds no keys"),
        ({"tuner": {"name": "TPE", "className": "a.B"}}, "tuner.name", "beside className"),
        ({"tuner": {"name": "TPE", "codeDirectory": "."}}, "tuner.codeDirectory", "remove it"),
        ({"tuner": {"className": "mine.Mine"}}, "tuner.codeDirectory", "write codeDirectory: ."),
        (
            {"tuner": {"className": "mine.Mine", "codeDirectory": "no"}},
            "tuner.codeDirectory",
            "'no' is no directory",
        ),
        (
            {"tuner": {"className": "Mine", "codeDirectory": "."}},
            "tuner.className",
            "names no module",
        ),
        (
            {"tuner": {"name": "TPE", "classArgs": {"objectives": {"size": None}}}},
            "tuner.classArgs.objectives.size",
            "no direction; write maximize or minimize",
        ),
        ({"assessor": {"name": "Medianstp"}}, "assessor.name", "did you mean Medianstop?"),
        ({"trialCodeDirectory": "gone"}, "trialCodeDirectory", "'gone' is no directory"),
        ({"searchSpace": None}, "searchSpace", "missing"),
        ({"searchSpace": None, "searchSpaceFile": "no.json"}, "searchSpaceFile", "not there"),
    ],
)
def test_findings(write: Any, changes: dict[str, Any], where: str, said: str) -> None:
    line = only(write(**changes))
    assert line.startswith(f"{write()}: {where}: ")
    assert said in line
    assert "\n" not in line


@pytest.mark.usefixtures("no_probe")
@pytest.mark.parametrize(
    ("entry", "where", "said"),
    [
        ({"_type": "loguniform", "_value": [0, 1]}, "x._value", "above 0"),
        ({"_type": "uniform", "_value": [1, 0]}, "x._value", "swap them"),
        ({"_type": "randint", "_value": [2, 2]}, "x._value", "is empty"),
        ({"_type": "unifrm", "_value": [0, 1]}, "x._type", "unknown type"),
        ({"_type": "choice", "_value": []}, "x._value", "empty choice"),
    ],
)
def test_the_search_spaces_findings_name_the_key(
    write: Any, entry: dict[str, Any], where: str, said: str
) -> None:
    line = only(write(searchSpace={"x": entry}))
    assert f"config.yml: searchSpace.{where}: " in line
    assert said in line


@pytest.mark.parametrize("name", MALFORMED_SPACES)
def test_a_malformed_space_is_refused_with_the_key(tmp_path: Path, name: str) -> None:
    spec, where = MALFORMED_SPACES[name]
    (tmp_path / "space.json").write_text(json.dumps(spec))
    (finding,) = check_space({"searchSpaceFile": "space.json"}, tmp_path / "config.yml")
    assert finding.file == tmp_path / "space.json"
    assert finding.finding.where == where


@pytest.mark.usefixtures("no_probe")
def test_a_search_space_file_is_named_itself(write: Any, tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text('{"x": {"_type": "uniform", "_value": [1, 0]}}')
    line = only(write(searchSpace=None, searchSpaceFile="space.json"))
    assert line.startswith(f"{tmp_path / 'space.json'}: x._value: ")


@pytest.mark.usefixtures("no_probe")
def test_search_space_given_twice(write: Any, tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text('{"x": {"_type": "uniform", "_value": [0, 1]}}')
    assert "remove one of the two" in only(write(searchSpaceFile="space.json"))


@pytest.mark.usefixtures("no_probe")
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("s.json", '{"x":\n {"_type": "uniform" "_value": [0, 1]}}', "line 2, column 22"),
        ("s.yml", "x:\n  _type: [uniform\n", "line 3, column 1"),
    ],
)
def test_syntax_errors_have_a_line(
    write: Any, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    assert f"{name}: {said}: syntax error" in only(write(searchSpace=None, searchSpaceFile=name))


def test_json_that_only_yaml_reads_is_fine_with_nni_and_with_us(write: Any, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"x": {"_type": "uniform", "_value": [0, 1,]}}')
    assert check_config(write(searchSpace=None, searchSpaceFile="s.json")) == []


@pytest.mark.usefixtures("no_probe")
@pytest.mark.parametrize(
    ("number", "remedy"),
    [("1e-5", "write 1.0e-5"), ("1e2", "write 100.0"), ("2.5E3", "write 2500.0")],
)
def test_yaml_takes_1e_5_for_text(write: Any, tmp_path: Path, number: str, remedy: str) -> None:
    (tmp_path / "s.yml").write_text(f"x: {{_type: loguniform, _value: [{number}, 1000]}}\n")
    line = only(write(searchSpace=None, searchSpaceFile="s.yml"))
    assert f"x._value: YAML reads {number} as text; {remedy}" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [1\n", "line 2, column 1"), ("- 1\n", "holds list"), ("", "holds NoneType")],
)
def test_configs_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.yml"
    path.write_text(text)
    assert said in only(path)


def test_a_config_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in only(path)


@pytest.mark.usefixtures("no_probe")
def test_all_findings_come_at_once(write: Any) -> None:
    path = write(maxTrialNumbr=1, tuner={"name": "SMAC"}, trialCommand="exec python3 no.py")
    assert [f.finding.where for f in check_config(path)] == [
        "maxTrialNumbr",
        "trialCommand",
        "tuner.name",
    ]


@pytest.mark.usefixtures("no_probe")
def test_nni_has_the_last_word(write: Any) -> None:
    service = {"platform": "local", "maxTrialNumberPerGpu": 2}
    line = only(write(trainingService=service))
    assert "NNI refuses it" in line
    assert "max_trial_number_per_gpu" in line
    assert check_config(write()) == []  # NNI's own state is not left spoilt


@pytest.mark.parametrize(
    ("tuner", "where", "said"),
    [
        ({"className": "gone.Mine"}, "tuner.className", "No module named 'gone'"),
        ({"className": "mine.Gone"}, "tuner.className", "no attribute 'Gone'"),
        ({"className": "broken.Mine"}, "tuner.className", "No module named 'no_such_library'"),
        ({"className": "mine.Mine", "classArgs": {"sise": 1}}, "tuner.classArgs", "'sise'"),
        ({"className": "mine.Mine", "classArgs": {"size": 10}}, "tuner.classArgs", "below 10"),
        ({"className": "mine.Dies"}, "tuner.classArgs", "exit code 3"),
    ],
)
def test_the_class_is_tried_out(write: Any, tuner: dict[str, Any], where: str, said: str) -> None:
    line = only(write(tuner={"codeDirectory": ".", **tuner}))
    assert f"config.yml: {where}: " in line
    assert said in line


def test_a_class_of_the_users_own_is_fine(write: Any) -> None:
    tuner = {"className": "mine.Mine", "codeDirectory": ".", "classArgs": {"size": 2}}
    assert check_config(write(tuner=tuner)) == []


def test_a_name_that_nni_takes_for_its_own(write: Any) -> None:
    registry.register()
    line = only(write(assessor={"name": "MedianStop"}))
    assert "NNI ignores case and takes its own MedianstopAssessor" in line
    assert line.endswith("write name: MedianStopAssessor")


@pytest.mark.parametrize("probe", [Probe("done", "", 12.0), Probe("slow", "", 60.0)])
def test_a_tuner_that_is_too_slow_for_nni(
    write: Any, monkeypatch: pytest.MonkeyPatch, probe: Probe
) -> None:
    monkeypatch.setattr(algorithm_module, "try_out", lambda *args: probe)
    assert f"took {probe.seconds:.0f} s to start; NNI waits 10 s" in only(write())
