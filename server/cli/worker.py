"""One of several workers: its settings come by the environment, from the process that started it."""

import multiprocessing
import os
import signal
from threading import Thread

from starlette.types import ASGIApp

from server.app import collect_seldom, make_application
from server.cli.serving import served
from server.config import load_settings
from server.http.logs import set_up_logs


def make_worker() -> ASGIApp:
    """Make the application of one worker."""
    set_up_logs()
    Thread(target=_stop_with_parent, daemon=True).start()
    application = make_application(load_settings())
    collect_seldom()
    return served(application)


def _stop_with_parent() -> None:
    """Stop when the parent has gone, even by SIGKILL: a worker left behind would hold the address."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
