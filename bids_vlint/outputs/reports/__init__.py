"""HTML reports made from the derivatives on disk alone."""
