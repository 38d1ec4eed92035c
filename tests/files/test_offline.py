"""`--offline` refuses connections to other machines, in this process and in workers; this machine is no other."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import threading
from pathlib import Path

import pytest
from huggingface_hub import constants

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.offline import Refused, refuse_connections
from bids_vlint.workflows.execution import run_all
from tests.acceptance.running import run_inside

ELSEWHERE = ("192.0.2.1", 80)  # an address of no machine (RFC 5737)


def reach() -> None:
    """Ask for a connection to another machine."""
    socket.create_connection(ELSEWHERE, timeout=0.01).close()


def test_other_machines_are_refused_by_every_way() -> None:
    six = ("2001:db8::1", 80, 0, 0)
    with refuse_connections(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        ways = [
            reach,
            lambda: socket.socket().connect(ELSEWHERE),
            lambda: socket.socket().connect_ex(ELSEWHERE),
            lambda: socket.socket(socket.AF_INET6).connect(six),
            lambda: packets.sendto(b"x", ELSEWHERE),
            lambda: packets.sendmsg([b"x"], [], 0, ELSEWHERE),
            lambda: socket.getaddrinfo("huggingface.example", 443),
            lambda: socket.gethostbyname("huggingface.example"),
        ]
        for way in ways:
            with pytest.raises(InputError, match=r"--offline: a connection to \S+ was asked for and refused") as caught:
                way()
            assert caught.value.code == Exit.NO_INPUT
            assert isinstance(caught.value, OSError)  # a library that can do without goes on


def test_this_machine_is_reached(tmp_path: Path) -> None:
    with refuse_connections():
        for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(tmp_path / "s"))):
            with socket.socket(family) as server:
                server.bind(address)
                server.listen()
                threading.Thread(target=lambda s=server: s.accept()[0].sendall(b"hello"), daemon=True).start()
                with socket.socket(family) as client:
                    client.connect(server.getsockname())
                    assert client.recv(5) == b"hello"
        assert socket.getaddrinfo("127.0.0.1", 80)
        if Path("/etc/hosts").exists():  # a bare system may lack it
            assert socket.getaddrinfo("localhost", 80)
        socket.getfqdn()


def test_it_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with refuse_connections():
        with refuse_connections(False), pytest.raises(Refused):
            reach()
        with refuse_connections():
            pass
        with pytest.raises(Refused):
            reach()
        assert (os.environ["HF_HUB_OFFLINE"], os.environ["TRANSFORMERS_OFFLINE"]) == ("1", "1")
        assert constants.HF_HUB_OFFLINE
    assert "HF_HUB_OFFLINE" not in os.environ
    assert not constants.HF_HUB_OFFLINE
    assert socket.getaddrinfo("192.0.2.1", 80)  # a number, which nobody has to be asked for


def test_it_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(Refused("there:80")))
    assert (str(error), error.code) == (str(Refused("there:80")), Exit.NO_INPUT)
    assert "there:80" in str(error)


def _work(_item: int, _threads: int) -> list[str]:
    reach()
    return []


def test_workers_follow(tmp_path: Path) -> None:
    logging.getLogger("bids_vlint").setLevel(logging.INFO)
    with refuse_connections():
        outcomes = run_all(_work, [("01", 1), ("02", 2)], 2, False, tmp_path)
    assert [o.exit_code for o in outcomes] == [Exit.NO_INPUT] * 2
    assert all("--offline" in o.message for o in outcomes)


def test_the_option_guards_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bids_vlint.cli import main

    (tmp_path / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.9.0"}')
    monkeypatch.setattr(main, "_participants", lambda *_: reach())
    run = [str(tmp_path), str(tmp_path / "derivatives" / "out"), "participant", "--models", "demo"]
    result = run_inside([*run, "--offline"])
    assert result.code == Exit.NO_INPUT
    assert "192.0.2.1:80 was asked for and refused" in result.stderr
    monkeypatch.setattr(main, "_participants", lambda *_: 0)
    assert run_inside(run).code == 0
