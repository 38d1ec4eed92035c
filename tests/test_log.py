"""Remarks for the reader: one collector. Steps that take long: a line now and then, whatever is slow."""

from __future__ import annotations

import io
import logging
import time

import pytest

from bids_vlint import log
from bids_vlint.log import remark, remarks


def test_remarks_keep_their_order_and_are_said_once() -> None:
    with remarks(["before"]) as told:
        remark("b", "a")
        remark("before", "b", "c")
    assert list(told) == ["before", "b", "a", "c"]
    assert len(told) == 4


def test_the_innermost_collector_gets_them() -> None:
    with remarks() as outer:
        remark("first")
        with remarks() as inner:
            remark("second")
        with pytest.raises(ValueError, match="no"), remarks():
            raise ValueError("no")
        remark("third")
    assert (list(outer), list(inner)) == (["first", "third"], ["second"])


def test_what_nothing_collects_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("bids_vlint")
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, logger="bids_vlint"):
            remark("nobody listens")
    finally:
        logger.removeHandler(caplog.handler)
    assert "nobody listens" in caplog.text


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged, where a line comes every 20 ms instead of every 30 s."""
    monkeypatch.setattr(log, "EVERY_S", 0.02)
    stream = io.StringIO()
    logger = logging.getLogger("bids_vlint")
    monkeypatch.setattr(logger, "handlers", [])
    log.setup(verbose=False, stream=stream)
    return stream


def test_a_slow_step_is_never_silent(said: io.StringIO) -> None:
    """Whatever is slow: the whole, a part of it, or one item of many."""
    with log.step("the whole"):
        time.sleep(0.1)
        for item in log.progress(range(3), total=3, label="parts"):
            time.sleep(0.2 if item == 1 else 0.0)
        time.sleep(0.1)
    lines = said.getvalue().splitlines()
    assert "the whole: going on for" in lines[0]
    assert "the whole: going on for" in lines[-1]
    assert any("parts: 1 of 3 after 1 s, about 1 s left" in line for line in lines)
    time.sleep(0.1)
    assert said.getvalue().splitlines() == lines, "it has ended"


def test_short_steps_in_a_row_are_not_silent_either(said: io.StringIO) -> None:
    with log.step("all"):
        for k in range(20):
            with log.step(f"part {k}"):
                time.sleep(0.01)
    assert len(said.getvalue().splitlines()) > 3


def test_a_step_that_fails_ends(said: io.StringIO) -> None:
    with pytest.raises(ValueError, match="no"), log.step("it"):
        raise ValueError("no")
    for item in log.progress(range(3), total=3, label="left early"):
        assert item == 0
        break
    time.sleep(0.1)
    assert not said.getvalue()
