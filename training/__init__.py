"""Makes the reader: prepare, train, evaluate, export. The README has the commands in order."""
