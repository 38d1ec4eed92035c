"""What is written: file names, columns, derivatives, figures and reports."""
