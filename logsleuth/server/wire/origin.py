"""The labels of a stream, or the attributes of a resource -> the name of its source.

Samples (Alloy and Promtail in Kubernetes, Promtail on a host, OpenTelemetry's SDK, journald through Alloy):
    {namespace="serving", pod="vllm-0", container="engine", stream="stderr"}          serving/vllm-0/engine
    {job="varlogs", host="gpu-07", filename="/var/log/vllm.log"}                      gpu-07/var/log/vllm.log
    service.name=vllm, service.instance.id=vllm-0, host.name=gpu-07                   gpu-07/vllm/vllm-0
    {unit="vllm.service", hostname="gpu-07"}                                          gpu-07/vllm.service
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logsleuth.server.names import source_name

_NAMESPACE: Final = ("k8s_namespace_name", "kubernetes_namespace_name", "namespace", "namespace_name")
_POD: Final = ("k8s_pod_name", "kubernetes_pod_name", "pod", "pod_name")
_CONTAINER: Final = ("k8s_container_name", "kubernetes_container_name", "container", "container_name")
_NODE: Final = ("host_name", "host", "hostname", "nodename", "node_name", "k8s_node_name", "node", "_hostname")
_FILE: Final = ("log_file_path", "filename", "file_path", "path", "log_file_name")
_UNIT: Final = ("unit", "systemd_unit", "_systemd_unit")
_SERVICE: Final = ("service_name", "service", "application", "app", "app_kubernetes_io_name", "job")
_INSTANCE: Final = ("service_instance_id", "instance", "container_id")
# They change within one stream of lines, which must stay together for its tracebacks to be read.
_FLEETING: Final = frozenset(
    {"level", "severity", "severity_text", "detected_level", "lvl", "stream", "log_iostream", "logger", "time", "flags"}
)
_PARTS: Final = 8
NAMES: Final = frozenset(
    (*_NAMESPACE, *_POD, *_CONTAINER, *_NODE, *_FILE, *_UNIT, *_SERVICE, *_INSTANCE),
)


def source_of(labels: Mapping[str, str], hint: str) -> str:
    """The source that labels name, spelt with `_` for dots; `hint` stands for the node where they name none."""
    pod = first(labels, _POD)
    if pod:
        return source_name((first(labels, _NAMESPACE), pod, first(labels, _CONTAINER)))
    node = first(labels, _NODE) or hint
    for ladder in (_FILE, _UNIT):
        name = first(labels, ladder)
        if name:
            return source_name((node, name))
    what = first(labels, _SERVICE) or first(labels, _CONTAINER)
    if what or node != hint:
        return source_name((node, what, first(labels, _INSTANCE)))
    return source_name((node, *_rest(labels)))


def first(labels: Mapping[str, str], ladder: tuple[str, ...]) -> str:
    """The first label of the ladder that says anything, or an empty text."""
    for name in ladder:
        value = labels.get(name)
        if value:
            return value
    return ""


def _rest(labels: Mapping[str, str]) -> list[str]:
    """What tells streams apart whose labels say nothing known."""
    return [value for name, value in sorted(labels.items()) if name not in _FLEETING][:_PARTS]
