"""How figures look: what all rooms that draw share."""
