"""Getting the networks' files once: what a model set needs, the lock that pins it, and the downloads."""
