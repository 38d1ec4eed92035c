"""Recordings: read, referenced, cleaned, and averaged in windows around events."""
