"""One list of options: the parser, `--config`, the descriptor and the docs say the same."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
import tomli_w

from bids_vlint.cli.descriptor import descriptor
from bids_vlint.cli.docs import options_page
from bids_vlint.cli.parser import build_parser, check_command, parse, with_config
from bids_vlint.errors import Exit, InputError
from bids_vlint.settings import BY_NAME, OPTIONS, Option, Settings, as_toml, checked, read_config, results_key

ROOT = Path(__file__).parents[2]
BASE = ["bids", "out", "participant", "--models", "demo"]


def example(option: Option) -> object:
    """A value that is not the default."""
    if option.pattern:
        value: object = {"context": "3", "bins": "0:1"}[option.name]
    elif option.choices:
        value = option.choices[-1]
    else:
        value = {bool: True, int: 77, float: 0.5, str: "x", Path: Path("/some/x")}[option.type]
    return (value,) if option.several else value


@pytest.mark.parametrize("option", OPTIONS, ids=lambda o: o.name)
def test_parser_and_config_give_the_same(option: Option, tmp_path: Path) -> None:
    value = example(option)
    words = [] if option.type is bool else [str(v) for v in (value if isinstance(value, tuple) else (value,))]
    if option.name == "config":
        return
    given = with_config(parse([*BASE, option.flag, *words]))
    assert getattr(given, option.name) == value
    underscored = with_config(parse([*BASE, "--" + option.name, *words]))
    assert getattr(underscored, option.name) == value
    file = tmp_path / "config.toml"
    file.write_text(tomli_w.dumps(as_toml(given)))
    again = with_config(parse([*BASE[:3], "--config", str(file)]))
    assert getattr(again, option.name) == (option.default if option.command else value)


def test_help_names_every_option() -> None:
    text = " ".join(build_parser().format_help().split())
    for option in OPTIONS:
        assert option.flag in text
        assert " ".join(option.help.split())[:30] in text


def test_the_descriptor_has_every_option() -> None:
    inputs = {i["id"]: i for i in descriptor()["inputs"]}
    labels = [o.name for o in OPTIONS if o.label]
    ids_2 = {"InputDataset", "OutputLocation", "AnalysisLevel", "Help", "ToolVersion"}
    ids_2 |= {"SubjectLabel", "SessionLabel", "TaskLabel", "RunIndex"}
    own = {"bids_dir", "output_dir", "level", "context_words", *(f"{name}_file" for name in labels)}
    assert set(inputs) == own | ids_2 | {o.name for o in OPTIONS}
    for option in OPTIONS:
        entry = inputs[option.name]
        assert entry["command-line-flag"] == option.flag
        if option.name != "context":  # its numbers are an input of their own
            assert entry.get("value-choices", []) == list(option.choices)
    assert json.loads((ROOT / "boutiques.json").read_text()) == descriptor()


def test_the_docs_are_the_generated_ones() -> None:
    assert (ROOT / "docs" / "options.md").read_text() == options_page()


def test_the_command_line_overrules_config(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('seed = 3\nmodels = "demo"\nparticipant-label = ["sub-01", "02"]\n')
    settings = with_config(parse([*BASE[:3], "--config", str(file), "--seed", "4"]))
    assert settings.seed == 4
    assert settings.participant_label == ("01", "02")
    assert settings.n_bootstraps == BY_NAME["n_bootstraps"].default == 1000


def test_commands_are_no_settings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What earlier versions saved is safe to give as --config; what only a person can have written is refused."""
    assert [o.name for o in OPTIONS if o.command] == ["dask_scheduler", "stop_after", "dry_run", "overwrite"]
    file = tmp_path / "settings.toml"
    file.write_text('models = "demo"\noverwrite = false\ndry_run = false\n')
    assert read_config(file) == {"models": "demo"}
    file.write_text('models = "demo"\noverwrite = true\n')
    logger = logging.getLogger("bids_vlint")
    logger.addHandler(caplog.handler)
    try:
        assert not with_config(parse([*BASE[:3], "--config", str(file)])).overwrite
    finally:
        logger.removeHandler(caplog.handler)
    assert "give --overwrite" in caplog.text
    assert with_config(parse([*BASE[:3], "--config", str(file), "--overwrite"])).overwrite
    file.write_text("dry_run = true\n")
    with pytest.raises(InputError, match="sets dry_run, which is a command and not a setting"):
        read_config(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeed = 1", "did you mean seed"),
        ("seed = true", "not a number"),
        ("seed = 1.5", "whole number"),
        ('reference = "bipola"', "did you mean bipolar"),
        ("high_pass = 0", "not above 0"),
        ("q = 1", "not below 1"),
        ("overwrite = 1", "true or false"),
        ("seed = ", "not valid TOML"),
    ],
)
def test_wrong_config(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=said) as error:
        read_config(file)
    assert error.value.code == Exit.DATA


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["a", "b", "session"], Exit.UNKNOWN_LEVEL),
        (["a", "b"], Exit.USAGE),
        (["a", "b", "participant"], Exit.USAGE),
        ([*BASE, "--nprocs", "0"], Exit.USAGE),
        ([*BASE, "--seed", "x"], Exit.USAGE),
        ([*BASE, "--band", "gamma"], Exit.USAGE),
        ([*BASE, "--bootstraps", "3"], Exit.USAGE),
    ],
)
def test_wrong_usage(words: list[str], code: Exit) -> None:
    with pytest.raises(InputError) as error:
        parse(words)
    assert error.value.code == code
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["repport", "out"], "the command 'repport' is unknown, and no folder has that name; did you mean report?"),
        (["statsu", "out", "--json"], "did you mean status?"),
        (["modles", "fetch", "paper"], "did you mean models?"),
        (["x"], "known: demo, descriptor, features, models, pbs, plan, prepare, recover, report, sge, slurm, status"),
    ],
)
def test_an_unknown_command_is_named(words: list[str], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as error:
        check_command(words)
    assert error.value.code == Exit.USAGE


def test_a_folder_is_no_unknown_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    for words in (["reports", "out"], ["gone", "out", "particpant"], ["gone", "--models", "x", "out", "participant"],
                  ["--version"], []):  # fmt: skip
        check_command(words)


def test_a_typo_is_an_error() -> None:
    settings = Settings(bids_dir=Path("bids"), output_dir=Path("out"))
    with pytest.raises(TypeError, match="seeed"):
        Settings(bids_dir=Path("bids"), output_dir=Path("out"), seeed=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="seeed"):
        settings.seeed  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(FrozenInstanceError):
        settings.seed = 1  # type: ignore[misc]


def test_each_setting_is_written_once() -> None:
    """The options are the fields; defaults are values that their options take."""
    assert [f.name for f in fields(Settings)] == ["bids_dir", "output_dir", "level", *BY_NAME]
    for option in OPTIONS:
        if option.default not in (None, ()):
            assert checked(option, option.default, "default", Exit.DATA) == option.default
            assert isinstance(option.default, tuple if option.several else option.type)


def test_the_settings_that_numbers_depend_on() -> None:
    settings = Settings(bids_dir=Path("b"), output_dir=Path("o"), models="a/set.toml", alignment=("vision", "language"))
    key = results_key(settings)
    assert list(key) == [o.name for o in OPTIONS if o.changes_results]
    assert (key["models"], key["stimuli"], key["alignment"]) == ("set.toml", None, ["language", "vision"])
    assert results_key(replace(settings, nprocs=2, work_dir=Path("w"), save_responses=True)) == key
    assert results_key(replace(settings, seed=1)) != key
