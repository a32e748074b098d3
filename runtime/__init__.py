"""What every process of citywatch stands on: settings, errors, Kafka, metrics, readiness; no figure."""
