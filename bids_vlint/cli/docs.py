"""docs/options.md, from the list of options: `python -m bids_vlint.cli.docs > docs/options.md`."""

from __future__ import annotations

from itertools import groupby

from bids_vlint.settings import OPTIONS, Option


def options_page() -> str:
    """The page of options."""
    *others, last = (f"`{o.flag}`" for o in OPTIONS if o.command)
    commands = f"{', '.join(others)} and {last}"
    lines = ["# Options", "", "`bids_vlint BIDS_DIR OUTPUT_DIR {participant,group} [options]`", "",
             "Each option also stands in a TOML file for `--config`, with underscores (`n_bootstraps = 1000`); the",
             f"command line overrules it. {commands} are commands, not settings: they stand on the command line",
             "alone. This page is made from the program's list of options.", ""]  # fmt: skip
    for group, options in groupby(OPTIONS, key=lambda o: o.group):
        lines += [f"## {group}", "", "| option | meaning | default | changes results |", "|---|---|---|---|"]
        lines += [_row(o) for o in options]
        lines.append("")
    return "\n".join(lines)


def _row(option: Option) -> str:
    flags = f"`{option.flag}`" + (f", `-{option.short}`" if option.short else "")
    value = " ".join(option.default) if isinstance(option.default, tuple) else option.default
    default = "" if value is None or value is False or value == "" else f"`{value}`"
    choices = f" ({', '.join(option.choices)})" if option.choices else ""
    meaning = f"{option.help}{choices}".replace("|", "\\|")
    return f"| {flags} | {meaning} | {default} | {'yes' if option.changes_results else ''} |"


if __name__ == "__main__":
    print(options_page(), end="")
