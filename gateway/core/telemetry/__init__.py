"""From a message to readings, or to the reason why it is rejected."""
