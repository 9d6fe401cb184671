"""Seals a PDF: a certification signature (PAdES) that says who issued it and locks every byte."""

import io
from functools import lru_cache

from asn1crypto import pem, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter

from app.documents.keys import SealKey

FIELD = "Seal"
_RESERVED = 4096
"""Bytes for the signature, in hexadecimal digits: without a fixed room pyHanko signs twice."""


def seal(pdf: bytes, key: SealKey, *, reason: str) -> bytes:
    """Return ``pdf`` with a seal after which no change is permitted.

    The signature covers the whole file and says who seals, when and why; the field is invisible.
    Raise ValueError when ``pdf`` is no PDF.
    """
    signer = _signer(key)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        name=signer.subject_name,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    sealed = io.BytesIO()
    signers.PdfSigner(metadata, signer=signer, new_field_spec=SigFieldSpec(FIELD)).sign_pdf(
        writer, output=sealed, bytes_reserved=_RESERVED * 2
    )
    return sealed.getvalue()


class _KeptSigner(signers.Signer):
    """Signs with a key that is read once: pyHanko's own signer checks an RSA key at every turn."""

    def __init__(self, key: SealKey) -> None:
        _, _, certificate = pem.unarmor(key.certificate_pem)
        private = load_pem_private_key(key.private_key_pem, password=None)
        assert isinstance(private, rsa.RSAPrivateKey)
        self._private = private
        super().__init__(signing_cert=x509.Certificate.load(certificate))

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Return the raw RSA signature of ``data``."""
        if dry_run:
            return bytes(self._private.key_size // 8)
        assert digest_algorithm == "sha256"
        return self._private.sign(data, padding.PKCS1v15(), hashes.SHA256())


@lru_cache(maxsize=8)
def _signer(key: SealKey) -> _KeptSigner:
    return _KeptSigner(key)
