"""What pages can say: all results of their fits, and the figures that say them."""
