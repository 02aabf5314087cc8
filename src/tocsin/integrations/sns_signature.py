"""Whether Amazon signed what claims to come from it."""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tocsin.integrations.sns import Confirmation

_HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - version 1 is what topics use by default


def is_genuine(question: Confirmation, certificate: bytes) -> bool:
    """Whether the key in a certificate (PEM, fetched from Amazon) signed the question."""
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        signature = base64.b64decode(question.signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    if not isinstance(key, RSAPublicKey) or question.version not in _HASHES:
        return False
    try:
        key.verify(signature, question.signed, padding.PKCS1v15(), _HASHES[question.version])
    except InvalidSignature:
        return False
    return True
