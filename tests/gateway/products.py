"""The subgraph that Apollo's compatibility suite asks for (`products`), made with our own: Subgraph, `_service`, answer_references.

python products.py prints its address. What it answers is what the suite expects.
"""

import socket
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Self, cast

import strawberry
import uvicorn
from strawberry import ID, federation
from strawberry.asgi import GraphQL
from strawberry.extensions.tracing.apollo_federation import ApolloFederationTracingExtension
from strawberry.federation.schema import FederationAny
from strawberry.schema_directive import Location

from server.schema.federation import FEDERATION_VERSION, Subgraph, answer_references, service

EMAIL: Final = ID("support@apollographql.com")


@federation.schema_directive(
    locations=[Location.OBJECT], name="custom", compose=True, import_url="https://myspecs.dev/myCustomDirective/v1.0"
)
class Custom:
    """A directive that the supergraph keeps."""


@federation.type(extend=True, keys=["email"])
class User:
    """Somebody whom another subgraph knows better."""

    email: ID = federation.field(external=True)
    total_products_created: int | None = federation.field(external=True)
    years_of_employment: int = federation.field(external=True)

    @federation.field(override="users")
    def name(self) -> str | None:
        """Know better what they are called."""
        return "Jane Smith"

    @federation.field(requires=["totalProductsCreated", "yearsOfEmployment"])
    def average_products_created_per_year(self) -> int | None:
        """Divide."""
        return round((self.total_products_created or 0) / self.years_of_employment) if self.years_of_employment else None

    @classmethod
    def referred(cls, keys: Mapping[str, Any]) -> Self | None:
        """Take what the gateway brings along for `@requires`."""
        if keys.get("email") != EMAIL:
            return None
        return cls(
            email=EMAIL,
            total_products_created=keys.get("totalProductsCreated", 1337),
            years_of_employment=keys.get("yearsOfEmployment", 10),
        )


@federation.type(shareable=True)
class ProductDimension:
    """A value that several subgraphs answer."""

    size: str | None
    weight: float | None
    unit: str | None = federation.field(inaccessible=True)


@strawberry.type
class ProductVariation:
    """Part of a key."""

    id: ID


@strawberry.type
class CaseStudy:
    """Part of a key."""

    case_number: ID
    description: str | None


@federation.type(keys=["study { caseNumber }"])
class ProductResearch:
    """Has a key of an object's field."""

    study: CaseStudy
    outcome: str | None


@federation.type(keys=["sku package"])
class DeprecatedProduct:
    """Has a key of two fields."""

    sku: str
    package: str
    reason: str | None
    created_by: User | None


@federation.type(keys=["id", "sku package", "sku variation { id }"], directives=[Custom()])
class Product:
    """Has three keys."""

    id: ID
    sku: str | None
    package: str | None
    variation: ProductVariation | None
    dimensions: ProductDimension | None
    research: list[ProductResearch]
    created_by: User | None = federation.field(provides=["totalProductsCreated"])
    notes: str | None = federation.field(tags=["internal"])


@federation.interface_object(name="Inventory", keys=["id"])
class Inventory:
    """An interface of another subgraph, to which this one adds a field."""

    id: ID

    @strawberry.field
    def deprecated_products(self) -> list[DeprecatedProduct]:
        """Add to it."""
        return [DEPRECATED]


USER: Final = User(email=EMAIL, total_products_created=1337, years_of_employment=10)
DEPRECATED: Final = DeprecatedProduct(
    sku="apollo-federation-v1", package="@apollo/federation-v1", reason="Migrate to Federation V2", created_by=USER
)
STUDIES: Final = [
    ProductResearch(study=CaseStudy(case_number=ID("1234"), description="Federation Study"), outcome=None),
    ProductResearch(study=CaseStudy(case_number=ID("1235"), description="Studio Study"), outcome=None),
]
PRODUCTS: Final = [
    Product(
        id=ID(f"apollo-{sku}"),
        sku=sku,
        package=package,
        variation=ProductVariation(id=ID(variation)),
        dimensions=ProductDimension(size="small", weight=1, unit="kg"),
        research=[study],
        created_by=USER,
        notes=None,
    )
    for sku, package, variation, study in (("federation", "@apollo/federation", "OSS", STUDIES[0]), ("studio", "", "platform", STUDIES[1]))
]


def _product(keys: Mapping[str, Any]) -> Product | None:
    match keys:
        case {"id": id_}:
            return next((product for product in PRODUCTS if product.id == id_), None)
        case {"sku": sku, "package": package}:
            return next((product for product in PRODUCTS if (product.sku, product.package) == (sku, package)), None)
        case {"sku": sku, "variation": {"id": id_}}:
            return next((product for product in PRODUCTS if product.variation and (product.sku, product.variation.id) == (sku, id_)), None)
        case _:
            return None


FIND: Final[Mapping[str, Callable[[Mapping[str, Any]], object | None]]] = {
    "Product": _product,
    "User": User.referred,
    "DeprecatedProduct": lambda keys: DEPRECATED if keys.get("sku") == DEPRECATED.sku else None,
    "ProductResearch": lambda keys: next((found for found in STUDIES if found.study.case_number == keys["study"]["caseNumber"]), None),
    "Inventory": lambda keys: Inventory(id=ID(keys["id"])),
}
Entity = Annotated[DeprecatedProduct | Inventory | Product | ProductResearch | User, strawberry.union("_Entity")]


@strawberry.type
class Query:
    """What the suite asks."""

    service = service

    @strawberry.field
    def product(self, id: ID) -> Product | None:  # noqa: A002  the argument's name
        """Find one."""
        return _product({"id": id})

    @strawberry.field(deprecation_reason="Use product query instead")
    def deprecated_product(self, sku: str, package: str) -> DeprecatedProduct | None:
        """Find one."""
        return DEPRECATED if (sku, package) == (DEPRECATED.sku, DEPRECATED.package) else None

    @strawberry.field(name="_entities")
    async def entities(self, representations: list[FederationAny]) -> list[Entity | None]:
        """Answer as nbinsight does."""

        async def find(type_name: str, keys: Mapping[str, object]) -> object | None:
            return FIND[type_name](keys) if type_name in FIND else None

        return cast("list[Entity | None]", await answer_references(representations, find, at_most=1000))


def main() -> None:
    """Serve it."""
    schema = Subgraph(query=Query, types=[Inventory], extensions=[ApolloFederationTracingExtension], federation_version=FEDERATION_VERSION)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)  # noqa: T201  how its address is told
        uvicorn.Server(uvicorn.Config(GraphQL(schema), log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
