"""nbinsight: frozen copies of notebooks, shown in insights and on dashboards, under permissions."""

__version__ = "0.1.0"
