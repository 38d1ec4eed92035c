"""`--dask-scheduler`: the workers of a Dask cluster, and which of them can be used."""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bids_vlint import __version__
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import cannot_write
from bids_vlint.log import counted, logger
from bids_vlint.settings import BY_NAME, Settings

_FLAG = BY_NAME["dask_scheduler"].flag
_ANSWER_S = 30
_Why = tuple[str, str, int]  # what is wrong, what to do, exit code


def gone(error: BaseException) -> InputError:
    """The sentence for a scheduler that answered once."""
    do = "start it again and give the same command: what was finished is kept"
    return InputError(_FLAG, f"the scheduler is gone ({type(error).__name__})", do, Exit.TEMPORARY)


@dataclass
class Cluster:
    """A scheduler that answers.

    Attributes
    ----------
    client : distributed.Client
    topic : str
        Under which workers say whether they can be used, and the resource that those have which can.
    work : Path
        The work folder.
    seen : set of str
        Workers of which it was said that they cannot be used.
    """

    client: Any
    topic: str
    work: Path
    seen: set[str] = field(default_factory=set)

    def workers(self) -> set[str]:
        """The workers that can be used; of those that cannot the log says why.

        Raises
        ------
        InputError
            The scheduler is gone (75).
        """
        answers = self.answers()
        for address, why in answers.items():
            if why is not None and address not in self.seen:
                self.seen.add(address)
                logger.warning("%s It gets no work.", refusal(address, *why))
        return {address for address, why in answers.items() if why is None}

    def answers(self) -> dict[str, _Why | None]:
        """What the workers that are there have said of themselves (`why_refused`)."""
        try:
            there, said = self.client.nthreads(), self.client.get_events(self.topic)
        except (OSError, RuntimeError) as error:
            raise gone(error) from error
        return {address: why for _, (address, why) in said if address in there}

    def all_answers(self) -> dict[str, _Why | None]:
        """As `answers`, once every worker has said something."""
        end = time.monotonic() + _ANSWER_S
        while len(found := self.answers()) < len(self.client.nthreads()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def submit(self, work: Callable[..., Any], *given: Any, key: str) -> Any:
        """Have some worker call a function; as a future."""
        return self.client.submit(work, *given, key=key, pure=False, resources={self.topic: 1})


@contextmanager
def cluster_of(settings: Settings, folder: Path) -> Iterator[Cluster | None]:
    """Reach the scheduler that `--dask-scheduler` names, and see which of its workers can be used.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Of this run, in the output folder.

    Yields
    ------
    Cluster | None
        None where no scheduler is named.

    Raises
    ------
    InputError
        distributed is not installed, or `--offline` is given, too (64); the scheduler does not answer (75); no worker
        of those that are there can be used: it has another version (64) or does not see the files (66).
    """
    if settings.dask_scheduler is None:
        yield None
        return
    client = _client(settings)
    with left_in(settings.work_dir, "dask") as token:
        try:
            cluster = Cluster(client, f"bids_vlint-{token.name}", settings.work_dir)
            here = [str(path.absolute()) for path in (Path(), settings.bids_dir, folder, token)]
            client.register_plugin(_examiner(cluster.topic, here), name=cluster.topic)
            answers = cluster.all_answers()
            for address, why in answers.items():
                if why is not None and None not in answers.values():
                    raise refusal(address, *why)
            logger.info("the scheduler %s has %s that can be used", settings.dask_scheduler,
                        counted(len(cluster.workers()), "worker"))  # fmt: skip
            yield cluster
        finally:
            with suppress(Exception):  # it may be gone
                client.unregister_worker_plugin(cluster.topic)
            client.close(timeout=2)


def _client(settings: Settings) -> Any:
    if settings.offline:
        raise InputError("--offline", f"refuses the connections that {_FLAG} needs", "leave out one of them",
                         Exit.USAGE)  # fmt: skip
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise InputError(_FLAG, "needs the package distributed, which is not installed",
                         "pip install 'bids_vlint[dask]'", Exit.USAGE) from error  # fmt: skip
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said here
    try:
        return distributed.Client(settings.dask_scheduler, timeout=_ANSWER_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"{_FLAG} {settings.dask_scheduler}", f"no Dask scheduler answers there within {_ANSWER_S} s",
                         "start one with `dask scheduler`, and give the address that it says",
                         Exit.TEMPORARY) from error  # fmt: skip


@contextmanager
def left_in(work: Path, stem: str) -> Iterator[Path]:
    """A file of this run in the work folder; what a killed run leaves is known by its name (`files.leftovers`)."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{stem}.", suffix=".tmp", dir=work)
    except OSError as error:
        raise cannot_write(work / stem, error) from error
    os.close(number)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink()


def refusal(address: str, wrong: str, do: str, code: int) -> InputError:
    """Why a worker gets no work."""
    return InputError(f"the Dask worker {address}", wrong, do, Exit(code))


def why_refused(version: str, here: Sequence[str]) -> _Why | None:
    """What is wrong with this process as a worker: another version, or folders that it does not see; None: nothing."""
    if version != __version__:
        wrong = f"has version {__version__} of bids_vlint, and this run {version}"
        return wrong, "install the same there", int(Exit.USAGE)
    if gone := next((path for path in here if not Path(path).exists()), None):
        do = "start workers where all folders of a run are shared under the same names"
        return f"does not see {gone}", do, int(Exit.NO_INPUT)
    return None


def _examiner(topic: str, here: Sequence[str]) -> Any:
    """What every worker is given, those that come later, too: it says whether the worker can be used, and if so makes
    room for one unit at a time.

    The class travels as a value: a worker may lack this program.
    """
    from distributed import WorkerPlugin

    version = __version__

    class Examiner(WorkerPlugin):
        async def setup(self, worker: Any) -> None:
            import importlib

            try:
                why = importlib.import_module("bids_vlint.workflows.cluster").why_refused(version, here)
            except (ImportError, AttributeError):
                why = ("has no bids_vlint of this version", f"install bids_vlint {version} there", 64)
            if why is None:
                await worker.set_resources(**{topic: 1})
            worker.log_event(topic, (worker.address, why))

    return Examiner()
