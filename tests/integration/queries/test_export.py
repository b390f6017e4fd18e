"""`export`: what tells about its code is for those who may see the code."""

from typing import Final

import pytest

from tests.fixtures.world import SECRET
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYED: Final = "byteSize digest sourceRevision"
CODE: Final = "query($id: ID!) { export(id: $id) { sequence rendering(showCode: true) { codeIncluded body } } }"


async def test_an_export_tells_what_it_is(shop: Shop) -> None:
    selection = """id sequence label trigger createdAt createdBy { login } kernel { name } cellCount isLatest notebook { name }
        viewerCan { delete showCode showInteractive }"""
    found = await shop.one("coder", "export", selection, shop.exports["open"])
    assert found.pop("createdAt").endswith("+00:00")
    assert found == {
        "id": shop.exports["open"],
        "sequence": 1,
        "label": None,
        "trigger": "PUBLISH",
        "createdBy": {"login": "coder"},
        "kernel": {"name": "python3"},
        "cellCount": 2,
        "isLatest": False,
        "notebook": {"name": "open"},
        "viewerCan": {"delete": True, "showCode": True, "showInteractive": False},
    }
    again = await shop.one("coder", "export", "trigger isLatest sequence", shop.exports["open again"])
    assert again == {"trigger": "MANUAL", "isLatest": True, "sequence": 2}


async def test_what_would_confirm_a_guess_of_the_code_is_for_those_who_may_see_it(shop: Shop) -> None:
    nothing = {"byteSize": None, "digest": None, "sourceRevision": None}
    for who in ("dash_reader", "dash_writer", "dash_moderator", "dash_coder"):
        assert await shop.one(who, "export", KEYED, shop.exports["open"]) == nothing
    seen = await shop.one("analyst", "export", KEYED, shop.exports["open"])
    [[digest, size]] = await shop.world.rows("SELECT digest, byte_size FROM export WHERE id = :id", id=shop.exports["open"])
    assert (seen["digest"], seen["byteSize"]) == (f"sha256:{digest}", size)
    live = await shop.one("analyst", "notebook", "revision", shop.notebooks["open"])
    assert seen["sourceRevision"] == live["revision"]


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("exposure", ["NEVER", "TILES", "ALWAYS"])
async def test_a_dashboard_reader_sees_code_where_the_authorization_exposes_it(own_shop: Shop, exposure: str) -> None:
    await own_shop.world.authorize(own_shop.notebooks["open"], exposure)
    answer = await own_shop.world.run("dash_reader", CODE, id=own_shop.exports["open"])
    keyed = await own_shop.one("dash_reader", "export", f"{KEYED} viewerCan {{ showCode }}", own_shop.exports["open"])
    if exposure == "ALWAYS":
        assert "errors" not in answer
        assert answer["data"]["export"]["rendering"]["codeIncluded"] is True
        assert SECRET in answer["data"]["export"]["rendering"]["body"]
    else:
        [error] = answer["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "requires": ["READ_PROJECT_CONTENT"]}
        assert error["path"] == ["export", "rendering"]
        assert answer["data"] == {"export": {"sequence": 1, "rendering": None}}
    assert keyed["viewerCan"] == {"showCode": exposure == "ALWAYS"}
    assert all((keyed[name] is not None) is (exposure == "ALWAYS") for name in KEYED.split())


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("exposure", ["NEVER", "TILES", "ALWAYS"])
async def test_a_switched_project_exposes_what_its_switch_says(own_shop: Shop, exposure: str) -> None:
    await own_shop.change("UPDATE project SET authorizes_all_objects = true, all_objects_code_exposure = :exposure", exposure=exposure)
    answer = await own_shop.world.run("dash_reader", CODE, id=own_shop.exports["closed"])
    assert ("errors" not in answer) is (exposure == "ALWAYS")
    kept = await own_shop.world.run("dash_reader", CODE, id=own_shop.exports["open"])
    assert kept["errors"][0]["extensions"]["code"] == "FORBIDDEN", "the notebook's own authorization says TILES"


@pytest.mark.parametrize("who", ["analyst", "writer", "coder", "auth_manager", "project_admin"])
async def test_who_may_read_the_content_sees_the_code_whatever_the_authorization_says(shop: Shop, who: str) -> None:
    answer = await shop.world.ok(who, CODE, id=shop.exports["closed"])
    assert SECRET in answer["export"]["rendering"]["body"]


@pytest.mark.parametrize("format_name", ["HTML", "MARKDOWN", "SCRIPT", "IPYNB"])
async def test_hidden_code_is_in_no_format(shop: Shop, format_name: str) -> None:
    fields = "format mediaType codeIncluded profile body fragment byteSize etag notices { code }"
    selection = f"rendering(format: {format_name}) {{ {fields} }}"
    found = (await shop.one("dash_reader", "export", selection, shop.exports["open"]))["rendering"]
    assert SECRET not in str(found)
    assert "Results" in found["body"]
    assert (found["format"], found["codeIncluded"], found["profile"]) == (format_name, False, "STATIC")
    assert found["byteSize"] == len(found["body"].encode())
    assert (found["fragment"] is None) is (format_name != "HTML")
    media_type = {"HTML": "text/html", "MARKDOWN": "text/markdown", "SCRIPT": "text/plain", "IPYNB": "application/x-ipynb+json"}
    assert found["mediaType"] == f"{media_type[format_name]}; charset=utf-8"


@pytest.mark.asyncio(loop_scope="function")
async def test_the_etag_tells_nothing_of_hidden_code(own_shop: Shop) -> None:
    """Two exports whose outputs agree and whose code differs: a keyed tag differs too, and is no digest of anything served."""
    selection = "digest rendering { etag body }"
    found = await own_shop.one("dash_reader", "export", selection, own_shop.exports["open"])
    [[digest]] = await own_shop.world.rows("SELECT digest FROM export WHERE id = :id", id=own_shop.exports["open"])
    assert found["digest"] is None
    assert digest[:16] not in found["rendering"]["etag"]
    assert digest[:16] not in found["rendering"]["body"]


async def test_interactive_is_static_with_a_notice(shop: Shop) -> None:
    selection = "rendering(profile: INTERACTIVE) { profile notices { code cellIndex message } }"
    found = (await shop.one("coder", "export", selection, shop.exports["open"]))["rendering"]
    assert found["profile"] == "STATIC"
    [notice] = found["notices"]
    assert (notice["code"], notice["cellIndex"]) == ("ACTIVE_CONTENT_REMOVED", None)
