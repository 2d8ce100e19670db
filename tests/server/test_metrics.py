"""The figures for Prometheus."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.server.site import Site


def test_the_figures_can_be_read(site: Site) -> None:
    """By Prometheus' own parser, and hold what the service and the worker count."""
    answer = site.client.get("/metrics")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    names = {name for name, _ in samples}

    assert answer.headers["content-type"].startswith("text/plain")
    assert samples["logsleuth_requests_total", (("outcome", "taken"), ("protocol", "loki"))] == 3
    assert samples["logsleuth_worker_up", ()] == 1
    assert samples["logsleuth_spool_lag_bytes", ()] == 5
    assert samples["logsleuth_ready", ()] == 1
    assert samples["logsleuth_analysed_lines_total", ()] > 300
    assert {"process_resident_memory_bytes", "logsleuth_build_info", "logsleuth_kept_line_bytes"} <= names


def test_open_incidents_are_counted_by_class(site: Site) -> None:
    """As many as the API lists."""
    answer = site.client.get("/metrics")
    count = sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "logsleuth_incidents_open"
    )

    assert count == len(site.incidents(status="open", limit="500"))
