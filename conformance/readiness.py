"""Whether a bridge says that it can work, in whatever form it says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from conformance.calls import Answer, Call, CallFailedError, Instance
from conformance.json_paths import first, word
from conformance.jsontypes import JSON
from conformance.parties import HarnessError


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """``state``: the JSONPath of the word in the answer, ``words``: those that mean ready.

    Without ``state`` it is ready when the address answers 2xx, or the command ends with 0.
    """

    call: Call
    state: str | None = None
    words: frozenset[str] = frozenset()

    def holds(self, instance: Instance) -> bool:
        """Whether it says so now; not, where nothing answers. Raises HarnessError for what can't be read."""
        try:
            answer = self.call.attempt(instance)
        except CallFailedError:
            return False
        if self.state is None:
            return answer.status is None or HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        return self._word(answer, self.state) in self.words

    def _word(self, answer: Answer, state: str) -> str | None:
        try:
            found = first(state, _json(answer.content))
        except ValueError:
            found = None
        if found is None:
            if answer.status is not None and answer.status >= HTTPStatus.BAD_REQUEST:
                return None
            raise HarnessError(f"ready.state {state} finds nothing in what {self.call.place} says: mend it")
        return word(found)


def _json(content: bytes) -> JSON:
    found: JSON = json.loads(content)
    return found


OUR_READINESS: Final = Readiness(call=Call(what="ready", url="/ready"))
"""That of our own bridge."""
