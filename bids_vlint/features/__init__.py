"""Features: what each network makes of the frames and texts of a stimulus's events."""
