"""A reverse proxy may pass the path under which it serves nbinsight on, as JupyterHub's does, or cut it off: both find the same."""

from starlette.types import ASGIApp, Receive, Scope, Send


class UnderRootPath:
    """Cuts `NBINSIGHT_ROOT_PATH` off where a path still has it."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        """Wrap an application; the path has no slash at its end."""
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if self._root_path and scope["type"] in {"http", "websocket"} and f"{scope['path']}/".startswith(f"{self._root_path}/"):
            scope = {**scope, "path": scope["path"][len(self._root_path) :] or "/"}
        await self._app(scope, receive, send)
