"""``dlnbalance info`` and ``dlnbalance examples``: what a model is like, and which ones there are by formula."""

from typing import Any

from .options import IgnoreE, Json, Source
from .sources import load
from .terminal import busy, show, show_table, write_json

__all__ = ["describe_source", "list_examples"]


def describe_source(source: Source, ignore_e: IgnoreE = False, as_json: Json = False) -> None:
    """Describe a model (poles, stability, Hankel singular values, norm) or a deep linear network."""
    subject = load(source, ignore_e)
    with busy("looking"):
        from ..report.summaries import model_summary
        from ..summary import document, rows

        said = model_summary(subject)
    show(source, rows(said), {"source": source, **document(said)}, None, as_json)


def list_examples(as_json: Json = False) -> None:
    """List the models that example:NAME stands for."""
    from .. import examples

    documents: list[dict[str, Any]] = []
    for name in examples.names():
        system = examples.get(name)
        sizes = {"states": system.nstates, "inputs": system.ninputs, "outputs": system.noutputs}
        documents.append({"name": name, **sizes, "description": examples.describe(name)})
    if as_json:
        write_json({"examples": documents})
        return
    show_table(list(documents[0]), [[str(value) for value in document.values()] for document in documents])
