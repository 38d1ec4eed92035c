"""The methods paragraph: what was done, in sentences with their references."""
