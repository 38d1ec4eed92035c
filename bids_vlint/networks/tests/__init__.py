"""The tests that are always made, one file each."""
