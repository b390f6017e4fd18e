"""What went well and yet needs a look."""

from dataclasses import dataclass

from server.db.models import ExportRow, NotebookRow
from server.domain.dashboards import WarningCode


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning; `can_fix` tells whether the caller may put it right."""

    code: WarningCode
    message: str
    can_fix: bool = False


def source_not_authorized(*, can_fix: bool) -> Warned:
    """Warn that dashboard-only readers see nothing."""
    how = "authorize the notebook." if can_fix else "ask somebody with MANAGE_AUTHORIZED_OBJECTS to authorize the notebook."
    return Warned(WarningCode.SOURCE_NOT_AUTHORIZED, f"Readers who may only see dashboards will not see this: {how}", can_fix=can_fix)


def no_editable_dashboard() -> Warned:
    """Warn that the insight stands on no dashboard."""
    return Warned(WarningCode.NO_EDITABLE_DASHBOARD, "There is no dashboard here that you may edit, so the insight was put on none.")


def of_export(notebook: NotebookRow, previous: ExportRow | None, *, scripts_may_run: bool) -> list[Warned]:
    """Warn of what a team may have overlooked in what it exported."""
    warned: list[Warned] = []
    if not notebook.has_outputs:
        text = "No cell of the notebook has an output: run it, save it and publish again."
        warned.append(Warned(WarningCode.NOTEBOOK_HAS_NO_OUTPUTS, text, can_fix=True))
    if notebook.has_active_content:
        instead = "; ask for INTERACTIVE to have them run." if scripts_may_run else ", which is how it shows here."
        text = f"Scripts and widgets of the notebook are left out where it is shown with the profile STATIC{instead}"
        warned.append(Warned(WarningCode.ACTIVE_CONTENT_REMOVED, text))
    if previous is not None and previous.digest == notebook.digest:
        text = f"The notebook is the same as in export {previous.sequence}."
        warned.append(Warned(WarningCode.UNCHANGED_SINCE_LATEST, text))
    return warned
