"""Negatives that other projects published, read under our contract."""
