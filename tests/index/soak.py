"""`python -m tests.index.soak [PART…]`: the whole of what the tests do in a reduced run, with figures.

The parts are kills, damages, disks, mutations (some 20 minutes together), and `corpus FILE|FOLDER…`:
files of your own added by the real encoder, with a kill -9 on the way.
"""

from __future__ import annotations

import io
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from index import DocumentError, Limits, all_from_bytes, loading
from tests.index import survival
from tests.index.files import packed
from tests.index.test_formats import LETTER, PAGE, REPORT, mutated

KILLS, FLIPS, CUTS, MUTATIONS = 300, 2_000, 200, 10_000
SECONDS = 5.0  # a mutated file may take


def kills(folder: Path) -> str:
    """300 blows in the middle of add, update, remove and rebuild."""
    return f"{KILLS} kill -9, by what was under way: {dict(survival.kills(folder, KILLS, seed=1))}"


def damages(folder: Path) -> str:
    """Flipped bits and cut ends of the SQLite file."""
    return f"{FLIPS} flips, {CUTS} cuts: {dict(survival.damages(folder, FLIPS, CUTS, seed=1))}"


def disks(folder: Path) -> str:
    """A full disk and a read-only one."""
    count = survival.full_disk(folder / "full")
    survival.read_only_disk(folder / "read-only")
    return f"full after {count} documents, none lost; read-only: asked, refused to change"


def mutations(folder: Path) -> str:
    """10,000 mutated files of each binary format."""
    told = []
    originals = {
        "r.pdf": REPORT,
        "l.docx": LETTER,
        "p.html": PAGE.encode(),
        "z.zip": packed({"a.txt": "Un.", "b.md": "# Deux", "c.zip": packed({"d.csv": "text\nTrois"})}),
    }
    for name, original in originals.items():
        chance = random.Random(name)
        outcomes: Counter[str] = Counter()
        slowest = 0.0
        for _ in range(MUTATIONS):
            begun = time.monotonic()
            data = mutated(original, chance)
            if (
                name == "l.docx" and chance.random() < 0.5
            ):  # else the archive's own checksums refuse nearly all
                data = _mutated_inside(original, chance)
            with suppress(DocumentError):
                outcome = "refused"
                count = sum(bool(d.text) for d in all_from_bytes(data, name, name, Limits(seconds=SECONDS)))
                outcome = "read" if count else "empty"
            outcomes[outcome] += 1
            slowest = max(slowest, time.monotonic() - begun)
        assert outcomes["empty"] == 0
        assert slowest < SECONDS + 2, f"{name}: {slowest:.1f} s"
        told.append(f"{name}: {dict(outcomes)}, slowest {slowest:.2f} s")
    loading._ISOLATION.close()  # counts among the children once it has ended
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = max(usage) / 1e3
    assert peak < 1_000, f"{peak:.0f} MB"
    return "; ".join([*told, f"peak memory {peak:.0f} MB"])


def _mutated_inside(data: bytes, chance: random.Random) -> bytes:
    """One member of an archive changed, and packed again with the checksum it has now."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(["word/document.xml", "word/document.xml", *members])
    return packed({**members, name: mutated(members[name], chance)})


def corpus(folder: Path, files: Sequence[str]) -> str:
    """Add `files` in the shell, kill it twice on the way, go on to the end, and verify."""
    command = [sys.executable, "-m", "index", "add", "--collection", str(folder), *files]
    begun = time.monotonic()
    for seconds in (20, 60):
        with suppress(subprocess.TimeoutExpired):  # run() kills with SIGKILL
            subprocess.run(command, timeout=seconds, check=False, stdout=subprocess.DEVNULL)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds_taken = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    begun = time.monotonic()
    again = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    skipped_in = time.monotonic() - begun
    verify = [sys.executable, "-m", "index", "verify", "--collection", str(folder)]
    verified = subprocess.run(verify, check=False, capture_output=True, text=True).stdout.splitlines()[-1]
    documents = int(verified.split()[0])
    return (
        f"{documents} documents in {seconds_taken:.0f} s, two kills included: {documents / seconds_taken:.1f} a second, "
        f"peak memory {peak:.0f} MB; again in {skipped_in:.1f} s: {again}; verify: {verified}"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["corpus"]:
        with tempfile.TemporaryDirectory() as made:
            print(corpus(Path(made), sys.argv[2:]))
        sys.exit()
    parts = {"kills": kills, "damages": damages, "disks": disks, "mutations": mutations}
    for wanted in sys.argv[1:] or parts:
        with tempfile.TemporaryDirectory() as made:
            for part in ("full", "read-only"):
                Path(made, part).mkdir()
            start = time.monotonic()
            print(f"{wanted}: {parts[wanted](Path(made))} ({time.monotonic() - start:.0f} s)", flush=True)
