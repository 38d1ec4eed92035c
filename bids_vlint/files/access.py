"""Whether a file can be opened at all: it is there, is a file, may be read, and holds what it is named for.

A data set under DataLad or Git LFS may hold the name of a file and not its content: a link that leads nowhere, a small
text in its place that says where the content is kept, or nothing at all.
"""

from __future__ import annotations

import codecs
import os
import shlex
import stat
from collections.abc import Iterable
from pathlib import Path

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.log import remark

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
          (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))  # fmt: skip
# git-annex writes "/annex/objects/KEY" in place of an unlocked file, and git writes a link's target as text where the
# file system has no links; no such text is longer than git-annex looks for.
_ANNEX, _LINK, _LFS = b"/annex/objects/", b".git/annex/objects/", b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = 32768
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
         codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}  # fmt: skip
_BY_LFS = "git lfs pull --include"
NOT_FETCHED = "has not been fetched"
_MAY_BE_EMPTY = (".ridx", ".rdat")  # of a MEF3 recording: records, of which there may be none


def check_file(file: Path, *, empty: bool = False) -> None:
    """See that a file can be opened; a pipe or a device, which could hang whoever opens it, is not.

    Parameters
    ----------
    file : Path
    empty : bool
        Whether it may hold nothing.

    Raises
    ------
    InputError
        66: it is not there, has not been fetched (a broken link, a pointer of git-annex or Git LFS), is empty, is no
        plain file, or may not be read; 74: the disk failed.
    """
    try:
        about = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(file) from None
    except OSError as error:  # a loop of links among them
        wrong = f"cannot be read ({error.strerror})"
        raise cannot_use(file, error, wrong, "put the file itself there", Exit.NO_INPUT) from error
    if not stat.S_ISREG(about.st_mode):
        kind = next((said for is_it, said in _KINDS if is_it(about.st_mode)), "something else")
        raise InputError(file, f"is {kind} and no file", "put the file itself there", Exit.NO_INPUT)
    if not os.access(file, os.R_OK):
        raise InputError(file, "cannot be read (permission denied)", "give yourself the right to", Exit.NO_INPUT)
    if not about.st_size and not empty:
        raise InputError(file, "is empty (0 bytes)", f"run datalad get {file}, or copy it again", Exit.NO_INPUT)
    if about.st_size <= _POINTER_BYTES:
        _check_pointer(file, _bytes(file))


def check_recording(file: Path) -> None:
    """As `check_file`; of a recording that is a folder (MEF3), each file in it."""
    if file.suffix != ".mefd" or not file.is_dir():
        return check_file(file, empty=file.suffix in _MAY_BE_EMPTY)
    for one in file.rglob("*"):
        if not one.is_dir():
            check_file(one, empty=one.suffix in _MAY_BE_EMPTY)
    return None


def why_absent(file: Path) -> InputError | None:
    """What `check_file` says of a file that need not be there; None where it can be opened."""
    try:
        check_file(file)
    except InputError as error:
        return error
    return None


def check_fetched(files: Iterable[Path]) -> None:
    """See that the content of files is there, so that a person hears at once of all that have to be fetched.

    Files that are not there for another reason are passed over.

    Raises
    ------
    InputError
        66: the commands that it ends with name each.
    """
    lacking = {file: absent for file in dict.fromkeys(files)
               if (absent := why_absent(file)) is not None and absent.wrong == NOT_FETCHED}  # fmt: skip
    if not lacking:
        return
    first = next(iter(lacking))
    if len(lacking) == 1:
        raise lacking[first]
    by_lfs = [file for file, absent in lacking.items() if _BY_LFS in absent.do]
    by_datalad = [file for file in lacking if file not in by_lfs]
    commands = [shlex.join(["datalad", "get", *map(str, by_datalad)])] if by_datalad else []
    commands += [f"{_BY_LFS} {shlex.quote(','.join(file.name for file in by_lfs))}"] if by_lfs else []
    raise InputError(f"{first} and {len(lacking) - 1} more", "have not been fetched", f"run {', and '.join(commands)}",
                     Exit.NO_INPUT)  # fmt: skip


def text_in(file: Path, *, empty: bool = False) -> str:
    """A file as text with plain line ends: UTF-8, or UTF-16 and UTF-32 as its first bytes tell (a remark says so).

    Parameters as `check_file`.

    Raises
    ------
    InputError
        As `check_file`; 65 where it is no such text.
    """
    content = bytes_in(file, empty=empty)
    encoding = next((name for mark, name in _BOMS.items() if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and content[1:400:2].count(0) > len(content[1:400:2]) / 2:
        encoding = "utf-16-le"  # as Windows writes it, without its mark
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(file, "is not UTF-8 text",
                         f"save it as UTF-8, as with iconv -f CP1252 -t UTF-8 {file.name} > new") from None  # fmt: skip
    if "\0" in text:
        raise InputError(file, "is not UTF-8 text (it holds bytes of zero)", "copy it again, or save it as UTF-8")
    if not encoding.startswith("utf-8"):
        remark(f"{file.name} is {encoding[:6].upper()} text and was read as such.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bytes_in(file: Path, *, empty: bool = False) -> bytes:
    """A file's content; parameters and errors as `check_file`."""
    check_file(file, empty=empty)
    return _bytes(file)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, MemoryError) as error:
        raise cannot_use(file, error, f"cannot be read ({error})", "check the disk", Exit.IO) from error


def _check_pointer(file: Path, content: bytes) -> None:
    line = content.split(b"\n", 1)[0]
    if line.startswith(_ANNEX) or (_LINK in line and len(content) < 4096 and b"\t" not in line):
        raise _unfetched(file, f"datalad get {file}")
    if content.startswith(_LFS):
        raise _unfetched(file, f"{_BY_LFS} {file.name}")


def _unfetched(file: Path, command: str) -> InputError:
    return InputError(file, NOT_FETCHED, f"run {command}", Exit.NO_INPUT)


def _missing(file: Path) -> InputError:
    """The sentence for a file that is not there: a link whose content was not fetched is told apart."""
    if file.is_symlink():
        return _unfetched(file, f"datalad get {file}")
    return InputError(file, "is not there", "put it there or correct the name", Exit.NO_INPUT)
