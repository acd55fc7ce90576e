"""What the machine is, and how much of it there is to use."""

import os
import platform
from pathlib import Path

_TELLING = ("avx2", "avx512_vnni", "avx512_bf16", "amx_tile")


def cores() -> int:
    """The cores this process may use, which in a container can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's name with its instructions for small numbers, which decide how fast 8 and 16 bits are, and how they round."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = (line.partition(":") for line in lines)
    told = {name.strip(): value.strip() for name, _, value in pairs}
    flags = told.get("flags", "").split()
    known = [flag for flag in _TELLING if flag in flags]
    return told.get("model name", platform.machine()) + (f" ({', '.join(known)})" if known else "")
