"""Every kind of finding, and that a sound config has none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nni_hpo_ext import registry
from nni_hpo_ext.check import FileFinding, check_config, summarise
from nni_hpo_ext.check import _algorithm as algorithm_module
from nni_hpo_ext.check import _probe as probe_module
from nni_hpo_ext.check._probe import Probe, Target, try_out
from nni_hpo_ext.check._space import check_space
from nni_hpo_ext.config import read_space
from nni_hpo_ext.testing import MALFORMED_SPACES


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the subprocess where the algorithm is not what is tested."""
    monkeypatch.setattr(algorithm_module, "try_out", lambda targets: [Probe("done")] * len(targets))


def errors(path: Path) -> list[FileFinding]:
    """Return what is wrong; that the machine is busy just now is no matter of a test."""
    return [finding for finding in check_config(path) if finding.is_error]


def only(path: Path) -> str:
    findings = errors(path)
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
        "  budget: 4 trials, 1 at once, 2h in total",
    ]


@pytest.mark.usefixtures("no_probe")
@pytest.mark.parametrize("named", [{"name": "Grid"}, {"className": "nni_hpo_ext.tuners.GridTuner"}])
def test_the_points_of_a_grid_are_counted(write: Any, named: dict[str, str]) -> None:
    space = {
        "x": {"_type": "uniform", "_value": [0, 1]},
        "units": {"_type": "choice", "_value": [16, 32]},
    }
    path = write(searchSpace=space, tuner={**named, "classArgs": {"resolution": 600}})
    assert "  grid: 1,200 points (levels: x 600, units 2)" in summarise(path)


@pytest.mark.usefixtures("no_probe")
@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"maxTrialNumbr": 3}, "maxTrialNumbr", "did you mean maxTrialNumber?"),
        ({"nonsense_key": 3}, "nonsense_key", "is not an NNI key"),
        ({"trialConcurrency": None}, "trialConcurrency", "missing"),
        ({"trialConcurrency": 0}, "trialConcurrency", "not a positive integer"),
        ({"maxTrialNumber": "many"}, "maxTrialNumber", "not a positive integer"),
        ({"maxExperimentDuration": "1h30"}, "maxExperimentDuration", "not a duration"),
        ({"maxTrialDuration": "0s"}, "maxTrialDuration", "not a duration"),
        ({"trialCommand": None}, "trialCommand", "missing"),
        ({"trainingService": None}, "trainingService", "missing"),
        ({"trainingService": {"platform": "loca"}}, "trainingService.platform", "mean local?"),
        (
            {"trainingService": {"platform": "local", "useActivGpu": True}},
            "trainingService.useActivGpu",
            "did you mean useActiveGpu?",
        ),
        (
            {"useAnnotation": True, "searchSpace": None},
            "useAnnotation",
            "does not support annotations",
        ),
        ({"trainingServicePlatform": "local"}, "trainingServicePlatform", "old (v1)"),
        ({"trialGpuNumber": 1000}, "trialGpuNumber", "trials would wait forever"),
        ({"tuner": None}, "tuner", "missing"),
        ({"tuner": "Random"}, "tuner", "is not a mapping"),
        ({"tuner": {}}, "tuner.name", "missing"),
        ({"tuner": {"name": "Randm"}}, "tuner.name", "did you mean Random?"),
        ({"tuner": {"name": "qqq"}}, "tuner.name", "nnictl algo register"),
        ({"tuner": {"name": "Dragonfly"}}, "tuner.name", "run `nni-hpo register`"),
        ({"tuner": {"name": "SMAC"}}, "tuner.name", "does not work with current libraries"),
        ({"tuner": {"name": "gp"}}, "tuner.name", "does not work with current libraries"),
        ({"advisor": {"name": "bohb"}, "tuner": None}, "advisor.name", "use BOHBExt"),
        ({"tuner": {"name": "Medianstop"}}, "tuner.name", "write it under assessor"),
        ({"tuner": {"name": "TPE", "classArg": {}}}, "tuner.classArg", "mean classArgs?"),
        ({"tuner": {"name": "TPE", "classArgs": [1]}}, "tuner.classArgs", "is not a mapping"),
        ({"tuner": {"name": "TPE", "className": "a.B"}}, "tuner.name", "together with className"),
        ({"tuner": {"name": "TPE", "codeDirectory": "."}}, "tuner.codeDirectory", "remove it"),
        ({"tuner": {"className": "mine.Mine"}}, "tuner.codeDirectory", "write codeDirectory: ."),
        (
            {"tuner": {"className": "mine.Mine", "codeDirectory": "no"}},
            "tuner.codeDirectory",
            "'no' is not a directory",
        ),
        (
            {"tuner": {"className": "Mine", "codeDirectory": "."}},
            "tuner.className",
            "does not include a module",
        ),
        (
            {"tuner": {"name": "TPE", "classArgs": {"objectives": {"size": None}}}},
            "tuner.classArgs.objectives.size",
            "no direction; write maximize or minimize",
        ),
        (
            {"tuner": {"name": "TPE", "classArgs": {"a": float("nan")}}},
            "tuner.classArgs.a",
            "holds nan, which JSON does not have",
        ),
        (
            {"tuner": {"name": "TPE", "classArgs": {"when": date(2020, 1, 1)}}},
            "tuner.classArgs.when",
            "is date, which JSON does not have",
        ),
        ({"assessor": {"name": "Medianstp"}}, "assessor.name", "did you mean Medianstop?"),
        ({"trialCodeDirectory": "gone"}, "trialCodeDirectory", "'gone' is not a directory"),
        ({"searchSpace": None}, "searchSpace", "missing"),
        ({"searchSpace": None, "searchSpaceFile": "no.json"}, "searchSpaceFile", "does not exist"),
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
        ({"_type": "choice", "_value": []}, "x._value", "choice is empty"),
        ({"_type": "choice", "_value": [1, float("nan")]}, "x._value", "holds nan"),
        ({"_type": "choice", "_value": [[1, {"a": float("inf")}]]}, "x._value.a", "holds inf"),
        ({"_type": "choice", "_value": [date(2020, 1, 1)]}, "x._value", "is date"),
        ({"_type": "choice", "_value": [{1: 2}]}, "x._value", "the key 1 is not text"),
    ],
)
def test_the_search_spaces_findings_name_the_key(
    write: Any, entry: dict[str, Any], where: str, said: str
) -> None:
    line = only(write(searchSpace={"x": entry}))
    assert f"config.yml: searchSpace.{where}: " in line
    assert said in line


@pytest.mark.parametrize("name", [name for name in MALFORMED_SPACES if name != "empty"])
def test_a_malformed_space_is_refused_with_the_key(tmp_path: Path, name: str) -> None:
    spec, where = MALFORMED_SPACES[name]
    (tmp_path / "space.json").write_text(json.dumps(spec))
    config = {"searchSpaceFile": "space.json"}
    (finding,) = check_space(config, *read_space(config, tmp_path / "config.yml"))
    assert finding.where == where


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
    assert errors(write(searchSpace=None, searchSpaceFile="s.json")) == []


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
    [
        ("a: [1\n", "line 2, column 1"),
        ("- 1\n", "is a list, not a mapping"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
    ],
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
    assert "NNI rejects it" in line
    assert "max_trial_number_per_gpu" in line
    assert check_config(write()) == []  # NNI's own state is not left spoilt


@pytest.mark.parametrize(
    ("tuner", "where", "said"),
    [
        ({"className": "gone.Mine"}, "tuner.className", "No module named 'gone'"),
        ({"className": "mine.Gone"}, "tuner.className", "no attribute 'Gone'"),
        ({"className": "broken.Mine"}, "tuner.className", "No module named 'no_such_library'"),
        (
            {"className": "mine.Mine", "classArgs": {"sise": 1}},
            "tuner.classArgs",
            "did you mean size?",
        ),
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
    assert errors(write(tuner=tuner)) == []


def test_a_name_that_nni_takes_for_its_own(write: Any) -> None:
    registry.register()
    line = only(write(assessor={"name": "MedianStop"}))
    assert "NNI ignores case and uses its own MedianstopAssessor" in line
    assert line.endswith("write name: MedianStopAssessor")


@pytest.mark.parametrize(
    ("tuner", "said"),
    [
        ({"name": "RandomSearch", "classArgs": {"sed": 1}}, "did you mean seed?"),
        ({"name": "RandomSearch", "classArgs": {"qqq": 1}}, "use one of "),
        ({"className": "mine.Inherits", "classArgs": {"sise": 1}}, "did you mean size?"),
    ],
)
def test_a_class_argument_that_is_close_is_named(
    write: Any, tuner: dict[str, Any], said: str
) -> None:
    registry.register()
    place = {} if "name" in tuner else {"codeDirectory": "."}
    assert said in only(write(tuner={**place, **tuner}))


@pytest.mark.usefixtures("no_probe")
def test_the_name_of_an_algorithm_of_nni_too_is_only_a_warning(write: Any) -> None:
    registry.register()
    (found,) = check_config(write(tuner={"name": "Evolution"}))
    assert not found.is_error
    assert "is NNI's own tuner; this package has one of that name" in str(found)
    assert "for ours write name: EvolutionTuner" in str(found)
    assert check_config(write(tuner={"name": "EvolutionTuner"})) == []


def test_class_arguments_that_do_not_fit_the_search_space(write: Any) -> None:
    registry.register()
    found = only(write(tuner={"name": "Grid", "classArgs": {"resolution": {"lr": 5}}}))
    assert (
        "tuner.classArgs: nni_hpo_ext.tuners.GridTuner rejects them for this search space" in found
    )
    assert "resolution: 'lr' is not a range of the search space; the ranges are x" in found


def test_a_source_to_start_from_is_read(write: Any) -> None:
    registry.register()
    found = only(write(tuner={"name": "RandomSearch", "classArgs": {"start_from": "/gone.json"}}))
    assert "start_from: /gone.json: no experiment with this id" in found


def test_an_empty_space_is_for_tuners_that_make_their_own_parameters(write: Any) -> None:
    path = write(searchSpace={}, tuner={"className": "mine.MakesItsOwn", "codeDirectory": "."})
    assert errors(path) == []
    assert summarise(path)[0] == "  search space: empty; the tuner defines the parameters"


@pytest.mark.parametrize("name", ["Random", "RandomSearch"])
def test_an_empty_space_is_not_for_others(write: Any, name: str) -> None:
    registry.register()
    assert "searchSpace: is empty" in only(write(searchSpace={}, tuner={"name": name}))


def test_an_assessor_is_tried_out_after_a_tuner_that_ends_the_process(write: Any) -> None:
    dies = {"className": "mine.Dies", "codeDirectory": "."}
    assessor = {"name": "Medianstop", "classArgs": {"start": 1}}
    first, second = errors(write(tuner=dies, assessor=assessor))
    assert "exit code 3" in str(first)
    assert "did you mean start_step?" in str(second)


def test_tuner_and_assessor_share_one_process(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    execute = probe_module._execute

    def counted(*args: Any) -> Probe:
        started.append(args)
        return execute(*args)

    monkeypatch.setattr(probe_module, "_execute", counted)
    assert errors(write(assessor={"name": "Medianstop"})) == []
    assert len(started) == 1


def test_a_start_is_measured_in_processor_time(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "class Works:\n"
        "    def __init__(self):\n"
        "        until = time.process_time() + 0.3\n"
        "        while time.process_time() < until: pass\n"
        "class Waits:\n"
        "    def __init__(self): time.sleep(0.3)\n"
    )
    path = (str(tmp_path),)
    works, waits = try_out([Target("slow.Works", path=path), Target("slow.Waits", path=path)])
    assert works.cpu_seconds >= 0.3
    assert waits.seconds >= 0.3
    assert waits.cpu_seconds < waits.seconds


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (Probe("done", cpu_seconds=12, seconds=12), "takes 14 s of CPU time; NNI waits 10 s"),
        (Probe("slow", "did not end within 120 s"), "did not end within 120 s"),
    ],
)
def test_a_tuner_that_is_too_slow_for_nni(
    write: Any, monkeypatch: pytest.MonkeyPatch, probe: Probe, said: str
) -> None:
    monkeypatch.setattr(algorithm_module, "try_out", lambda targets: [probe])
    assert said in only(write())
    assert check_config(write())[0].is_error


@pytest.mark.parametrize(
    "probe",
    [
        Probe("done", cpu_seconds=3, seconds=25),
        Probe("done", cpu_seconds=0.1, seconds=0.1, slowness=8),
    ],
)
def test_a_busy_machine_is_a_warning(
    write: Any, monkeypatch: pytest.MonkeyPatch, probe: Probe
) -> None:
    monkeypatch.setattr(algorithm_module, "try_out", lambda targets: [probe])
    line = str(check_config(write())[0])
    assert "tuner.name: warning: the start takes about" in line
    assert "The machine is busy" in line
    assert "--no-check" in line
    assert not check_config(write())[0].is_error


BOTH = {"name": "Dragonfly", "classArgs": {"objectives": {"default": "maximize", "t": "minimize"}}}


@pytest.mark.parametrize(
    ("assessor", "warned"),
    [
        ({"name": "Medianstop"}, True),
        ({"name": "CompoundStop"}, True),
        ({"name": "MedianStopAssessor", "classArgs": {"rule": "median"}}, True),
        ({"name": "MedianStopAssessor", "classArgs": {"objectives": {"t": "minimize"}}}, True),
        ({"name": "MedianStopAssessor"}, False),
        ({"name": "MedianStopAssessor", "classArgs": BOTH["classArgs"]}, False),
    ],
)
def test_an_assessor_that_sees_one_of_several_objectives_is_warned_of(
    write: Any, assessor: Any, warned: bool
) -> None:
    registry.register()
    found = [f for f in check_config(write(tuner=BOTH, assessor=assessor)) if "front" in str(f)]
    assert bool(found) == warned
    assert all("Pareto front of default, t" in str(f) and not f.is_error for f in found)
    single = check_config(write(assessor=assessor))
    assert not any("front" in str(f) for f in single)


@pytest.mark.parametrize(
    ("program", "warned"),
    [
        ("params = nni.get_next_parameter()", True),
        ("epochs = nni.get_next_parameter()['TRIAL_BUDGET']", False),
        ("from nni_hpo_ext.trial.keras import train", False),
    ],
)
def test_a_trial_that_ignores_its_budget_is_warned_of(
    write: Any, program: str, warned: bool
) -> None:
    registry.register()
    for key in ("tuner", "advisor"):
        path = write(**{"tuner": None, key: {"name": "HyperbandExt"}})
        (path.parent / "trial.py").write_text(program)
        found = [f for f in check_config(path) if "TRIAL_BUDGET" in str(f)]
        assert [f.finding.where for f in found] == warned * ["trialCodeDirectory"]
        assert not any(f.is_error for f in found)
