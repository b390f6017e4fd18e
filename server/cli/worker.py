"""One of several workers: its settings come by the environment, from the process that started it."""

import multiprocessing
import os
import signal
import sys
from threading import Thread

from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from server.app import collect_seldom, make_application
from server.cli.failures import CommandFailed, opening
from server.cli.serving import served
from server.config import load_settings
from server.http.logs import set_up_logs


def make_worker() -> ASGIApp:
    """Make the application of one worker; where that cannot be, say why, and leave so that no other one is tried."""
    set_up_logs()
    Thread(target=_stop_with_parent, daemon=True).start()
    try:
        with opening():
            application = make_application(load_settings())
    except CommandFailed as failure:
        sys.stderr.write(f"nbinsight: {failure.message}\n")
        sys.exit(STARTUP_FAILURE)
    collect_seldom()
    return served(application)


def _stop_with_parent() -> None:
    """Stop when the parent has gone, even by SIGKILL: a worker left behind would hold the address."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
