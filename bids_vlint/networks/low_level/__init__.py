"""Low-level features of a stimulus: what a brain may follow that knows neither pictures nor meanings."""
