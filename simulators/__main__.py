"""`python -m simulators`."""

import sys
from importlib.util import find_spec

if __name__ == "__main__":
    if find_spec("aiomqtt") is None:
        sys.exit(
            "the simulators need aiomqtt, which a plain installation does not bring: "
            "install the wheel with its extra, pip install 'PATH/facility_gateway-VERSION.whl[simulators]'"
        )
    from simulators.cli import main

    main()
