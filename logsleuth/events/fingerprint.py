"""What makes two failures the same: comes in the chain of exceptions, goes out a short digest of what does not vary.

Counted are the types, the file's tail and function of each raising frame, and the first line of each message without
its numbers, addresses and paths. Not counted are line numbers (they change with every release), outer frames (the same
failure is reached on several ways), further lines of messages (they repeat sizes and advice) and folders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.masking import mask_text
from logsleuth.model import Frame, Raised

PATH: Final = lazy(r"(?<![\w/])/?(?:[\w.@+-]{1,100}/){2,40}[\w.@+-]{0,100}")
MESSAGE_CHARS: Final = 160
DIGEST_CHARS: Final = 12
TAIL_PARTS: Final = 2
# frames that only carry a call from one thread, process or loop to another
PLUMBING: Final = lazy(
    r"(?:^|/)(?:threading|queue|selectors|socketserver|runpy|contextlib|functools)\.py$"
    r"|(?:^|/)(?:asyncio|multiprocessing|concurrent/futures|importlib)/[\w/]{1,80}\.py$"
    r"|^<frozen (?:runpy|importlib)|(?:^|/)uvloop/"
)
# frames of torch through which every call of an operator or a module goes
MACHINERY: Final = lazy(
    r"(?:^|/)torch/(?:_ops|_tensor|_compile|functional|library|_library/\w+|nn/[\w/]{1,60}|utils/_\w+|autograd/\w+"
    r"|_dynamo/eval_frame)\.py$"
    r"|\.(?:pyx|pxi)$|(?:^|/)tvm_ffi/"  # and those of compiled bridges
)
LIBRARY: Final = lazy(r"(?:site|dist)-packages/")  # a package's own module may be called threading.py


def fingerprint(raised: Sequence[Raised]) -> str:
    """A short digest that is the same for the same failure on any rank, host and installation."""
    text = "\n".join(parts(raised))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:DIGEST_CHARS]


def parts(raised: Sequence[Raised]) -> tuple[str, ...]:
    """What the fingerprint counts, one text for each exception of the chain."""
    return tuple(f"{one.type}|{_place(one)}|{_stable(one.message)}" for one in raised)


def raising_frame(raised: Raised) -> Frame | None:
    """The innermost frame outside the standard library's plumbing, or the innermost of all, or None."""
    for frame in reversed(raised.frames):
        if not is_plumbing(frame):
            return frame
    return raised.frames[-1] if raised.frames else None


def telling_frame(raised: Raised) -> Frame | None:
    """The innermost frame whose place says something: past torch's machinery, where it was called from."""
    frames = (one for one in reversed(raised.frames) if not is_plumbing(one) and not MACHINERY.search(one.file))
    return next(frames, None) or raising_frame(raised)


def is_plumbing(frame: Frame) -> bool:
    """Whether `frame` only carries a call, and says nothing of what failed."""
    is_inside = PLUMBING.search(frame.file) is not None
    return is_inside and ("uvloop/" in frame.file or LIBRARY.search(frame.file) is None)


def _place(raised: Raised) -> str:
    frame = raising_frame(raised)
    if frame is None:
        return ""
    tail = "/".join(frame.file.replace("\\", "/").split("/")[-TAIL_PARTS:])
    return f"{tail}:{frame.function}"


def _stable(message: str) -> str:
    line = message.lstrip().partition("\n")[0][:1000]
    return mask_text(PATH.sub("<path>", line))[:MESSAGE_CHARS]
