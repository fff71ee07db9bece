"""The JSON-LD contexts of a credential, all local: nothing is ever fetched.

Written anew from the public term tables: what a signature covers depends on terms and IRIs, not on the
file's text. (W3C Verifiable Credentials Data Model 1.1, appendix; w3c/security-vocab;
mosip/mosip-config: mosip-context.json)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from mock_control import JSON

if TYPE_CHECKING:
    from pyld.documentloader.base import RemoteDocument

Loader: TypeAlias = "Callable[[str, dict[str, Any]], RemoteDocument]"

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
SECURITY_V2 = "https://w3id.org/security/v2"

_TEXT_CLAIMS = [
    "vcVer",
    "UIN",
    "VID",
    "PSUT",
    "birthCertificateNumber",
    "deathCertificateNumber",
    "dateOfBirth",
    "email",
    "phone",
    "postalCode",
    "biometrics",
]
_LANGUAGE_CLAIMS = [
    "fullName",
    "gender",
    "residenceStatus",
    "addressLine1",
    "addressLine2",
    "addressLine3",
    "city",
    "province",
    "region",
    "zone",
]


def mosip_context(public_url: str) -> dict[str, JSON]:
    """``mosip-context.json`` as this MOSIP serves it: unlike the stock one it defines birthCertificateNumber.

    Terms are in the namespace ``<public url>/mosip#``.
    """
    namespace = f"{public_url}/mosip#"
    terms: dict[str, JSON] = {
        "mosip": namespace,
        "schema": "http://schema.org/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
    terms |= {name: f"mosip:{name}" for name in _TEXT_CLAIMS}
    terms |= {
        name: {"@id": f"{namespace}{name}", "@context": {"value": "rdf:value", "lang": "@language"}}
        for name in _LANGUAGE_CLAIMS
    }
    return {"@context": [{"@version": 1.1}, terms]}


def _packaged(name: str) -> JSON:
    text = files("mock_mosip.credentials").joinpath("data").joinpath(name).read_text(encoding="utf-8")
    document: JSON = json.loads(text)
    return document


class UnknownContextError(LookupError):
    """A context that is none of ours: nothing is fetched."""


def document_loader(mosip_context_url: str, context: JSON) -> Loader:
    """A loader for PyLD that knows the contexts of a credential and no others; raises UnknownContextError."""
    known: dict[str, JSON] = {
        CREDENTIALS_V1: _packaged("credentials-v1.json"),
        SECURITY_V2: _packaged("security-v2.json"),
        mosip_context_url: context,
    }

    def load(url: str, _: dict[str, Any]) -> RemoteDocument:
        if url not in known:
            raise UnknownContextError("a context that this service does not know")
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": known[url],
        }

    return load
