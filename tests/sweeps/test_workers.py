"""Processes that do the work of a sweep on the command line."""

import os

from dlnbalance.sweeps.workers import processes


def test_the_work_of_one_needs_no_process():
    with processes(1) as executor:
        assert executor is None


def test_each_process_has_one_blas_thread(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with processes(2) as executor:
        assert executor is not None
        assert executor.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
        assert executor.submit(os.getpid).result() != os.getpid()
