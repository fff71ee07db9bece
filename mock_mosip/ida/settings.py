"""What IDA is told when the mock starts."""

from __future__ import annotations

from dataclasses import dataclass

WORD_ORDERS = ("any", "strict")
ID_RULES = ("strict", "legacy")
ERROR_LISTS = ("specific", "with-007")
STOCK_ENVS = ("Staging", "Developer", "Pre-Production", "Production")


@dataclass(frozen=True, kw_only=True)
class IdaSettings:
    """IDA and its one partner. Keys and certificates are PEM text.

    ``certificate_pem`` and ``key_pem`` are what requests are encrypted to, ``partner_certificate_pem`` what
    they must be signed under; an authority's certificate makes others trusted, yet not the partner's. The
    mock's own address is always among the domain URIs. ``factors`` are those of the partner's policy:
    ``DEMO`` is the only one that this mock can compare. ``languages`` are the country's, the first for what
    is said without one. ``replica_delay_s`` is how long a change of an identity takes to reach IDA.
    """

    certificate_pem: str
    key_pem: str
    misp_licence_key: str
    partner_id: str
    api_key: str
    partner_certificate_pem: str
    authority_certificates_pem: tuple[str, ...] = ()
    allowed_domain_uris: tuple[str, ...] = ()
    allowed_envs: tuple[str, ...] = STOCK_ENVS
    id_types: tuple[str, ...] = ("UIN", "VID", "HANDLE")
    languages: tuple[str, ...] = ("eng", "ara", "fra")
    factors: tuple[str, ...] = ("DEMO",)
    replica_delay_s: float = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError when no language is left, or for a factor that can't be compared."""
        if not self.languages:
            raise ValueError("languages must name one at least")
        if not set(self.factors) <= {"DEMO"}:
            raise ValueError("factors may name DEMO only")
