"""One module per network: its paths, shapes, headers and error bodies."""
