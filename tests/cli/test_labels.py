"""Labels from a file, and what stands where nothing is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from bids_vlint.cli.parser import parse, with_config
from bids_vlint.errors import Exit, InputError
from bids_vlint.settings import Settings

BASE = ["bids", "out", "participant", "--models", "demo"]


def given(*words: str) -> Settings:
    return with_config(parse([*BASE, *words]))


def test_a_file_of_labels_is_the_list_of_them(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_bytes(b"\xef\xbb\xbfsub-01\r\n\r\n02 \r\n01\r\n")
    settings = given("--participant-label", str(file), "03", "--run", str(tmp_path / "people.txt"))
    assert settings.participant_label == ("01", "02", "03")
    assert settings.run == ("sub-01", "02", "01"), "a prefix is that of the entity alone"
    assert given("--participant-label", "sub-01", "02").participant_label == ("01", "02")
    config = tmp_path / "config.toml"
    config.write_text(f'session_label = ["{file}"]\n')
    assert given("--config", str(config)).session_label == ("sub-01", "02", "01")


def test_a_file_of_labels_that_serves_not(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(InputError, match=r"nobody\.txt: is not there; give --task labels, or a file") as error:
        given("--task", str(tmp_path / "nobody.txt"))
    assert error.value.code == Exit.NO_INPUT
    with pytest.raises(InputError, match="holds no label") as error:
        given("--task", str(tmp_path / "empty.txt"))
    assert error.value.code == Exit.DATA


def test_levels_have_the_names_of_bids_apps_2_too() -> None:
    levels = {word: parse(["bids", "out", word, "--models", "demo"]).level for word in ("subject", "dataset", "group")}
    assert levels == {"subject": "participant", "dataset": "group", "group": "group"}
    with pytest.raises(InputError, match="unknown") as error:
        parse(["bids", "out", "session"])
    assert error.value.code == Exit.UNKNOWN_LEVEL


def test_what_is_kept_is_not_lost_with_a_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BIDS_VLINT_CONTAINER", raising=False)
    assert given().work_dir == Path("work")
    monkeypatch.setenv("BIDS_VLINT_CONTAINER", "bids_vlint:0.1.0")
    assert given().work_dir == Path("out/work")
    assert given("-w", "here").work_dir == Path("here")
    (tmp_path / "config.toml").write_text('work_dir = "there"\n')
    assert given("--config", str(tmp_path / "config.toml")).work_dir == Path("there")
