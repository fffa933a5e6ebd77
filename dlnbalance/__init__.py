"""Balance and reduce linear models; deep linear networks and linear systems as one computation."""
