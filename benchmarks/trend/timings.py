"""Times of the everyday computations, followed from commit to commit.

    pip install -e ".[bench]" && asv run --config benchmarks/asv.conf.json HEAD~5..HEAD
    asv publish --config benchmarks/asv.conf.json && asv preview --config benchmarks/asv.conf.json

The cases are those of `benchmarks/run.py`, without their peers, on one BLAS thread; asv takes
times of the processor, and repeats them by itself.
"""

import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read by BLAS when it is loaded, below
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cases

SIZES = (4, 20, 50, 100, 200)


class _Timed:
    """One computation of `cases`, by model and number of states."""

    computation: str
    params: tuple[list[str], list[int]]
    param_names = ("model", "n")
    timer = time.process_time

    def setup(self, model, n):
        found = [case for case in cases.COMPUTATIONS[self.computation]((n,)) if case.model == model and case.n == n]
        if not found:
            raise NotImplementedError  # which asv skips
        self.run = found[0].here
        self.run()  # loads what is loaded on first use

    def time_here(self, _model, _n):
        self.run()


class Reduce(_Timed):
    computation = "reduce"
    params = (["random", "random, discrete", "random, with E", "oscillators"], [*SIZES])


class HinfNorm(_Timed):
    computation = "hinf_norm"
    params = (["random", "random, discrete", "random, with E", "oscillators"], [*SIZES])


class ReduceAndError(_Timed):
    computation = "error"
    params = (["random", "oscillators"], [*SIZES])


class FrequencyResponse(_Timed):
    computation = "frequency_response"
    params = (["random", "oscillators"], [*SIZES])


class ReduceMany(_Timed):
    computation = "reduce_many"
    params = (["random, continuous", "random, discrete", "oscillators"], [4, 10])


class Others(_Timed):
    """The rest of the table, at one size."""

    params = (["factors", "hankel_singular_values", "h2_norm", "minreal", "balance_norm"], [20])
    param_names = ("computation", "n")

    def setup(self, computation, n):
        self.run = next(iter(cases.COMPUTATIONS[computation]((n, 5 * n)))).here
        self.run()
