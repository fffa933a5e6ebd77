"""What asv follows from commit to commit; see `timings`."""
