"""Training the parser: gold graphs aligned, a teacher fine-tuned and asked, the network fitted; needs torch."""
