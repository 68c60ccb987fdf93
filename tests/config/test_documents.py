"""Files with traps: they are named in one line each, and reading them ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from nni_hpo_ext.config import Document, load_config, read_json_or_yaml, read_yaml
from nni_hpo_ext.errors import ConfigError

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 3000))
MERGES = "a0: &a0 {x: 1, y: 2}\n" + "".join(
    f"a{i}: &a{i}\n  <<: [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)
)


def read(tmp_path: Path, name: str, text: str) -> Document:
    path = tmp_path / name
    path.write_text(text)
    return read_json_or_yaml(path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("s.yml", BOMB, "the aliases expand to 1"),
        ("s.yml", MERGES, "the aliases expand to 1"),
        ("s.yml", CHAIN, "nested deeper than 64 levels after expanding aliases"),
        ("s.yml", "a: &a [*a]", "refers to a node that contains it"),
        ("s.yml", "a: " + "[" * 3000 + "]" * 3000, "nested deeper than 64 levels"),
        ("s.yml", "a: " + "{a: " * 3000 + "}" * 3000, "nested deeper than 64 levels"),
        ("s.json", "[" * 3000 + "]" * 3000, "nested deeper than 64 levels"),
        ("s.json", "[" * 3000, "nested deeper than 64 levels"),
        ("s.json", "[" * 100 + "]" * 100, "nested deeper than 64 levels"),
        ("s.yml", "a: 2020-13-45", "cannot be read: month must be"),
        ("s.json", "", "is empty"),
        ("s.yml", "# nothing", "is empty"),
    ],
    ids=str,
)
def test_what_is_not_read(tmp_path: Path, name: str, text: str, said: str) -> None:
    document = read(tmp_path, name, text)
    (finding,) = document.findings
    assert said in str(finding)
    assert "\n" not in str(finding)
    assert not document.readable


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("s.json", '{"x": {"a": 1, "a": 2}}', "a: given twice in one object"),
        ("s.yml", "x: 1\ny: 2\nx: 3", "line 3, column 1: key 'x' is already given on line 1"),
        ("s.yml", "on: 1", "line 1, column 1: YAML reads the key on as true or false"),
        ("s.yml", "x:\n  No: 1", "line 2, column 3: YAML reads the key No as"),
    ],
)
def test_what_is_read_with_a_finding(tmp_path: Path, name: str, text: str, said: str) -> None:
    document = read(tmp_path, name, text)
    (finding,) = document.findings
    assert said in str(finding)
    assert document.readable


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1, 2]\nb: *a\nc: {d: *a}",
        "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2",
        "'on': 1\n\"no\": 2",
        "a: {x: 1}\nb: {x: 1}",
    ],
)
def test_sound_yaml_is_read_as_pyyaml_reads_it(tmp_path: Path, text: str) -> None:
    import yaml

    assert read(tmp_path, "s.yml", text) == Document(yaml.safe_load(text))


def test_many_values_without_aliases_are_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "s.yml"
    path.write_text("[" + "1, " * 100_001 + "]")
    assert read_yaml(path).readable


@pytest.mark.parametrize("text", [BOMB, "a: " + "[" * 3000, ""])
def test_a_config_that_cannot_be_read_is_one_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=f"^{path}: [^\n]*$"):
        load_config(path)
