"""The least that a bridge must do for a request: read its bytes, answer some JSON."""

from __future__ import annotations

from flask import Flask, Response, request

app = Flask(__name__, static_folder=None)


@app.route("/", methods=["POST", "PUT"])
def hello() -> Response:
    """An answer as small as the bridge's 202."""
    request.get_data(cache=False)
    return Response(b'{"transactionId":"10001100040000120260504081102"}', content_type="application/json")
