"""The version, in one place: the package, the descriptor, the images and the outputs read it here; and those of the
packages that results depend on."""

from functools import cache

__version__ = "0.1.0"


@cache
def version_of(package: str) -> str:
    """Of an installed package; its files are read once.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        It is not installed.
    """
    from importlib.metadata import version  # which who asks for the version alone can do without

    return version(package)
