"""Reports: results in words and pictures, from the derivatives alone."""
