"""The room `stores`: where bytes lie."""
