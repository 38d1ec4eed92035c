"""What faults do to the program: `kills` ends runs at any moment, `fuzz` spoils what goes in. Both are commands."""
