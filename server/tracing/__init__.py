"""The room `tracing`: spans sent by OpenTelemetry, the one place that imports it."""
