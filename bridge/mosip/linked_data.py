"""Canonical form (URDNA2015) of a credential, and what is said in it. Loads nothing from the network.

JSON-LD drops every term that no context defines, so a claim that is in the JSON need not be in what was
signed: facts are read from the canonical form only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from pyld import jsonld
from pyld.canon import URDNA2015
from pyld.context_resolver import ContextResolver

from bridge.mosip.claims import Claims
from bridge.reading import JSON

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
MOSIP_CONTEXT_PATH = "/.well-known/mosip-context.json"

_CREDENTIALS = "https://www.w3.org/2018/credentials#"
_DEFAULT_BASE = "http://example.org/base/"
_MAX_BLANK_NODES = 64
_MAX_ALIKE = 5
_MAX_INLINE_TERMS = 16
_QUAD = re.compile(r'<([^>]*)> <([^>]*)> (?:<([^>]*)>|"((?:[^"\\]|\\.)*)"(?:\^\^<[^>]*>|@[\w-]+)?) \.')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class NotCanonicalError(ValueError):
    """The document has no canonical form that we are ready to compute. Says nothing of its content."""


class Canonicaliser:
    """Canonical forms under the contexts that are kept here, and no others."""

    def __init__(self, contexts: Mapping[str, JSON]) -> None:
        """``contexts``: by URL, each the document found there."""
        self._contexts = contexts
        self._resolved: _Bounded = _Bounded()
        # PyLD's processed contexts are cached without locks; it never leaves Python, so a lock costs nothing.
        self._lock = threading.Lock()

    def forms(self, document: Mapping[str, JSON]) -> tuple[str, ...]:
        """N-Quads of the document, in the one or two forms that signers make of it. Raises NotCanonicalError.

        A type that no context defines (MOSIPVerifiableCredential is one) is a relative IRI. Without base, as
        in MOSIP, its statement is dropped; PyLD signs it under a base of its own making. Either says the same
        of the subject, and only the signature can tell which was signed.
        """
        _check_contexts(document)
        options = {
            "base": _DEFAULT_BASE,
            "documentLoader": self._load,
            "contextResolver": ContextResolver(self._resolved, self._load),
        }
        # PyLD has no types.
        processor, patient = _untyped(jsonld.JsonLdProcessor), _untyped(_Patient)
        try:
            with self._lock:
                dataset = processor.to_rdf(dict(document), options)
                if _blank_nodes(dataset) > _MAX_BLANK_NODES:
                    raise NotCanonicalError
                whole = str(patient.main(dataset, {"format": "application/n-quads"}))
        except (jsonld.JsonLdError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            # PyLD answers strange input with any of these, and quotes it in some.
            raise NotCanonicalError from None
        absolute = "".join(
            line for line in whole.splitlines(keepends=True) if f"<{_DEFAULT_BASE}" not in line
        )
        return (whole,) if absolute == whole else (absolute, whole)

    def _load(self, url: str, _options: object) -> dict[str, JSON]:
        if url not in self._contexts:
            raise NotCanonicalError
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts[url],
        }


def local_contexts(*, listed: Iterable[str], context_file: Path | None) -> dict[str, JSON]:
    """The contexts we keep: W3C's, and MOSIP's for the origin of each listed URL.

    MOSIP's context is a deployment's own; ``context_file`` is a copy of it where ours doesn't say the same.
    Raises OSError and ValueError for a file that can't be used.
    """
    own = files("bridge").joinpath("data", "contexts")
    contexts: dict[str, JSON] = {
        CREDENTIALS_V1: orjson.loads(own.joinpath("credentials-v1.json").read_bytes())
    }
    template = own.joinpath("mosip-context.json").read_text(encoding="utf-8")
    for url in listed:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        text = (
            template.replace("{origin}", origin) if context_file is None else context_file.read_text("utf-8")
        )
        contexts[origin + MOSIP_CONTEXT_PATH] = orjson.loads(text)
    return contexts


def claims_in(canonical: str, *, document_id: str) -> Claims:
    """What the canonical form says: the document's issuer and subject, and the subject's plain attributes."""
    issuers: set[str] = set()
    subjects: set[str] = set()
    said: list[tuple[str, str, str]] = []
    for line in canonical.splitlines():
        match = _QUAD.fullmatch(line)
        if match is None:
            continue
        about, term, link, text = match.groups()
        if about == document_id and link is not None:
            issuers.update([link] if term == f"{_CREDENTIALS}issuer" else [])
            subjects.update([link] if term == f"{_CREDENTIALS}credentialSubject" else [])
        elif text is not None:
            said.append((about, re.split(r"[#/:]", term)[-1], _unescaped(text)))
    subject = subjects.pop() if len(subjects) == 1 else None
    values: dict[str, set[str]] = {}
    for about, name, value in said:
        if about == subject:
            values.setdefault(name, set()).add(value)
    return Claims(
        issuer=issuers.pop() if len(issuers) == 1 else None,
        subject=subject,
        values={name: each.pop() for name, each in values.items() if len(each) == 1},
    )


class _Bounded(dict[str, object]):
    """A cache that takes no more than a few entries: contexts written inside messages come from outside."""

    def __setitem__(self, key: str, value: object) -> None:
        if len(self) < 64:
            super().__setitem__(key, value)


class _Patient(URDNA2015):
    """URDNA2015 that gives up on graphs built to keep it busy: alike blank nodes cost a factorial."""

    def create_hash_to_related(self, id_: object, issuer: object) -> dict[str, list[object]]:
        related: dict[str, list[object]] = super().create_hash_to_related(id_, issuer)  # type: ignore[no-untyped-call]
        if any(len(alike) > _MAX_ALIKE for alike in related.values()):
            raise NotCanonicalError
        return related


def _check_contexts(document: Mapping[str, JSON]) -> None:
    """Contexts only at the top: URLs, and small inline maps of prefixes."""
    contexts = document.get("@context")
    for each in contexts if isinstance(contexts, list) else [contexts]:
        if not isinstance(each, str) and not _is_prefix_map(each):
            raise NotCanonicalError
    rest: list[JSON] = [value for name, value in document.items() if name != "@context"]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            if "@context" in value:
                raise NotCanonicalError
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)


def _is_prefix_map(context: JSON) -> bool:
    return (
        isinstance(context, dict)
        and len(context) <= _MAX_INLINE_TERMS
        and all(isinstance(value, str) for value in context.values())
    )


def _blank_nodes(dataset: Mapping[str, object]) -> int:
    parts = (
        part
        for triples in dataset.values()
        if isinstance(triples, list)
        for triple in triples
        for part in triple.values()
    )
    return len({part["value"] for part in parts if part["type"] == "blank node"})


def _untyped(made: Callable[[], object]) -> Any:
    return made()


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text) if "\\" in text else text
