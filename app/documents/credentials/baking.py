"""Baked badges: a PNG picture that carries its credential, as Open Badges 3.0 describes."""

import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

_KEYWORD = "openbadgecredential"


def bake(picture: bytes, credential: Mapping[str, Any]) -> bytes:
    """Return the PNG ``picture`` with ``credential`` in it; what else it carried is left out."""
    chunks = PngInfo()
    chunks.add_itxt(_KEYWORD, json.dumps(credential, ensure_ascii=False))
    baked = io.BytesIO()
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as opened:
        opened.save(baked, "PNG", pnginfo=chunks)
    return baked.getvalue()


def unbake(picture: bytes) -> Any:
    """Return the credential in a PNG, not yet verified, or None when it carries none."""
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as opened:
        assert isinstance(opened, PngImageFile)
        text = opened.text.get(_KEYWORD)
    return json.loads(text) if text else None
