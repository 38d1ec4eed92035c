"""One fit's life: what goes in, its responses and features, its analysis, what is kept of it."""
