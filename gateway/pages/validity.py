"""From when until when a certificate is valid.

The standard library tells that of the certificate of the other side of a connection alone, so the gateway shakes hands
with itself, in memory.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from gateway.core.kernel.times import SECOND, Micros

_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""
_LONGEST_HANDSHAKE = 10
"""Flights: TLS 1.3 takes three, TLS 1.2 four."""


def validity(server: ssl.SSLContext, certificate: Path) -> tuple[Micros, Micros] | None:
    """When the certificate of a server begins and ends to be valid, whether or not that is now.

    None where it is not one for servers: then phones refuse it.

    Args:
        certificate: the file that the server's certificate is from.

    Raises:
        OSError: the file cannot be read.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(cafile=certificate)
    # Who has signed it does not matter here, nor whether it has ended: the clock may be wrong at the start.
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for _ in range(_LONGEST_HANDSHAKE):
            if all([_is_done(ours), _is_done(theirs)]):
                break
    except ssl.SSLError:
        return None
    found = ours.getpeercert() or {}
    begin, end = (ssl.cert_time_to_seconds(str(found[name])) for name in ("notBefore", "notAfter"))
    return begin * SECOND, end * SECOND


def _is_done(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
