"""Figures as pure functions of tables and arrays; each returns a matplotlib Figure."""
