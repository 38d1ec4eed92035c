"""Data sets that were published without what the two levels need, made whole: one file of `datasets` each."""
