"""A bridge of another make."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import ANSWER, CRASHED, EARLIER, EXCHANGE, OUTCOME, SHOWN, Mutant

TEN_DEFECTS: Final = Mutant(
    name="ten_defects",
    breaks="Ten things at once that the reference implementation was seen to do",
    program="conformance.bridges.ten_defects",
    caught={
        "opencrvs-down-at-confirm": frozenset({CRASHED}),
        "sec-forged-webhook[unsigned]": frozenset({EARLIER}),
        "birth-retry-after-failure": frozenset({OUTCOME}),
        "birth-packet-manager-200-errors[swallowed]": frozenset({EARLIER}),
        "esignet-assertion-jti": frozenset({SHOWN}),
        "esignet-userinfo-bad-signature[unsigned-userinfo]": frozenset({SHOWN}),
        "birth-no-certificate-number[absent]": frozenset({ANSWER}),
        "res-upstream-hang[mosip.packet_manager.create_packet]": frozenset({EXCHANGE}),
        "sec-pii-in-logs": frozenset({"fail: must log"}),
        "sec-malformed-json[cut-short]": frozenset({ANSWER}),
    },
)
"""One scenario for each of its defects, in the order of its text."""
