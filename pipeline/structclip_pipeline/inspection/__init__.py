"""Looking at one row: the caption with its marks, the graph and the variants as trees, the graph as a picture."""
