"""What OpenCRVS owes: to keep what it has said yes to, as it was told."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

from mock_opencrvs.events import inputs
from mock_opencrvs.events.actions import ActionsService
from mock_opencrvs.events.model import Event


def _says_yes_and_leaves_it(form) -> object:
    def unchanged(self, action_type, principal, given):
        wanted = form(action_type).read(given)
        return self._asked_for(principal, wanted, unknown="NOT_FOUND")[0]

    return unchanged


def takes_an_accept_and_forgets_it() -> None:
    """Answers 200, and the record waits on."""
    ActionsService.accept = _says_yes_and_leaves_it(inputs.accept_form)


def takes_a_reject_and_forgets_it() -> None:
    """Answers 200, and the registrar hears nothing."""
    ActionsService.reject = _says_yes_and_leaves_it(lambda _: inputs.REJECT)


def drops_what_comes_with_an_accept() -> None:
    """The record is registered, and the child has no number."""
    entry = ActionsService._entry

    def bare(self, requested, status, author, said):
        return entry(self, requested, status, author, {**said, "declaration": {}})

    ActionsService._entry = bare


def tells_of_records_in_a_form_of_its_own() -> None:
    """Another name for the tracking id, as after an upgrade that nobody announced."""
    to_json = Event.to_json

    def renamed(self):
        document = to_json(self)
        tracking = document.pop("trackingId")
        return {**document, "tracking": tracking}

    Event.to_json = renamed


MUTATIONS = (
    takes_an_accept_and_forgets_it,
    takes_a_reject_and_forgets_it,
    drops_what_comes_with_an_accept,
    tells_of_records_in_a_form_of_its_own,
)
