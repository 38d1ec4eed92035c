"""What a fit leaves behind: file names, columns and their meanings, tables and arrays, written and read again."""
