"""One Python driver for each kernel template, of the same stem: what it takes, how it is launched."""
