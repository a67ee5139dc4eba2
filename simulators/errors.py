"""The errors that the user of the simulators can correct. Each message is one line that says what to do."""


class SimulatorError(Exception):
    """The base of every error the simulators raise on purpose."""


class FileError(SimulatorError):
    """A fleet, a mapping or a recording cannot be read as it stands."""


class BrokerError(SimulatorError):
    """The broker cannot be reached, or refuses the client."""
