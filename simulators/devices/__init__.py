"""The models: what each class of equipment does, measures and suffers. They know nothing of messages."""
