"""A server of Milvus in a process of its own, that can be stopped and started."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path


class MilvusServer:
    """milvus-lite behind a port: the protocol of a cluster, without its parts."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def where(self) -> str:
        """The address of a collection on it."""
        return f"milvus://127.0.0.1:{self.port}/collection"

    def start(self) -> None:
        """Returns when it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from milvus_lite.cmdline import main; main()", "server",
             "--data-dir", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(300):
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("milvus-lite does not start")

    def stop(self) -> None:
        """As a machine that fails: at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
