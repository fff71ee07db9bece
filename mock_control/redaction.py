"""Replaces secrets when a journal entry is made, so that nothing that is stored or shown holds one.

A secret becomes ``[secret 1a2b3c4d]``: the digits come from a key that lives as long as the process, so two
uses of one secret can be seen to be the same, and nothing can be guessed from them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote, unquote_plus

from mock_control.messages import JSON

SECRET_NAMES = frozenset(
    (
        "authorization",
        "proxyauthorization",
        "cookie",
        "setcookie",
        "secretkey",
        "clientsecret",
        "hubsecret",
        "secret",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "subjecttoken",
        "actortoken",
        "usertoken",
        "password",
        "passwd",
        "token",
        "otp",
        "apikey",
        "xapikey",
        "privatekey",
        "assertion",
        "clientassertion",
        "code",
        "codeverifier",
        "authtoken",
        "idtokenhint",
        "misplk",
        "misplicensekey",
        "misplicencekey",
    )
)
_PLAIN = frozenset(("code",))  # secret in a form or a query; in JSON it is usually an error code
_BESIDE_CODE = frozenset(("redirecturi", "granttype", "clientid", "codeverifier"))  # unless it is with these
DEEPEST = 100  # levels of JSON that the journal keeps
_SEPARATORS = str.maketrans("", "", "-_. ")
_JWT = re.compile(r"\beyJ[\w-]{5,}\.eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)*")
_JSON_MEMBER = re.compile(r'"([\w.\-]{2,40})"(\s*:\s*)"((?:[^"\\]|\\.)*)(?:"|\\?$)')
_PAIR = re.compile(r"(^|[?&;\s])([\w.\-%]{2,40})=([^&;\s]*)")


def _plain(name: str) -> str:
    return name.translate(_SEPARATORS).lower()


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:64]}... [{len(text)} characters, sha256 {digest}]"


def is_secret(name: str) -> bool:
    """Whether what travels under this name is a secret."""
    return _plain(name) in SECRET_NAMES


class Redactor:
    """Knows the names under which secrets travel and what a token looks like."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._known: frozenset[str] = frozenset()

    def know(self, secrets: Iterable[str]) -> None:
        """Masks these also where they stand in a path that no route expects."""
        self._known |= {each for each in secrets if each}

    def mask(self, secret: str) -> str:
        """What stands in the journal for ``secret``; one already masked stays."""
        if not secret or secret.startswith("[secret "):
            return secret
        return f"[secret {hmac.digest(self._key, secret.encode('utf-8', 'replace'), 'sha256').hex()[:8]}]"

    def headers(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Header fields; of credentials the scheme stays, of cookies the names and attributes."""
        return {name: self._header(_plain(name), value) for name, value in fields.items()}

    def _header(self, name: str, value: str) -> str:
        if name in ("authorization", "proxyauthorization"):
            scheme, blank, token = value.partition(" ")
            return f"{scheme} {self.mask(token)}" if blank else self.mask(value)
        if name == "setcookie":
            pair, semicolon, attributes = value.partition(";")
            cookie, _, secret = pair.partition("=")
            return f"{cookie}={self.mask(secret)}{semicolon}{attributes}"
        if name == "cookie":
            pairs = (part.strip().partition("=") for part in value.split(";"))
            return "; ".join(f"{cookie}={self.mask(secret)}" for cookie, _, secret in pairs)
        if name in ("location", "referer"):
            return self.text(value)
        return self.mask(value) if name in SECRET_NAMES else self.tokens(value)

    def tokens(self, text: str) -> str:
        """``text`` with every signed token in it masked, whatever it is called."""
        return _JWT.sub(lambda found: self.mask(found[0]), text) if "eyJ" in text else text

    def json(self, value: JSON, *, longest: int | None = None, depth: int = 0) -> JSON:
        """A copy of ``value`` with secrets masked and texts above ``longest`` cut; itself if it has none."""
        if isinstance(value, str):
            return _cut(self.tokens(value), longest)
        if depth > DEEPEST and isinstance(value, (dict, list)):
            return "[too deep]"
        if isinstance(value, dict):
            grants = "code" in value and any(_plain(name) in _BESIDE_CODE for name in value)
            members = {
                name: self._member(name, item, longest, depth + 1, grants) for name, item in value.items()
            }
            return value if all(members[name] is item for name, item in value.items()) else members
        if isinstance(value, list):
            items = [self.json(item, longest=longest, depth=depth + 1) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        return value

    def _member(self, name: str, value: JSON, longest: int | None, depth: int, grants: bool) -> JSON:
        plain = _plain(name)
        if plain in SECRET_NAMES and isinstance(value, str) and (grants or plain not in _PLAIN):
            return self.mask(value)
        return self.json(value, longest=longest, depth=depth)

    def path(self, path: str, secrets: Collection[str] = ()) -> str:
        """A path and its query: segments that are secret masked, and secrets of the query by name."""
        where, mark, query = path.partition("?")
        if secrets or self._known:
            segments = where.split("/")
            hidden = (
                self.mask(each) if each in secrets or each in self._known else each for each in segments
            )
            where = "/".join(hidden)
        return self.text(f"{where}{mark}{query}")

    def text(self, text: str) -> str:
        """Raw text (a form, a query, broken JSON) with secrets masked by name and tokens by their look."""
        if "=" in text:
            text = _PAIR.sub(self._pair, text)
        if '"' in text:
            text = _JSON_MEMBER.sub(self._raw_member, text)
        return self.tokens(text)

    def _pair(self, found: re.Match[str]) -> str:
        before, name, value = found.groups()
        if _plain(unquote_plus(name)) not in SECRET_NAMES:
            return found[0]
        return f"{before}{name}={quote(self.mask(unquote_plus(value)), safe='[]')}"

    def _raw_member(self, found: re.Match[str]) -> str:
        name, colon, value = found.groups()
        plain = _plain(name)
        if plain not in SECRET_NAMES or plain in _PLAIN:
            return found[0]
        return f'"{name}"{colon}"{self.mask(value)}"'
