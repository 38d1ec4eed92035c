"""The figures that a paper can print, one file each; each is drawn from a table that lies beside it."""
