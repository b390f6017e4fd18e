"""The application for process managers: `nbinsight serve` is the usual way."""

from server.app import create_app
from server.config import load_settings

app = create_app(load_settings())
