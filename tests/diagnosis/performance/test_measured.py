"""The series of several sources, and what one lends another."""

from __future__ import annotations

from collections.abc import Callable

from logsleuth.diagnosis.performance import Measured, by_source

Build = Callable[..., Measured]
SERVER = [{"running": 1.0}, {"prefix_hit": 3.0}]
GPU = [{"utilization": 3.0}]


def test_one_server_takes_what_one_file_beside_it_has(measured: Build) -> None:
    """The file itself takes nothing."""
    server, beside = measured(vllm_v1=SERVER).series, measured(gpu=GPU, request=[{"ttft_ms": 1.0}]).series
    of_server, of_file = by_source({0: server, 1: beside}, {})

    assert [item.values for item in of_server.near("gpu")] == GPU
    assert of_server.of("gpu") == ()
    assert of_file.beside == {}
    assert [item.values for item in of_server.statistics] == SERVER[:1]


def test_what_could_belong_to_several_is_lent_to_none(measured: Build) -> None:
    """Two servers, or two files."""
    server, beside = measured(vllm_v1=SERVER).series, measured(gpu=GPU).series

    for series in ({0: server, 1: server, 2: beside}, {0: server, 1: beside, 2: beside}):
        assert [found.beside for found in by_source(series, {})] == [{}, {}, {}]


def test_own_figures_come_first(measured: Build) -> None:
    """Whatever stands beside."""
    own = measured(vllm_v1=SERVER, gpu=GPU)
    found, _ = by_source({0: own.series, 1: measured(gpu=[{"utilization": 90.0}]).series}, {})

    assert [item.values for item in found.near("gpu")] == GPU
