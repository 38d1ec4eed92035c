"""What is kept of each stage of a fit under the work folder, so that nothing is fitted twice."""
