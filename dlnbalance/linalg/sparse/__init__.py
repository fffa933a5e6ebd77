"""Sparse pencils: orderings, factorizations, shifts and low-rank ADI."""
