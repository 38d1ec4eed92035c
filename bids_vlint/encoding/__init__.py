"""Cross-validated ridge regression from features to responses."""
