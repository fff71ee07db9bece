"""What relying parties call: discovery, keys, the token endpoint, userinfo."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint

from mock_control import JSON, Answer, Control, Incoming, current_exchange, operation
from mock_mosip.esignet import metadata, state
from mock_mosip.esignet.errors import (
    NO_STORE,
    OAuthError,
    UserinfoError,
    bad_gateway,
    forced_oauth,
    forced_userinfo,
)
from mock_mosip.esignet.keys import LoginKeys
from mock_mosip.esignet.signing import Keyring, unsigned, with_bad_signature, with_other_claims
from mock_mosip.esignet.tokens import OLD_TOKEN, TOKEN, Endpoint, Tokens

ANYBODY = {"Access-Control-Allow-Origin": "*"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
LONG_AGO = 1_000_000_000
_JWT = "application/jwt"
SOMEBODY_ELSE: Mapping[str, JSON] = {"name": "Somebody Else", "birthdate": "1970/01/01"}


def make_blueprint(
    *, issuer: str, keyring: Keyring, tokens: Tokens, keys: LoginKeys, control: Control
) -> Blueprint:
    """Routes of the protocol."""
    blueprint = Blueprint("esignet_protocol", __name__)
    _add_documents(blueprint, issuer, keyring, control)
    _add_token(blueprint, tokens, keys)
    _add_userinfo(blueprint, tokens, keys)
    return blueprint


def _add_documents(blueprint: Blueprint, issuer: str, keyring: Keyring, control: Control) -> None:
    @operation(
        "esignet.oidc.discovery",
        help="A relying party reads where everything is",
        response="esignet/discovery.response",
        answers={"html-502": bad_gateway},
    )
    def discovery(_: Incoming) -> Answer:
        algorithm = control.settings_value("esignet.signing_alg")
        return Answer(body=metadata.openid_configuration(issuer, algorithm=algorithm), headers=ANYBODY)

    @operation("esignet.oauth.server_metadata", help="The same for OAuth alone (RFC 8414)")
    def server_metadata(_: Incoming) -> Answer:
        return Answer(body=metadata.server_metadata(issuer), headers=ANYBODY)

    @operation(
        "esignet.oidc.jwks",
        help="A relying party fetches the keys that id_token and userinfo are signed with",
        response="esignet/jwks.response",
        answers={"html-502": bad_gateway, "no-keys": lambda _: Answer(body={"keys": []}, headers=ANYBODY)},
    )
    def jwks(_: Incoming) -> Answer:
        return Answer(body=keyring.jwks(), headers=ANYBODY)

    for path, view in (
        ("/v1/esignet/oidc/.well-known/openid-configuration", discovery),
        ("/.well-known/openid-configuration", discovery),
        ("/v1/esignet/oauth/.well-known/oauth-authorization-server", server_metadata),
        ("/.well-known/oauth-authorization-server", server_metadata),
        ("/v1/esignet/oauth/.well-known/jwks.json", jwks),
        ("/.well-known/jwks.json", jwks),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=["GET"])


def _add_token(blueprint: Blueprint, tokens: Tokens, keys: LoginKeys) -> None:
    endpoints = {each.path: each for each in (TOKEN, OLD_TOKEN)}

    def answer(
        incoming: Incoming,
        twist: Mapping[str, JSON] | None = None,
        change: Callable[[dict[str, JSON]], dict[str, JSON]] = dict,
    ) -> Answer:
        endpoint: Endpoint = endpoints.get(incoming.path, TOKEN)
        if incoming.method != "POST":
            return OAuthError("Method Not Allowed", status=405).answer()
        try:
            return Answer(body=change(tokens.redeem(incoming.form, endpoint, twist=twist)), headers=NO_STORE)
        except OAuthError as error:
            return error.answer()

    def forged(response: dict[str, JSON]) -> dict[str, JSON]:
        return {**response, "id_token": with_bad_signature(str(response["id_token"]))}

    def without_id_token(response: dict[str, JSON]) -> dict[str, JSON]:
        return {name: value for name, value in response.items() if name != "id_token"}

    @operation(
        "esignet.oauth.token",
        help="A relying party redeems a code",
        request="esignet/token.request",
        response="esignet/token.response",
        keys=keys.of_code,
        errors=forced_oauth,
        answers={
            "invalid_grant": lambda _: OAuthError("invalid_grant").answer(),
            "invalid_client": lambda _: OAuthError("invalid_client").answer(),
            "html-502": bad_gateway,
            "id-token-bad-signature": lambda incoming: answer(incoming, change=forged),
            "id-token-missing": lambda incoming: answer(incoming, change=without_id_token),
            "id-token-other-audience": lambda incoming: answer(incoming, {"aud": "somebody-else"}),
            "id-token-other-issuer": lambda incoming: answer(incoming, {"iss": "https://elsewhere.example"}),
            "id-token-expired": lambda incoming: answer(incoming, {"exp": LONG_AGO}),
            "id-token-other-nonce": lambda incoming: answer(incoming, {"nonce": state.new_key()}),
        },
    )
    def token(incoming: Incoming) -> Answer:
        return answer(incoming)

    for path in endpoints:
        blueprint.add_url_rule(path, view_func=token, methods=METHODS)


def _add_userinfo(blueprint: Blueprint, tokens: Tokens, keys: LoginKeys) -> None:
    def answer(incoming: Incoming, seal: Callable[[dict[str, JSON]], str]) -> Answer:
        if incoming.method != "GET":
            return UserinfoError("Method Not Allowed", status=405).answer()
        if not _takes_jwt(incoming.headers.get("Accept", "*/*")):
            return UserinfoError("Not Acceptable", status=406).answer()
        try:
            claims = tokens.userinfo(incoming.headers.get("Authorization", ""))
        except UserinfoError as error:
            return error.answer()
        current_exchange().view(claims)
        return Answer(body=seal(claims), content_type=_JWT)

    def without_person(claims: dict[str, JSON]) -> str:
        told = {name: claims[name] for name in ("iss", "aud")}
        return tokens.sign({**told, "error": "invalid_token", "error_description": "invalid_token"})

    def of_another(claims: dict[str, JSON]) -> str:
        return tokens.sign({**claims, "sub": state.new_key()})

    @operation(
        "esignet.oidc.userinfo",
        help="A relying party asks who signed in",
        keys=keys.of_token,
        errors=forced_userinfo,
        answers={
            "html-502": bad_gateway,
            "invalid_token": lambda _: UserinfoError("invalid_token").answer(),
            "unsigned-userinfo": lambda incoming: answer(incoming, unsigned),
            "bad-signature": lambda incoming: answer(
                incoming, lambda claims: with_bad_signature(tokens.sign(claims))
            ),
            "foreign-key": lambda incoming: answer(incoming, tokens.sign_as_a_stranger),
            "altered-claims": lambda incoming: answer(
                incoming, lambda claims: with_other_claims(tokens.sign(claims), {**claims, **SOMEBODY_ELSE})
            ),
            "error-claims": lambda incoming: answer(incoming, without_person),
            "other-sub": lambda incoming: answer(incoming, of_another),
        },
    )
    def userinfo(incoming: Incoming) -> Answer:
        return answer(incoming, tokens.sign)

    blueprint.add_url_rule("/v1/esignet/oidc/userinfo", view_func=userinfo, methods=METHODS)


def _takes_jwt(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(kinds & {_JWT, "application/*", "*/*", ""})
