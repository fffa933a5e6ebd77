"""Linear algebra: arrays, LAPACK, Schur forms, factors of Lyapunov equations, products of many matrices, scaling."""
