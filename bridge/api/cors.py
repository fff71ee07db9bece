"""Which pages may call a resource from a browser: those of the OpenCRVS client, CLIENT_APP_URL."""

from collections.abc import Iterable

from flask import Blueprint, Response, request

_PREFLIGHT_S = 600


def allow_pages(routes: Blueprint, urls: Iterable[str]) -> None:
    """Let pages of the origins of these URLs call the blueprint's resources, and read what is refused too."""
    origins = frozenset("/".join(url.split("/", 3)[:3]) for url in urls)

    @routes.after_request
    def tell(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Correlation-Id"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "POST"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
        return response
