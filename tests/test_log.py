"""Remarks for the reader: one collector."""

from __future__ import annotations

import logging

import pytest

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
