"""Files as such: written whole or not at all, tables as text, TOML, digests, and no connection where none is wanted."""
