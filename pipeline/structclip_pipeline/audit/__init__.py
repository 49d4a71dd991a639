"""Audits of a dataset: variants read by eye, leakage into a benchmark, balance against a text-only model."""
