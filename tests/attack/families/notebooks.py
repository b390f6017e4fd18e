"""What belongs to a whole notebook: its metadata, its names. `name`, `insight` and `label` go to the API, the rest is metadata."""

from collections.abc import Mapping
from typing import Final

from tests.fixtures.make import Node

_IMG: Final = "<img src=x onerror=%JS%>"
_SCRIPT: Final = "<script>%JS%</script>"
_QUOTE: Final = '"><img src=x onerror=%JS%>'
_STATE: Final = "application/vnd.jupyter.widget-state+json"

_METADATA: Final[Mapping[str, Node]] = {
    "title": {"title": f"</title>{_SCRIPT}"},
    "authors": {"authors": [{"name": _IMG, "url": "javascript:%JS%"}], "date": _QUOTE},
    "kernel's name": {"kernelspec": {"name": _QUOTE, "display_name": _SCRIPT, "language": _IMG}},
    "kernel's name in an attribute": {"kernelspec": {"name": "python3' onload='%JS%", "display_name": "Python 3"}},
    "language": {"language_info": {"name": _QUOTE, "pygments_lexer": _QUOTE, "codemirror_mode": {"name": _QUOTE}}},
    "lexer": {"language_info": {"name": "python", "pygments_lexer": f"html+{_IMG}", "mimetype": _QUOTE, "file_extension": _SCRIPT}},
    "lexer of another family": {"language_info": {"name": "html", "pygments_lexer": "html"}},
    "lexer by a path": {"language_info": {"name": "../../etc/passwd", "pygments_lexer": "../../etc/passwd"}},
    "language as text": {"language_info": _SCRIPT, "kernelspec": _IMG},
    "widget state": {
        "widgets": {_STATE: {"state": {"x": {"model_name": _SCRIPT, "state": {"value": f"</script>{_IMG}"}}}, "version_major": 2}}
    },
    "widget state that ends a script": {
        "widgets": {_STATE: {"state": {f"</script>{_SCRIPT}": {}}, "version_major": _QUOTE, "version_minor": 0}}
    },
    "theme": {"rise": {"theme": _QUOTE, "overlay": _SCRIPT}, "livereveal": {"header": _IMG}, "celltoolbar": _QUOTE},
    "toc": {"toc": {"title_cell": _IMG, "toc_position": {"position": "fixed"}}, "nbconvert": {"template": "/etc/passwd"}},
    "original format": {"orig_nbformat": _QUOTE, "signature": _SCRIPT, "hash": _IMG},
    "jupytext": {"jupytext": {"text_representation": {"extension": _QUOTE}}, "vscode": {"interpreter": {"hash": _IMG}}},
    "colab": {"colab": {"name": f"</title>{_SCRIPT}", "provenance": [{"file_id": _QUOTE}]}, "accelerator": _IMG},
    "latex preamble": {"latex_metadata": {"title": _SCRIPT}, "latex_envs": {"LaTeX_envs_menu_present": _IMG}},
    "key that is hostile": {_QUOTE: _IMG, "__proto__": {"x": _SCRIPT}, "": _IMG},
}

_NAMES: Final[Mapping[str, Node]] = {
    "notebook": {"name": "</title><script>%JS%</script>"},
    "notebook in an attribute": {"name": '"><img src=x onerror=%JS%> %ID%'},
    "notebook with an entity": {"name": "&lt;/title&gt;<img src=x onerror=%JS%> %ID%"},
    "notebook as an address": {"name": "javascript:%JS%//%ID%"},
    "notebook as a path": {"name": "../../x<img src=x onerror=%JS%>%ID%.ipynb"},
    "notebook that ends a comment": {"name": "--><script>%JS%</script> %ID%"},
    "insight": {"insight": "</title><script>%JS%</script> %ID%"},
    "insight in an attribute": {"insight": "' onmouseover='%JS% %ID%"},
    "label": {"label": "<img src=x onerror=%JS%>"},
    "all names": {"name": "<svg onload=%JS%> %ID%", "insight": "<svg onload=%JS%> %ID%", "label": "<svg onload=%JS%>"},
}

FAMILIES: Final[Mapping[str, Mapping[str, Node]]] = {"metadata of notebooks": _METADATA, "names": _NAMES}
