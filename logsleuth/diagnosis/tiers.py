"""How directly a failure class names a cause: of two unexplained failures the more direct one stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logsleuth.model import Role

if TYPE_CHECKING:
    from logsleuth.diagnosis.groups import Group

HARDWARE: Final = 0  # what the kernel or the device itself reports
CAUSE: Final = 1  # names what is wrong
CLIENT: Final = 2  # a request's fault: never what ends a process
SHAPE: Final = 3  # known by shape alone, or slowness that says nothing of its reason
SYMPTOM: Final = 4  # what any earlier failure makes others say
WRAPPER: Final = 5

HARDWARE_CLASSES: Final = frozenset(
    {"gpu.xid.off-bus", "gpu.xid.ecc", "gpu.xid.nvlink", "gpu.xid.gsp", "gpu.nvswitch", "host.oom-killer"}
)
CLIENT_CLASSES: Final = frozenset(
    {"vllm.prompt-too-long", "vllm.request-rejected", "vllm.chat-template", "vllm.tool-parser"}
)
SHAPE_CLASSES: Final = frozenset({"unknown", "vllm.internal"})
BY_PLACE: Final = (".in-code", ".logged")  # signatures that only say whose code raised an exception or printed an error
SYMPTOM_CLASSES: Final = frozenset(
    {
        "nccl.timeout",
        "nccl.unhandled-cuda",
        "nccl.unhandled-system",
        "nccl.internal",
        "nccl.connect",
        "dist.rendezvous-timeout",
        "dist.connect",
        "dist.ray-died",
        "vllm.engine-timeout",
        "vllm.startup-timeout",
        "cuda.cublas",
        "cuda.cudnn",
        "host.segfault",
        "model.load-slow",
    }
)

# wrappers by their distance from what they report, the nearest first: who was killed, who saw it die, who waited for it
WRAPPER_ORDER: Final = (
    "host.killed",
    "nccl.remote-exited",
    "dist.peer-died",
    "vllm.worker-died",
    "vllm.worker-init-failed",
    "vllm.core-init-failed",
    "vllm.engine-dead",
)


# exceptions that carry one of another process; they say nothing of their own
CARRIERS: Final = (
    "RayTaskError",
    "RemoteError",
    "ProcessRaisedException",
    "ProcessExitedException",
    "ChildFailedError",
)


def carries_another(group: Group) -> bool:
    """Whether an unknown failure is only the vessel in which another process's failure arrived."""
    if group.signature.class_id != "unknown":
        return False
    name = dict(group.first.facts).get("exception", "").rpartition(".")[2]
    return name.startswith(CARRIERS)


def distance(group: Group) -> int:
    """How far a wrapper stands from what it reports."""
    name = group.signature.class_id
    return WRAPPER_ORDER.index(name) if name in WRAPPER_ORDER else len(WRAPPER_ORDER)


def tier(group: Group) -> int:
    """The rank of the group's class, the most direct first."""
    if group.role is Role.WRAPPER:
        return WRAPPER
    name = group.signature.class_id
    if name in HARDWARE_CLASSES:
        return HARDWARE
    if name in SYMPTOM_CLASSES or carries_another(group):
        return SYMPTOM
    if name in SHAPE_CLASSES or name.startswith("perf.") or group.id.endswith(BY_PLACE):
        return SHAPE
    return CLIENT if name in CLIENT_CLASSES else CAUSE
