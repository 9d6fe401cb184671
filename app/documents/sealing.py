"""Seals PDFs: a PAdES certification signature after which nothing may change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.cms import ContentInfo
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import load_pem_x509_certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.documents.keys import SealKey

RESERVED = 8192
"""Hexadecimal digits kept for a signature with its certificate, so that it is made only once."""
FIELD = "Seal"


@dataclass(frozen=True)
class _Form:
    """A CMS signature as pyHanko builds it, in which only the digest and the signature change.

    Building it takes three times as long as all the rest of sealing. Both have the same length in
    every signature of a key, and PAdES keeps the time outside, in the PDF.
    """

    whole: bytes
    signed: bytes
    digest: bytes
    signature: bytes

    @classmethod
    def of(cls, first: ContentInfo, digest: bytes) -> "_Form":
        """Take the form of a signature over ``digest``."""
        signer = first["content"]["signer_infos"][0]
        form = cls(
            whole=first.dump(),
            signed=signer["signed_attrs"].untag().dump(),
            digest=digest,
            signature=signer["signature"].native,
        )
        if form.whole.count(digest) != 1 or form.whole.count(form.signature) != 1:
            raise ValueError("The signature is not of the form that was expected.")
        return form

    def filled(self, digest: bytes, sign: Callable[[bytes], bytes]) -> ContentInfo:
        """Return the signature over another digest, made by ``sign``."""
        signature = sign(self.signed.replace(self.digest, digest))
        whole = self.whole.replace(self.digest, digest).replace(self.signature, signature)
        form: ContentInfo = ContentInfo.load(whole)
        return form


class _KeptSigner(Signer):
    """Signs with a key that was read once; pyHanko's own reads and checks it each time."""

    def __init__(self, key: SealKey) -> None:
        certificate = x509.Certificate.load(_der(key.certificate_pem))
        registry = SimpleCertificateStore()
        registry.register(certificate)
        super().__init__(
            signing_cert=certificate,
            cert_registry=registry,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        )
        private = serialization.load_pem_private_key(key.private_key_pem, None)
        if not isinstance(private, RSAPrivateKey):
            # pyHanko raises a PDF sealed by an elliptic curve to version 2.0: no longer PDF/A-3.
            raise ValueError("A document is sealed with an RSA key.")
        self._private = private
        self._form: _Form | None = None

    async def async_sign(
        self, data_digest: bytes, digest_algorithm: str, *given: Any, **settings: Any
    ) -> ContentInfo:
        """Return the signature over ``data_digest``, in the form that pyHanko gave the first."""
        if self._form is None:
            first = await super().async_sign(data_digest, digest_algorithm, *given, **settings)
            self._form = _Form.of(first, data_digest)
        return self._form.filled(data_digest, self._sign)

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Return the signature of ``data``."""
        return self._sign(data)

    def _sign(self, data: bytes) -> bytes:
        return self._private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def seal(pdf: bytes, key: SealKey, *, reason: str, at: datetime) -> bytes:
    """Return ``pdf`` with an invisible certification signature that allows no change after it.

    The document itself stays as it is, byte for byte; the seal follows it, and says who sealed
    it, when and why. Raise ValueError for a key that is not RSA, or when ``pdf`` is no PDF.
    """
    try:
        return asyncio.run(_sealed(pdf, _signer(key), reason, at))
    except PdfReadError as error:
        raise ValueError(f"This is no PDF: {error}") from error


async def _sealed(pdf: bytes, signer: _KeptSigner, reason: str, at: datetime) -> bytes:
    # PdfSigner.async_sign_pdf, with a time that is given rather than asked of the machine.
    metadata = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES,
        certify=True, docmdp_permissions=MDPPerm.NO_CHANGES,
        name=signer.subject_name, reason=reason,
    )  # fmt: skip
    session = PdfSigner(metadata, signer).init_signing_session(
        IncrementalPdfFileWriter(BytesIO(pdf))
    )
    session.system_time = at
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=RESERVED)
    output = BytesIO()
    digest, _ = prepared.digest_tbs_document(output=output)
    done = await prepared.perform_signature(
        document_digest=digest.document_digest, pdf_cms_signed_attrs=PdfCMSSignedAttributes(at)
    )
    await done.post_signature_processing(output)
    return output.getvalue()


@lru_cache(maxsize=8)
def _signer(key: SealKey) -> _KeptSigner:
    return _KeptSigner(key)


def _der(pem: bytes) -> bytes:
    return load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
