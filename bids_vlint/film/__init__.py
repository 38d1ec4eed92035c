"""A film: its frames, its sound, its cuts."""
