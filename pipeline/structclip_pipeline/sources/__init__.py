"""Sources of captions: one reader a format, all giving the same rows, and the detection of a file's format."""
