"""One file for each root field that reads."""
