"""The two levels, each a paragraph of the method."""
