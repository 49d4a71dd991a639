"""Measuring a model: strict comparisons on benchmarks, retrieval both ways, plain, fused and blind rows."""
