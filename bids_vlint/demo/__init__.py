"""A small world of named things: its film, its transcript, its planted brain, and networks trained on it."""
