"""Pages for people without an account: links of messages, and reports of faults. They have a listener of their own."""
