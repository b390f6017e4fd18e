"""Documents that are small to send and large to answer, by name: each must be refused with one error."""

from dataclasses import dataclass, field
from typing import Any, Final

TOO_COMPLEX: Final = "QUERY_TOO_COMPLEX"
WRONG: Final = "BAD_USER_INPUT"
MANY_FAULTS: Final = "More than 10 things are wrong with this document"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A document, what the one error of its answer says, and under which code; the status is that for those who take the new media type."""

    query: str
    says: str
    code: str = TOO_COMPLEX
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    status: int = 400


def chain(count: int, link: str, end: str = "name") -> str:
    """Return fragments on projects, each of which spreads the next one as `link` says; N stands for the next one's name."""
    links = [f"fragment F{i} on Project {{ {link.replace('N', f'...F{i + 1}')} }}" for i in range(count)]
    return f'{{ project(key: "A") {{ ...F0 }} }} {" ".join(links)} fragment F{count} on Project {{ {end} }}'


def within(open_: str, count: int, inside: str = "id") -> str:
    """Return a selection in a selection, so often."""
    return f"{open_} {{ " * count + inside + " }" * count


ROUND: Final = "project { notebooks { nodes"
"""From a notebook to the notebooks of its project: 20 times as many with each turn."""

HOSTILE: Final[dict[str, Hostile]] = {
    "what took 14 s and 5 GB": Hostile(
        '{ project(key: "A") { notebooks { nodes {' + f" {ROUND} {{" * 3 + " name" + " }" * 13,
        "The depth of this operation: 13, at most 12",
    ),
    "the same, one turn less, pages of 30": Hostile(
        ('{ project(key: "A") { notebooks { nodes {' + f" {ROUND} {{" * 2 + " name" + " }" * 10).replace(
            "notebooks", "notebooks(first: 30)"
        ),
        "The cost of this operation: 29,792, at most 10,000",
    ),
    "a fragment bomb of 2^20": Hostile(
        chain(20, "N N", "notebooks { nodes { name } }"), "The cost of this operation: 22,020,097, at most 10,000"
    ),
    "a fragment bomb of 2^20 aliases": Hostile(chain(20, "N N", "a: name"), "The aliases of this operation: 1,048,576, at most 30"),
    "a fragment bomb of 3^90": Hostile(
        " ".join(chain(90, "N N N", "a: name").split()), "The aliases of this operation: over 1,000,000,000, at most 30"
    ),
    "a chain of 150 fragments": Hostile(chain(150, "N"), "lie more than 100 deep in each other"),
    "1,000 aliases": Hostile("{ " + " ".join(f"a{i}: __typename" for i in range(1000)) + " }", "more than 2000 tokens"),
    "600 aliases": Hostile(
        "{ " + " ".join(f"a{i}: __typename" for i in range(600)) + " }", "The aliases of this operation: 600, at most 30"
    ),
    "5,000 duplicate fields": Hostile("{ " + "__typename " * 5000 + "}", "more than 2000 tokens"),
    "1,900 duplicate root fields": Hostile("{ " + "__typename " * 1900 + "}", "The root fields of this operation: 1,900, at most 20"),
    "1,900 duplicate fields": Hostile('{ project(key: "A") { ' + "name " * 1900 + "} }", "Validation aborted."),
    "1,000 directives": Hostile("{ __typename " + "@skip(if: false) " * 1000 + "}", "more than 2000 tokens"),
    "240 directives": Hostile("{ __typename " + "@skip(if: false) " * 240 + "}", "The directives of this operation: 240, at most 50"),
    "240 directives on fragments": Hostile(
        "query { __typename ...F } fragment F on Query " + "@include(if: true) " * 240 + "{ __typename }",
        "The directives of this operation: 240, at most 50",
    ),
    "overlapping fields, nested": Hostile(
        '{ project(key: "A") { ' + "owner { " + "id " * 1800 + "} owner { id } } }",
        "Validation aborted.",
    ),
    "fragments that overlap in pairs": Hostile(
        chain(60, "notebooks { nodes { project { N } } } insights { nodes { project { N } } }"), "lie more than 100 deep in each other"
    ),
    "nested lists": Hostile(
        "{ projects(first: 100) { nodes { notebooks(first: 100) { nodes { exports(first: 100) { nodes { id } } } } } } }",
        "The cost of this operation: 1,020,201, at most 10,000",
    ),
    "nested lists by variables": Hostile(
        "query($n: Int = 100) { projects(first: $n) { edges { node { notebooks(first: $n) { edges { node { id } } } } } } }",
        "The cost of this operation: 20,301, at most 10,000",
        variables={"n": 100},
    ),
    "nested lists by default variables": Hostile(
        "query($n: Int = 100) { projects(first: $n) { edges { node { notebooks(first: $n) { edges { node { id } } } } } } }",
        "The cost of this operation: 20,301, at most 10,000",
    ),
    "first: 3000000": Hostile("{ projects(first: 3000000) { nodes { key } } }", "`first` is 3000000: ask for 1 to 100.", WRONG, status=200),
    "first: 3000000, nested": Hostile(
        "{ projects(first: 3000000) { nodes { notebooks(first: 3000000) { nodes { id } } } } }",
        "The cost of this operation: 10,201, at most 10,000",
    ),
    "a number of 50,000 digits": Hostile(
        "{ projects(first: " + "9" * 50_000 + ") { nodes { key } } }", "A number of this document has 50,000 digits, at most 400"
    ),
    "first as a word": Hostile(
        "query($n: Int) { projects(first: $n) { nodes { key } } }", "Variable '$n' has invalid value", WRONG, {"n": "100"}
    ),
    "first as a list": Hostile(
        "query($n: Int) { projects(first: $n) { nodes { key } } }", "Variable '$n' has invalid value", WRONG, {"n": [[[[1]]]]}
    ),
    "100 ids in nodes, each a page": Hostile(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Project { notebooks(first: 100) { nodes { id } } } } }",
        "The cost of this operation: 10,200, at most 10,000",
        variables={"ids": ["x"] * 100},
    ),
    "a text of 5 MB": Hostile("{ __typename " + "#" * 5_000_000 + "\n}", "at most 102,400 are accepted"),
    "a selection 13 deep": Hostile('{ project(key: "A") { ' + within("owner", 11) + " } }", "The depth of this operation: 13, at most 12"),
    "a selection 900 deep": Hostile("{ " + within("a", 900) + " }", "Document is nested too deeply. Parsing aborted."),
    "inline fragments 120 deep": Hostile("{ " + within("...", 120, "__typename") + " }", "lie more than 100 deep in each other"),
    "100,000 brackets of selections": Hostile("{" * 100_000, "Syntax Error: Expected Name, found '{'.", WRONG),
    "100,000 brackets of lists": Hostile("{ project(key: " + "[" * 100_000, "Parsing aborted."),
    "900 brackets of lists": Hostile("{ project(key: " + "[" * 900 + "]" * 900 + ") { id } }", "Parsing aborted."),
    "600 brackets of objects": Hostile("{ project(key: " + "{a: " * 600 + "1" + "}" * 600 + ") { id } }", "Parsing aborted."),
    "100,000 brackets as the type of a variable": Hostile("query($a: " + "[" * 99_000 + ") { __typename }", "Parsing aborted."),
    "90 lists in a variable": Hostile(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        "Variable '$ids' has invalid value",
        WRONG,
        {"ids": eval("[" * 90 + "]" * 90)},  # noqa: S307  a constant of ours
    ),
    "an unknown fragment": Hostile('{ project(key: "A") { ...Nothing } }', "Unknown fragment 'Nothing'.", WRONG),
    "a fragment that spreads itself": Hostile(
        '{ project(key: "A") { ...F } } fragment F on Project { name ...F }', "Cannot spread fragment 'F' within itself.", WRONG
    ),
    "100 unknown fields": Hostile('{ project(key: "A") { ' + " ".join(f"nam{i}" for i in range(100)) + " } }", MANY_FAULTS),
    "100 unknown arguments": Hostile(
        '{ project(key: "A", ' + " ".join(f"ke{i}: 1" for i in range(100)) + ") { id } }",
        MANY_FAULTS,
    ),
    "250 unused fragments": Hostile(
        "{ __typename } " + " ".join(f"fragment F{i} on Project {{ id }}" for i in range(250)),
        MANY_FAULTS,
    ),
    "an introspection bomb": Hostile(
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        "The cost below `__schema` and `__type` of this operation",
    ),
    "introspection 21 deep": Hostile(
        "{ __schema { queryType { " + within("ofType", 19, "name") + " } } }",
        "The depth below `__schema` and `__type` of this operation: 22, at most 20",
    ),
    "the whole schema, six times": Hostile(
        "{ " + " ".join(f"{name}: __schema {{ ...S }}" for name in "abcdef") + " } "
        "fragment S on __Schema { types { fields { args { type { ...T } } "
        "type { ...T } } } } fragment T on __Type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } }",
        "The cost below `__schema` and `__type` of this operation",
    ),
    "1,000 bodies": Hostile(
        '{ project(key: "A") { insights(first: 100) { nodes { tiles { rendering { body } } } } } }',
        "The cost of this operation: 52,102, at most 10,000",
    ),
}
