"""All mutants: what each breaks, and by which scenario and which check or oracle it must be named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.problems import did_you_mean

LOST: Final = "fail: O1 nothing lost"
TWICE: Final = "fail: O2 nothing twice"
UNTRUE: Final = "fail: O3 truthful ack"
CRASHED: Final = "fail: O5 no crash"
FORM: Final = "fail: contract"
EFFECTS: Final = "fail: must effects"
EARLIER: Final = "fail: always effects"
ANSWER: Final = "fail: must answer"
OUTCOME: Final = "fail: wait outcome"
FIELD: Final = "fail: must field"
SHOWN: Final = "fail: must form"
BLAMED: Final = (ANSWER, FIELD)
LEAKED: Final = ("sec-pii-in-logs", "fail: must log")


class UnknownMutantError(LookupError):
    """No mutant of that name; the message names the nearest."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """``name`` is that of its function in ``broken/``; ``caught``: by item, what must be found there.

    A finding is named by verdict and who found it, as ``fail: O1 nothing lost``. ``program``: the module that
    is the bridge, for one that is not ours at all. ``instances``: so many of it are started.
    """

    name: str
    breaks: str
    caught: Mapping[str, frozenset[str]]
    program: str | None = None
    instances: int = 1


def _of(name: str, breaks: str, *caught: tuple[str, str], instances: int = 1) -> Mutant:
    found: dict[str, frozenset[str]] = {}
    for item, finding in caught:
        found[item] = found.get(item, frozenset()) | {finding}
    return Mutant(name=name, breaks=breaks, caught=found, instances=instances)


def _each(scenario: str, rows: Iterable[str], findings: Iterable[str]) -> Iterator[tuple[str, str]]:
    found = tuple(findings)
    return ((f"{scenario}[{row}]", finding) for row in rows for finding in found)


MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "confirms_without_identifier",
        "Confirms a birth as if it were a death",
        ("birth-happy", "fail: must identifier"),
        ("birth-identifier-policy[none]", EARLIER),
    ),
    _of(
        "confirms_before_mosip_has_it",
        "Tells OpenCRVS that all is well as soon as it is asked",
        ("birth-happy", "fail: must sequence"),
    ),
    _of(
        "confirms_under_another_number",
        "Registers the child under a number that nobody gave it",
        ("birth-happy", "fail: must record"),
    ),
    _of(
        "sends_the_identifier_as_a_number",
        "Sends the identifier as a number, which OpenCRVS does not take",
        ("birth-happy", FORM),
    ),
    _of(
        "stamps_in_local_time",
        "Writes times as MOSIP does not read them",
        ("birth-happy", FORM),
    ),
    _of(
        "keeps_a_death_to_itself",
        "Closes a death without telling anybody",
        ("death-then-auth-refused[vid]", "fail: wait identity"),
        ("death-flag-only-still-authenticates", OUTCOME),
        ("death-happy", LOST),
        ("death-happy", UNTRUE),
    ),
    _of(
        "forgets_the_number_of_the_dead",
        "Sends a death without UIN, so that MOSIP makes an identity for the dead",
        ("death-then-auth-refused[uin]", "fail: wait identity"),
        ("death-happy", EFFECTS),
        ("death-mints-no-identity[lenient]", EFFECTS),
        ("death-mints-no-identity[strict]", "fail: wait identity"),
    ),
    _of(
        "takes_a_death_for_a_birth",
        "Decides by the look of a credential, and writes a child's number into a death",
        ("death-ack-looks-like-birth", "fail: must_not exchange"),
    ),
    _of(
        "trusts_a_200",
        "Judges packet manager by its HTTP status",
        ("birth-packet-manager-200-errors[swallowed]", EARLIER),
        ("birth-packet-manager-200-errors[KER-PUT-006]", EARLIER),
    ),
    _of(
        "gives_up_when_mosip_is_away",
        "Forgets a registration whose packet could not be stored at once",
        ("birth-packet-manager-5xx[503]", OUTCOME),
        ("birth-packet-manager-5xx[503]", LOST),
    ),
    _of(
        "blocks_what_failed_once",
        "Refuses a registration that is sent again, and has forgotten the first",
        ("birth-retry-after-failure", OUTCOME),
    ),
    _of(
        "draws_a_new_rid_for_each_try",
        "Comes to MOSIP with another registration id after each failure",
        ("birth-workflow-already-present[504]", TWICE),
        ("birth-workflow-already-present[reset]", TWICE),
    ),
    _of(
        "takes_already_present_for_a_failure",
        "Does not know its own registration again when MOSIP says that it has it",
        ("birth-workflow-already-present[504]", OUTCOME),
    ),
    _of(
        "never_logs_in_again",
        "Gives a registration up when MOSIP's token has run out",
        ("birth-auth-token-expired-mid-flow", OUTCOME),
    ),
    _of(
        "ignores_a_refusal",
        "Waits on for a credential after MOSIP has refused the packet",
        ("birth-packet-permanent-rejection", OUTCOME),
    ),
    _of(
        "tells_nobody_of_a_refusal",
        "Closes what MOSIP refused without telling the registrar",
        ("birth-packet-permanent-rejection", OUTCOME),
        ("birth-packet-permanent-rejection", LOST),
    ),
    _of(
        "takes_a_repeat_for_another",
        "Draws a new registration id for each call, as if each were another action",
        ("birth-duplicate-submission[one-after-another]", EFFECTS),
        ("birth-duplicate-submission[one-after-another]", TWICE),
        ("birth-duplicate-submission[at-once]", TWICE),
    ),
    _of(
        "answers_before_it_reads",
        "Says 202 to what is no registration, and does nothing",
        ("birth-no-certificate-number[absent]", ANSWER),
        ("birth-no-certificate-number[empty]", ANSWER),
    ),
    _of(
        "takes_the_first_number_it_finds",
        "Makes a birth of what claims to be a birth and a death",
        ("birth-both-numbers", EARLIER),
    ),
    _of(
        "drops_what_comes_too_early",
        "Knows no registration whose packet it has not finished sending",
        ("birth-credential-before-202", OUTCOME),
    ),
    _of(
        "fails_at_a_repeated_delivery",
        "Answers 500 to a delivery that it has had before",
        ("websub-duplicate-delivery", "fail: must exchange"),
        ("websub-concurrent-duplicate", "fail: must exchange"),
    ),
    _of(
        "acknowledges_before_it_stores",
        "Says 2xx to the hub and stores a moment later",
        ("res-crash-between-webhook-and-confirm", OUTCOME),
    ),
    _of(
        "remembers_nothing",
        "Begins with an empty store whenever it is started",
        ("res-crash-between-webhook-and-confirm", OUTCOME),
        ("res-crash-between-insert-and-post", OUTCOME),
        ("res-crash-between-post-and-ack", OUTCOME),
    ),
    _of(
        "keeps_a_store_of_its_own",
        "Has a store for each instance, as a container's own disk would be",
        ("websub-two-instances[the-other-1]", OUTCOME),
        ("birth-duplicate-to-two-instances", EFFECTS),
        ("birth-duplicate-to-two-instances", TWICE),
        instances=2,
    ),
    _of(
        "leaves_the_dead_their_work",
        "Waits until the lease of an instance that has died runs out",
        ("res-two-instances[mosip.packet_manager.create_packet]", OUTCOME),
        ("res-two-instances[mosip.workflow.create_instance]", OUTCOME),
        instances=2,
    ),
    _of(
        "waits_for_ever",
        "Has no deadline and asks MOSIP nothing",
        ("birth-credential-never-arrives[mosip.workflow.uin_generator]", OUTCOME),
        ("birth-credential-never-arrives[mosip.credential.issue]", OUTCOME),
        ("birth-credential-never-arrives[mosip.websub.deliver]", OUTCOME),
        ("birth-no-credential-by-policy", OUTCOME),
        ("child-eligible-here-not-an-infant-there[mosip.websub.deliver]", OUTCOME),
    ),
    _of(
        "never_looks_into_opencrvs",
        "Knows only of what it was told, and nobody repeats that",
        ("hook-lost-before-bridge[opencrvs.hook.call-failed]", OUTCOME),
        ("hook-lost-before-bridge[opencrvs.hook.call-failed]", LOST),
        ("hook-lost-before-bridge[opencrvs.hook.call-delivered]", LOST),
        ("hook-lost-before-bridge[opencrvs.country_config.send_registration-delivered]", OUTCOME),
    ),
    _of(
        "takes_the_end_for_a_credential",
        "Confirms a birth without the number that was agreed, because MOSIP has finished",
        ("birth-no-credential-by-policy", OUTCOME),
    ),
    _of(
        "hears_good_news_only",
        "Listens to credentials alone, so that a refusal is never heard of",
        ("child-eligible-here-not-an-infant-there[mosip.credential.issue]", OUTCOME),
        ("officer-not-active-in-mosip[officer-mosip.workflow.operator_validator]", OUTCOME),
        ("same-child-two-certificates", OUTCOME),
    ),
    _of(
        "takes_every_end_for_a_good_one",
        "Confirms a birth that MOSIP has refused",
        ("officer-not-active-in-mosip[machine-mosip.workflow.cmd_validator]", OUTCOME),
        ("same-child-two-certificates", OUTCOME),
    ),
    _of(
        "fails_at_a_late_credential",
        "Answers 500 to a credential of a registration that was rejected",
        ("credential-after-reject", ANSWER),
    ),
    _of(
        "subscribes_once",
        "Does not notice that the hub has forgotten it",
        ("websub-lost-subscription", OUTCOME),
    ),
    _of(
        "forgets_when_opencrvs_is_down",
        "Closes the row whatever OpenCRVS says",
        ("opencrvs-down-at-confirm", LOST),
    ),
    _of(
        "dies_when_opencrvs_is_down",
        "Is ended by a failure that nobody awaits",
        ("opencrvs-down-at-confirm", CRASHED),
    ),
    _of(
        "keeps_to_the_token_it_was_given",
        "Gives up when the action's token is refused",
        ("opencrvs-confirm-401", OUTCOME),
        ("opencrvs-confirm-401", LOST),
    ),
    _of(
        "believes_everybody",
        "Looks at no signature and no proof",
        ("sec-forged-webhook[unsigned]", EARLIER),
        ("sec-forged-webhook[wrong-secret]", EARLIER),
        ("sec-forged-webhook[two-signature-headers]", EARLIER),
        ("sec-forged-webhook[altered-body]", EARLIER),
    ),
    _of(
        "believes_the_hub_alone",
        "Looks at the hub's signature and at no proof of MOSIP's",
        ("vc-tampered[tampered-claim]", EARLIER),
        ("vc-tampered[junk-proof]", EARLIER),
        ("vc-tampered[no-proof]", EARLIER),
    ),
    _of(
        "believes_a_proof_it_does_not_check",
        "Is content that a credential has a proof",
        ("vc-tampered[tampered-claim]", EARLIER),
        ("vc-tampered[junk-proof]", EARLIER),
    ),
    _of(
        "fails_at_bad_input",
        "Answers 500 where the caller is to blame",
        ("sec-malformed-json[cut-short]", ANSWER),
        ("sec-malformed-json[doubled-name]", ANSWER),
    ),
    _of(
        "reads_json_carelessly",
        "Takes the last of two members of one name",
        ("sec-malformed-json[doubled-name]", EARLIER),
    ),
    _of(
        "asks_for_no_scope",
        "Takes any token that OpenCRVS has signed",
        ("sec-token-scope-and-claims[without-scope]", EARLIER),
    ),
    _of(
        "asks_for_no_audience",
        "Takes a token that is meant for another service",
        ("sec-token-scope-and-claims[other-audience]", EARLIER),
        ("sec-token-scope-and-claims[other-issuer]", EARLIER),
    ),
    _of(
        "asks_for_no_signature",
        "Takes a token that anybody may have written",
        ("sec-token-scope-and-claims[other-key]", EARLIER),
    ),
    _of(
        "asks_for_no_date",
        "Takes a token that has run out",
        ("sec-token-scope-and-claims[expired]", EARLIER),
    ),
    _of(
        "lets_a_token_choose_its_algorithm",
        "Takes a token that is signed with the public key for a secret, or not at all",
        ("sec-token-scope-and-claims[public-key-as-secret]", EARLIER),
        ("sec-token-scope-and-claims[unsigned]", EARLIER),
    ),
    _of(
        "calls_every_failure_failed",
        "Tells the citizen that they have failed when IDA has said nothing of them",
        *_each("verify-ida-technical-error", ("technical-error", "refused-partner", "other-clock"), BLAMED),
        *_each("verify-ida-down", ("server-error", "reset"), BLAMED),
    ),
    _of(
        "waits_for_ida_for_ever",
        "Lets form and country configuration give up before it does",
        ("verify-ida-down[hangs]", ANSWER),
    ),
    _of(
        "verifies_everybody",
        "Takes an answer of IDA for a yes",
        *_each("verify-name-mismatch", ("name", "born"), (SHOWN, *BLAMED)),
        *_each("verify-unknown-nid", ("uin", "vid"), (SHOWN, *BLAMED)),
        ("verify-uin-not-indexed-yet", SHOWN),
    ),
    _of(
        "verifies_nobody",
        "Takes no answer of IDA for a yes",
        *(("verify-happy", finding) for finding in (SHOWN, *BLAMED)),
    ),
    _of(
        "breaks_down_at_a_mismatch",
        "Treats who is somebody else as trouble, so that nobody can declare",
        *(("verify-name-mismatch[name]", finding) for finding in (*BLAMED, "fail: must record")),
    ),
    _of(
        "sends_every_number_as_a_uin",
        "Asks IDA for a VID as if it were a UIN",
        ("verify-vid-instead-of-uin", FIELD),
    ),
    _of(
        "leaves_middle_names_out",
        "Asks IDA for first and last name only",
        ("verify-middle-name[three]", FIELD),
    ),
    _of(
        "wants_two_names",
        "Refuses to ask for a person of one name",
        ("verify-middle-name[one]", FIELD),
    ),
    _of(
        "remembers_what_it_was_told",
        "Asks IDA once about each number, and believes it for ever",
        ("verify-uin-not-indexed-yet", SHOWN),
        ("verify-uin-not-indexed-yet", FIELD),
    ),
    _of("writes_down_whom_it_verifies", "Logs the names that it sends to IDA", LEAKED),
    _of("writes_down_the_code", "Logs what came back from E-Signet", LEAKED),
    _of("writes_down_the_number", "Logs the number that it asks IDA about", LEAKED),
    _of("writes_down_tokens", "Logs the header of each call", LEAKED),
)


TEN_DEFECTS: Final = Mutant(
    name="ten_defects",
    breaks="Ten things at once that the reference implementation was seen to do",
    program="conformance.bridges.ten_defects",
    caught={
        "opencrvs-down-at-confirm": frozenset({CRASHED}),
        "sec-forged-webhook[unsigned]": frozenset({EARLIER}),
        "birth-retry-after-failure": frozenset({OUTCOME}),
        "birth-packet-manager-200-errors[swallowed]": frozenset({EARLIER}),
        "esignet-assertion-jti": frozenset({"fail: must form"}),
        "esignet-userinfo-bad-signature[unsigned-userinfo]": frozenset({"fail: must form"}),
        "birth-no-certificate-number[absent]": frozenset({ANSWER}),
        "res-upstream-hang[mosip.packet_manager.create_packet]": frozenset({"fail: must exchange"}),
        "sec-pii-in-logs": frozenset({"fail: must log"}),
        "sec-malformed-json[cut-short]": frozenset({ANSWER}),
    },
)
"""One scenario for each of its defects, in the order of its text."""


def chosen(names: Iterable[str]) -> tuple[Mutant, ...]:
    """The mutants of these names, all when there are none; raises UnknownMutantError."""
    by_name = {mutant.name: mutant for mutant in (*MUTANTS, TEN_DEFECTS)}
    wanted = list(names) or list(by_name)
    for name in wanted:
        if name not in by_name:
            raise UnknownMutantError(f"no mutant '{name}'.{did_you_mean(name, by_name)}")
    return tuple(by_name[name] for name in wanted)
