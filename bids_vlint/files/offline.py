"""`--offline`: connections to other machines are refused, whichever library asks for one."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bids_vlint.errors import Exit, InputError

_SWITCH = "BIDS_VLINT_OFFLINE"  # tells worker processes
_VARIABLES = (_SWITCH, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_CONNECTIONS = ("socket.connect", "socket.sendto", "socket.sendmsg")  # audit events: (socket, address)
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")  # (host, …)

_watching = False  # audit hooks stay for good: there is one, which looks at `_refusing`
_refusing = False


class Refused(InputError, ConnectionError):
    """A connection that `--offline` refuses; also an OSError, so that a library that can do without goes on."""

    def __init__(self, host: str) -> None:
        do = "get the files first with bids_vlint models fetch, or leave out --offline"
        InputError.__init__(self, "--offline", f"a connection to {host} was asked for and refused", do, Exit.NO_INPUT)
        self.host = host

    def __reduce__(self) -> tuple[type[Refused], tuple[str]]:
        """Pickle by the host: an OSError keeps two arguments alone."""
        return Refused, (self.host,)

    __str__ = InputError.__str__


@contextmanager
def refuse_connections(active: bool = True) -> Iterator[None]:
    """Refuse connections to other machines while the body runs, in this process and the workers that it starts.

    Unix sockets and the loopback interface pass. The hub's client and transformers are told by their environment
    variables, too.

    Raises
    ------
    Refused
        In the body, from whatever asks for a connection.
    """
    global _refusing
    if not active:
        yield
        return
    before, earlier = _refusing, {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    client, known = _hub_client(True)
    _watch()
    _refusing = True
    try:
        yield
    finally:
        _refusing = before
        for name, value in earlier.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        if client is not None:
            client.HF_HUB_OFFLINE = known


def stay_offline() -> None:
    """Refuse connections for good in a worker whose parent does."""
    global _refusing
    if os.environ.get(_SWITCH):
        _hub_client(True)
        _watch()
        _refusing = True


def _hub_client(value: bool) -> tuple[Any, bool]:
    """Tell the hub's client, where it was imported already; return it and what it was told before."""
    client: Any = sys.modules.get("huggingface_hub.constants")
    before = bool(getattr(client, "HF_HUB_OFFLINE", False))
    if client is not None:
        client.HF_HUB_OFFLINE = value
    return client, before


def _watch() -> None:
    global _watching
    if not _watching:
        sys.addaudithook(_hook)
        _watching = True


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _refusing or not event.startswith("socket."):
        return
    if event in _CONNECTIONS:
        which, address = arguments[:2]
        if which.family in (socket.AF_INET, socket.AF_INET6) and address and not _is_this_machine(address[0]):
            raise Refused(f"{_text(address[0])}:{address[1]}")
    elif event in _LOOKUPS and not _is_this_machine(arguments[0]):
        port = arguments[1] if event == "socket.getaddrinfo" and arguments[1] else None
        raise Refused(_text(arguments[0]) + (f":{port}" if port else ""))


def _is_this_machine(host: Any) -> bool:
    name = _text(host).split("%")[0].lower()
    if name in ("", "localhost", "ip6-localhost", socket.gethostname().lower()):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or (mapped or address).is_unspecified


def _text(host: Any) -> str:
    return "" if host is None else host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
