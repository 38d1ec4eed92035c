"""Features of the events of stimuli: networks run over what was shown, kept, matched to events, written as files."""
