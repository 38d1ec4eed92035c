"""Settings that come with the program, named instead of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bids_vlint.cli.parser import parse, with_config
from bids_vlint.errors import InputError
from bids_vlint.networks.model_set import built_in_sets
from bids_vlint.settings import built_in_settings, read_config


@pytest.mark.parametrize("name", sorted(built_in_settings()))
def test_each_can_be_named_and_the_command_line_overrules_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()  # a folder of that name is no settings file
    settings = with_config(parse(["bids", "out", "participant", "--config", name, "--n-bootstraps", "7"]))
    assert settings.n_bootstraps == 7
    assert settings.models in built_in_sets()
    assert read_config(Path(name)) == read_config(built_in_settings()[name])


def test_the_paper_is_repeated_by_its_rule() -> None:
    assert {"published"} <= set(read_config(Path("paper"))["inference"])


def test_a_name_that_none_has_is_one_sentence() -> None:
    with pytest.raises(InputError, match="did you mean paper") as error:
        read_config(Path("papre"))
    assert error.value.code == 64
    with pytest.raises(InputError) as error:
        read_config(Path("papre.toml"))
    assert error.value.code == 66
