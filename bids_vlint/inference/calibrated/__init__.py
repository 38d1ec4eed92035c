"""The calibrated tests: differences between networks against what shifted responses give."""
