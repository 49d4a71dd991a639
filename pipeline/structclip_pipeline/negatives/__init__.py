"""Hard negatives: three swaps over scene graphs, each edit on record, chosen by seed and plausibility."""
