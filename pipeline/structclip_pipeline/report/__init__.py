"""A dataset on one page: its manifest, what it counts, how its captions and variants are distributed, examples."""
