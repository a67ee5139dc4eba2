"""In the store: scans."""
