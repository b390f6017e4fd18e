"""What the generated client stands on; the generator copies this file into server/cli/client."""

from server.cli.transport import Transport


class BaseClient(Transport):
    """The class that the generator looks for."""
