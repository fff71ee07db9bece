"""What a step can do. Each verb is a small class; the registry is made from the modules beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.grammar.base import Verb
from conformance.verbs import (
    bridge,
    esignet,
    flow,
    form,
    handover,
    mosip,
    opencrvs,
    opencrvs_access,
    opencrvs_later,
    person,
    strikes,
    time,
)

VERBS: Final[Mapping[str, Verb]] = {
    verb.name: verb
    for verb in (
        *opencrvs.VERBS,
        *opencrvs_later.VERBS,
        *opencrvs_access.VERBS,
        *form.VERBS,
        *mosip.VERBS,
        *esignet.VERBS,
        *person.VERBS,
        *bridge.VERBS,
        *handover.VERBS,
        *strikes.VERBS,
        *time.VERBS,
        *flow.VERBS,
    )
}
