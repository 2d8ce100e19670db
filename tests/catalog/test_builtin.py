"""The signatures that come with the package hold."""

from __future__ import annotations

from logsleuth.catalog import trial


def test_every_sample_holds_under_every_mutation() -> None:
    """As `logsleuth catalog test` says."""
    assert trial.try_folders() == ()
