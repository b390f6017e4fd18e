"""One type a file, each made from its row."""
