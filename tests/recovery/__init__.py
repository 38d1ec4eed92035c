"""Effects planted into a recording's own noise."""
