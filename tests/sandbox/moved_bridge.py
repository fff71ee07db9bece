"""A bridge of another make, with its doors elsewhere: each is only where its route says."""

from flask import Flask

from conformance.bridges import in_request

MOVED = {
    "/births": "/events/registration",
    "/hub": "/websub/callback",
    "/alive": "/health",
}
make = in_request.create_app


def create_app(*parts: object) -> Flask:
    app = make(*parts)
    inner = app.wsgi_app

    def moved(environ: dict, start: object) -> object:
        return inner({**environ, "PATH_INFO": MOVED.get(environ["PATH_INFO"], "/nowhere")}, start)

    app.wsgi_app = moved
    return app


in_request.create_app = create_app
in_request.main()
