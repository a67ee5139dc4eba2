"""From the bytes of a message to values of a profile, or to the reason why not. Nothing here ever raises on input."""
