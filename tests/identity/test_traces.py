"""The last of this suite: what was shown to the server lies nowhere."""

from tests.fixtures.running import logged
from tests.identity.conftest import Site
from tests.identity.providers import Provider


def test_no_token_is_in_the_log_or_in_a_file_of_the_server(site: Site, corp: Provider) -> None:
    """Names of test files are sorted, so that what the others have sent is looked for too; two tokens are sent in any case."""
    corp.person("canary-1", preferred_username="canary")
    good = corp.token("canary-1")
    assert site.login(good) == "canary"
    site.refuses(good[:-4])
    site.refuses(site.admin[:-4])
    site.server.stop()
    lines = site.server.out + site.server.err
    assert any(line.get("event") == "sign-in refused" for line in logged(site.server))
    signatures = [token.rpartition(".")[2][:40] for token in site.shown if token.count(".") == 2 and len(token) > 200]
    secrets = [secret for secret in signatures if len(secret) == 40]
    assert len(secrets) >= 2
    printed = [line for line in lines if not line.startswith("token: ") and "#token=" not in line]
    assert [line for line in printed if any(secret in line for secret in secrets) or "eyJ" in line or site.admin[4:] in line] == []
    files = [file for file in site.folder.rglob("*") if file.is_file() and "token" not in file.name]
    assert any(file.name == "nbinsight.db" for file in files)
    for file in files:
        content = file.read_bytes()
        assert site.admin[4:].encode() not in content, file
        assert [secret for secret in secrets if secret.encode() in content] == [], file
        assert b"eyJhbGciOi" not in content, file
