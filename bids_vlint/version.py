"""The version, in one place: the package, the descriptor, the images and the outputs read it here."""

__version__ = "0.1.0"
