"""From signals to each electrode's response around each event."""
