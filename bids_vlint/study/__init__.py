"""A BIDS data set of people who watched films: recordings, channels, electrodes, transcripts, what was shown when."""
