"""What the parsers of subcommands share."""

from __future__ import annotations

import argparse
from typing import NoReturn

from bids_vlint.errors import Exit, InputError


class SubcommandParser(argparse.ArgumentParser):
    """Argparse with the exit code of a usage error; `prog` names the subcommand."""

    def error(self, message: str) -> NoReturn:
        """Turn argparse's complaint into one sentence."""
        raise InputError(self.prog, message, f"see {self.prog} --help", Exit.USAGE)
