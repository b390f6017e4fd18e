"""The application for process managers: `nbinsight serve` is the usual way."""

from server.app import collect_seldom, create_app
from server.config import load_settings
from server.http.logs import set_up_logs

set_up_logs()
app = create_app(load_settings())
collect_seldom()
