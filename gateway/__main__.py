"""`python -m gateway` is `facility-gateway`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
