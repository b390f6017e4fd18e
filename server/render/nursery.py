"""Imported once by the fork server, whose children are then quick: everything heavy that rendering needs is imported and used once.

A child also would import the main program again (Python does so for functions defined there): the whole server, for nothing, in
each child, and without end where a script has no `__main__` guard. Rendering needs nothing of it, so that step is taken out, in the
fork server's own memory only.
"""

from multiprocessing import spawn

from server.render import worker


def _leave_main_alone(_: str) -> None:
    """Stand for what would import the main program."""


worker.warm()

for _name in ("_fixup_main_from_path", "_fixup_main_from_name"):
    if hasattr(spawn, _name):
        setattr(spawn, _name, _leave_main_alone)
