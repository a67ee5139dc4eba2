"""Device profiles: what a class of device measures, and in which messages it reports it."""
