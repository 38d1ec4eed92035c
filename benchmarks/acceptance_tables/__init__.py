"""The tables of a set of acceptance studies, to set two versions of the program side by side."""

ARRAYS = "arrays.json"  # shapes, types and sums of the arrays of a study
