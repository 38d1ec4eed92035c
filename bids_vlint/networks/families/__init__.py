"""The families of this package: one `Family` in each file."""
