"""From the bytes of a message to values of a profile, or to the reason why not. No payload raises."""
