"""From held-out predictions to integration sites."""
