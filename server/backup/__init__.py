"""The room `backup`: everything that is kept, taken elsewhere, brought back and looked through."""
