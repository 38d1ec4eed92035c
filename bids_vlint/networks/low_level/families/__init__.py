"""The families of low-level features of this package: one `LowLevelFamily` in each file."""
