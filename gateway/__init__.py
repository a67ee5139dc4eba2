"""facility-gateway: building telemetry in; durable series, alarms and maintenance tickets out."""

__version__ = "0.1.0"
