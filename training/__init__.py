"""Makes the reader: prepare, train, evaluate, export. The README beside this file gives the commands in order."""
