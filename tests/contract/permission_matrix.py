"""Who may do what, as facts: 33 rows, 13 roles, two policies. The rule table is held to them; they are not made from it."""

from typing import Final, NamedTuple

ROLES: Final = (
    "stranger",
    "dash_reader",
    "dash_writer",
    "dash_moderator",
    "analyst",
    "analyst_dash",
    "writer",
    "coder",
    "code_only",
    "dash_coder",
    "auth_manager",
    "project_admin",
    "admin",
)
"""The order of the cells; the rights behind each name are in `tests/fixtures/world.py`."""


class Row(NamedTuple):
    """Actions, the situation, and a cell a role: Y or -; `moderated` where OWNER_OR_MODERATOR differs from ANY_WRITER."""

    actions: str
    situation: str
    any_writer: str
    moderated: str | None = None


MATRIX: Final = (
    Row("LIST_NOTEBOOKS", "all of the project", "----YYYY--YYY"),
    Row("LIST_INSIGHT_SOURCES", "authorized and published ones (the picker)", "-YYYYYYY-YYYY"),
    Row("READ_NOTEBOOK_SOURCE", "", "----YYYY--YYY"),
    Row("SAVE_NOTEBOOK", "create or edit", "-------Y----Y"),
    Row("DELETE_NOTEBOOK", "", "------YY---YY"),
    Row("PUBLISH_NOTEBOOK", "first time", "-------Y----Y"),
    Row("PUBLISH_NOTEBOOK", "again", "-------Y----Y"),
    Row("CREATE_EXPORT", "", "-------Y----Y"),
    Row("READ_EXPORT", "notebook authorized", "-YYYYYYY-YYYY"),
    Row("READ_EXPORT", "notebook not authorized", "----YYYY--YYY"),
    Row("DELETE_EXPORT", "", "-------Y----Y"),
    Row("CREATE_INSIGHT", "notebook authorized and published", "--YY-YYY-Y-YY"),
    Row("CREATE_INSIGHT", "notebook published, not authorized", "-----YYY---YY"),
    Row("CREATE_INSIGHT", "never published: createExport true", "-------Y----Y"),
    Row("VIEW_INSIGHT", "notebook authorized", "-YYYYYYY-YYYY"),
    Row("VIEW_INSIGHT", "notebook not authorized", "----YYYY--YYY"),
    Row("SELECT_EXPORT UPDATE_INSIGHT", "own", "--YY-YYY-Y-YY"),
    Row("SELECT_EXPORT UPDATE_INSIGHT", "someone else's", "--YY-YYY-Y-YY", "---Y-------YY"),
    Row("DELETE_INSIGHT", "own", "--YY-YYY-Y-YY"),
    Row("SET_INSIGHT_LISTED", "", "--YY-YYY-Y-YY", "---Y-------YY"),
    Row("LIST_DASHBOARDS", "listed ones", "-YYYYYYY-YYYY"),
    Row("LIST_DASHBOARDS", "everyone's unlisted ones", "--YY-YYY-Y-YY"),
    Row("OPEN_DASHBOARD", "unlisted, by id", "-YYYYYYY-YYYY"),
    Row("CREATE_DASHBOARD", "", "--YY-YYY-Y-YY"),
    Row("EDIT_DASHBOARD", "own: edit, delete, pages, tiles, showCode", "--YY-YYY-Y-YY"),
    Row("EDIT_DASHBOARD", "someone else's", "--YY-YYY-Y-YY", "---Y-------YY"),
    Row("SET_DASHBOARD_LISTED", "", "--YY-YYY-Y-YY", "---Y-------YY"),
    Row("ADD_INSIGHT_TILE", "of an insight whose notebook is not authorized", "-----YYY---YY"),
    Row("AUTHORIZE_NOTEBOOK", "authorize or revoke; authorize-all", "----------YYY"),
    Row("PUBLISH_NOTEBOOK AUTHORIZE_NOTEBOOK", "publish with authorize: true", "------------Y"),
    Row("SET_PROJECT_PERMISSIONS", "see and change", "-----------YY"),
    Row("TRANSFER_OWNERSHIP", "of project, dashboard, insight", "-----------YY"),
    Row("OPEN_PROJECT", "", "-YYYYYYY-YYYY"),
)
