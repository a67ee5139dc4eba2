"""The models: what each class of equipment does, measures and suffers. They do not depend on messages."""
