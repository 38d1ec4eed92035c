"""What other people's brains say of an electrode where they saw the same film: prediction, and ceiling."""
