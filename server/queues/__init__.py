"""The room `queues`: where renderings wait for workers."""
