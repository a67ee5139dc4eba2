"""Photos that people take: made safe and small, and kept by what is in them."""

from __future__ import annotations

from gateway.photos.image import LARGEST_BYTES, Prepared, prepare
from gateway.photos.photo_store import Photo, PhotoStore
from gateway.photos.unused import UnusedPhotos

__all__ = ["LARGEST_BYTES", "Photo", "PhotoStore", "Prepared", "UnusedPhotos", "prepare"]
