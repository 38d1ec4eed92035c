"""Simulated recordings with known truth: how often the tests err, and how much they find."""
