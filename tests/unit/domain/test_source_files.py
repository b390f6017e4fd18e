import pytest

from server.domain.source_files import source_suffix


@pytest.mark.parametrize(
    ("file_extension", "language", "suffix"),
    [
        (".py", "python", "py"),
        (".R", "python", "r"),
        ("jl", None, "jl"),
        (None, "Python", "py"),
        (None, "python3.11", "py"),
        (None, "C++17", "cpp"),
        (None, "Wolfram Language", "wl"),
        (None, "  R ", "r"),
        (None, "SoS", "txt"),
        (None, "plaintext", "txt"),
        (None, "", "txt"),
        (None, "3", "txt"),
        (None, None, "txt"),
    ],
)
def test_a_script_is_called_as_its_notebook_says_or_its_language_has_it(
    file_extension: str | None, language: str | None, suffix: str
) -> None:
    assert source_suffix(file_extension, language) == suffix


@pytest.mark.parametrize(
    "evil",
    [
        ".html",
        ".exe",
        ".svg",
        ".hta",
        ".lnk",
        ".bat",
        "..",
        "./py",
        "..py",
        ".py\n",
        '.py"',
        ".py;",
        ".",
        "",
        "\N{FULLWIDTH LATIN SMALL LETTER P}y",
        ".py.exe",
    ],
)
def test_what_is_no_languages_extension_counts_for_nothing(evil: str) -> None:
    assert source_suffix(evil, "julia") == "jl"
    assert source_suffix(evil, None) == "txt"
