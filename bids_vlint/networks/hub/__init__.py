"""What the `transformers` family is made of: files, loading, and a network's inputs and outputs by kind."""
