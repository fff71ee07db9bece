"""From a declaration to what the bridge is sent, in either dialect, as a pack says. Pure functions.

Source: opencrvs/opencrvs-farajaland src/api/registration (plain), opencrvs/opencrvs-integrationland (language
arrays).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mock_opencrvs.country_config.pack import (
    PLACE,
    CountryPack,
    Eligibility,
    InformantToken,
    Registration,
    RequestField,
)
from mock_opencrvs.values import JSON, JSONObject

Dialect = Literal["plain", "language-arrays"]
VERIFIED = frozenset({"verified", "authenticated"})
Declaration = Mapping[str, JSON]


def is_eligible(rule: Eligibility, declaration: Declaration, *, today: date) -> bool:
    """Whether this registration goes to MOSIP at all; one that does not is registered at once."""
    if not all(declaration.get(name) for name in rule.present):
        return False
    if rule.verified_any_of and not any(declaration.get(name) in VERIFIED for name in rule.verified_any_of):
        return False
    return rule.at_most is None or _is_recent(declaration.get(rule.at_most[0]), rule.at_most[1], today)


def _is_recent(value: JSON, years: int, today: date) -> bool:
    try:
        born = date.fromisoformat(str(value))
    except ValueError:
        return False
    last = (
        date(born.year + years, born.month, min(born.day, 28)) if (born.month, born.day) == (2, 29) else None
    )
    return today <= (last or born.replace(year=born.year + years))


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes values the way one dialect wants them, with what the pack knows of places and languages."""

    pack: CountryPack
    dialect: Dialect

    def request_fields(self, registration: Registration, declaration: Declaration, number: str) -> JSONObject:
        """``requestFields``: the certificate number, then every field whose source is filled in."""
        fields: JSONObject = {registration.certificate_field: number}
        for name, field in registration.request_fields.items():
            text = self._text(field, declaration)
            if text is not None:
                plain_name = field.plain_name if self.dialect == "plain" else None
                fields[plain_name or name] = text
        rule = registration.informant_token
        token = informant_token(rule, declaration)
        if rule is not None and token is not None and self.dialect == "language-arrays":
            fields[rule.request_field] = self._language(token) if rule.transform == "languages" else token
        return fields

    def meta_info(self, registration: Registration, declaration: Declaration) -> JSONObject:
        """``metaInfo`` as far as a declaration decides it: the informant's token, in the plain dialect."""
        token = informant_token(registration.informant_token, declaration)
        return {"informantPsut": token} if token is not None and self.dialect == "plain" else {}

    def recipient(self, registration: Registration, declaration: Declaration) -> JSONObject:
        """``notification``: who is told; an unknown part is empty, for all three must be texts."""
        found = {part: first_value(declaration, names) for part, names in registration.recipient.items()}
        return {
            "recipientFullName": full_name(found["name"]) or "",
            "recipientEmail": _as_text(found["email"]) or "",
            "recipientPhone": _as_text(found["phone"]) or "",
        }

    def _text(self, field: RequestField, declaration: Declaration) -> str | None:
        if field.value is not None:
            return field.value
        found = first_value(declaration, field.sources)
        if found is None:
            return None
        if field.transform.startswith(PLACE):
            return self._language(self._place(found, field.transform.removeprefix(PLACE)))
        transforms: Mapping[str, Callable[[JSON], str | None]] = {
            "name": lambda value: self._language(full_name(value)),
            "date": self._date,
            "gender": self._gender,
            "text": _as_text,
            "capitalised": lambda value: self._language((_as_text(value) or "").capitalize()),
            "postal-code": _postal_code,
        }
        return transforms[field.transform](found)

    def _language(self, text: str | None) -> str | None:
        if not text or self.dialect == "plain":
            return text or None
        return _language_list(dict.fromkeys(self.pack.languages, text))

    def _date(self, value: JSON) -> str | None:
        text = _as_text(value)
        slashed = self.dialect == "language-arrays" and self.pack.dates == "slashes"
        return text.replace("-", "/") if text and slashed else text

    def _gender(self, value: JSON) -> str | None:
        text = _as_text(value)
        if self.dialect == "plain" or text is None:
            return text
        words = next((each.words for each in self.pack.sexes.values() if each.form == text), None)
        return self._language(text.capitalize()) if words is None else _language_list(words)

    def _place(self, value: JSON, level: str) -> str | None:
        area = value.get("administrativeArea") if isinstance(value, dict) else None
        place = self.pack.locations.get(area) if isinstance(area, str) else None
        return place[level] if place else None


def _language_list(texts: Mapping[str, str]) -> str:
    values = [{"language": language, "value": text} for language, text in texts.items()]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def informant_token(rule: InformantToken | None, declaration: Declaration) -> str | None:
    """The token (PSUT) of an informant who has logged in at E-Signet: ``sub`` of their page's user info."""
    if rule is None:
        return None
    page = rule.pages.get(str(declaration.get(rule.relation)), rule.otherwise)
    found = declaration.get(f"{page}.verify-nid-http-fetch")
    for name in ("data", "sub"):
        found = found.get(name) if isinstance(found, dict) else None
    return _as_text(found)


def first_value(declaration: Declaration, names: Sequence[str]) -> JSON:
    """The first of these fields that is filled in, or None."""
    return next((declaration[name] for name in names if declaration.get(name)), None)


def full_name(value: JSON) -> str | None:
    """``Amara J Okello`` out of a NAME value."""
    if not isinstance(value, dict):
        return None
    parts = [value.get(part) for part in ("firstname", "middlename", "surname")]
    return " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip()) or None


def _as_text(value: JSON) -> str | None:
    return value if isinstance(value, str) and value else None


def _postal_code(value: JSON) -> str | None:
    details = value.get("streetLevelDetails") if isinstance(value, dict) else None
    return _as_text(details.get("zipCode")) if isinstance(details, dict) else None
