"""The paper's rule as a whole: its refitting bootstrap, its counted bins, its comparisons."""
