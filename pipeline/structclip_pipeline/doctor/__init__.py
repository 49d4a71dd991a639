"""Checks of a machine and an installation, each with what to do about it."""
