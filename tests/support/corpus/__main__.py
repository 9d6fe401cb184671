"""Writes the corpus into a folder."""

import sys
from pathlib import Path

from tests.support.corpus import CORPUS

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, entry in CORPUS.items():
    (folder / f"{name}.{entry.kind}").write_bytes(entry.make())
