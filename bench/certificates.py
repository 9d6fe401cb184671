"""Measures certificates on one core: python -m bench.certificates COUNT [FILE] prints its speed.

What counts is the whole way from frozen data to a sealed file: code, page, attachments, seal.
The peer is WeasyPrint with pyHanko, which writes an untagged page with a smaller code.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from app.clock import now
from app.documents import samples
from app.documents.certificates import STARTING_TEMPLATES, render_document
from app.documents.minting import new_seal_pem
from app.documents.pem import read_seals
from app.documents.press import Press
from app.documents.sealing import seal
from bench.places import PEERS, ROOT

sys.path.insert(0, str(PEERS))
import harness  # the peers' own, which makes their environments and runs all in turn

COUNT = 1_000
ROUNDS = 5
"""The count is made in so many rounds, by turns with the peer."""
WARM_UP = 3
PEER = "WeasyPrint and pyHanko"


def measure(count: int = COUNT) -> dict[str, float]:
    """Return seconds that so many certificates take us and the peer, each on the same core."""
    part = str(count // ROUNDS)
    peer = PEERS / "certificates" / "render.py"
    commands = {
        "hallmark": [sys.executable, "-m", "bench.certificates", part],
        PEER: [str(harness.python_of("certificates")), str(peer), "plain", part],
    }
    whole = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(whole)})  # the commands inherit this core, and so does the press
    try:
        reports = harness.reports_of(commands, ROUNDS)
    finally:
        os.sched_setaffinity(0, whole)
    return {
        name: ROUNDS * median(each["seconds"] for each in told) for name, told in reports.items()
    }


def certificate(number: int) -> tuple[dict[str, Any], str]:
    """Return the data of a certificate and the address in its code, of the usual length."""
    name = f"Siobhán O’Neill-{number}"
    content = samples.content_of("certificate", name) | {"reference": f"C-{number:08}"}
    return content, f"HTTPS://VERIFY.EXAMPLE.ORG/V/{number:013}." + f"{number:09}" * 22


def make(count: int, file: Path | None) -> dict[str, float]:
    """Render and seal certificates one after the other; return milliseconds for each step."""
    key = read_seals((new_seal_pem("Made-up Awarding Body", now()),)).current
    assert key is not None
    rendering = sealing = 0.0
    sealed = b""
    with Press() as press:
        for number in range(-WARM_UP, count):
            content, address = certificate(number + WARM_UP)
            begun = time.perf_counter()
            pdf = render_document(
                press, STARTING_TEMPLATES["certificate"], content, address=address
            )
            rendered = time.perf_counter()
            sealed = seal(pdf, key, reason="Issued by Made-up Awarding Body", at=now())
            if number >= 0:
                rendering += rendered - begun
                sealing += time.perf_counter() - rendered
    if file:
        file.write_bytes(sealed)
        said = subprocess.run(
            ["pdfsig", "-nocert", file], capture_output=True, text=True, check=False
        )
        assert "Signature is Valid" in said.stdout, said
    return {
        "certificates": count,
        "seconds": rendering + sealing,
        "write_ms": 1000 * rendering / count,
        "seal_ms": 1000 * sealing / count,
        "kilobytes": len(sealed) / 1000,
    }


if __name__ == "__main__":
    os.chdir(ROOT)
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    print(json.dumps(make(int(sys.argv[1]), kept)))
