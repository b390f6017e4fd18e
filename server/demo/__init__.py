"""The room `demo`: a project with notebooks, people and dashboards, made through the API."""
