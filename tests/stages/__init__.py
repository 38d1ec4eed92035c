"""What is kept of each stage."""
