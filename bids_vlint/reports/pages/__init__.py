"""The pages: a participant, the group."""
