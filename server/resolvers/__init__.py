"""The room `resolvers`: what an operation does; rows out, DomainError raised, no GraphQL."""
