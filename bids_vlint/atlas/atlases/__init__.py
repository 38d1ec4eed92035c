"""The atlases, one file each."""
