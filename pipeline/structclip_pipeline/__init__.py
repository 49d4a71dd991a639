"""Captions to scene graphs to hard negatives: the offline CPU half of structclip."""
