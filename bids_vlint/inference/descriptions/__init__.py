"""What is said of an electrode besides the tests: noise ceiling, partition, courses, swapped stimuli."""
