"""What is read from the user's data set."""
