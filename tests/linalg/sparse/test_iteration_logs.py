"""What iterations log about their residuals."""

import logging

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.linalg.sparse.iteration_logs import finished_share, log_residuals


def test_the_share_of_digits():
    assert finished_share(1e-3, 1e-12) == pytest.approx(0.25)
    assert [finished_share(residual, 1e-10) for residual in (1e-10, 0.0)] == [1, 1]
    assert [finished_share(residual, 1e-10) for residual in (1.0, 7.0, np.inf, np.nan)] == [0, 0, 0, 0]


def test_nothing_is_made_for_a_logger_that_does_not_listen(caplog):
    log = logging.getLogger("a.quiet.one")
    log.setLevel(logging.WARNING)
    log_residuals(log, 1, [0.5], 1e-10)
    assert not caplog.records


@pytest.mark.parametrize("kind", [dln.LowRank(), dln.Coprime()], ids=lambda kind: kind.name)
def test_low_rank_iterations_log_every_factorization(caplog, kind):
    with caplog.at_level(logging.INFO, "dlnbalance"):
        dln.reduce(dln.examples.convection_diffusion(40), 3, gramians=kind)
    records = [record for record in caplog.records if hasattr(record, "share")]
    assert [record.getMessage().partition(":")[0] for record in records] == [
        f"factorization {k + 1}" for k in range(len(records))
    ]
    assert records[-1].share == 1 > records[0].share
    assert all("residuals" in record.status for record in records)


def test_the_choice_of_a_kind_is_logged(caplog):
    with caplog.at_level(logging.INFO, "dlnbalance"):
        dln.reduce(dln.examples.get("heat-rod"), 3)
    assert "30 states, dense: Lyapunov()" in caplog.messages
