"""The tables of the group level, one file each."""
