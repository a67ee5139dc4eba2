"""Links in messages: signed, each for one purpose, one thing and one person, until it expires."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from itsdangerous import BadSignature, URLSafeSerializer

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY, SECOND, Micros
from gateway.errors import LinkCutOff, LinkExpired, LinkInvalid

_SIGNATURE_LENGTH = 43
"""Characters of an HMAC-SHA256 in base64 without padding."""


LASTS: Mapping[LinkPurpose, Micros] = {
    LinkPurpose.ACKNOWLEDGE: 7 * DAY,
    LinkPurpose.ACCEPT: 7 * DAY,
    LinkPurpose.DECLINE: 7 * DAY,
    LinkPurpose.CONFIRM: 30 * DAY,
    LinkPurpose.REOPEN: 30 * DAY,
    LinkPurpose.RATE: 30 * DAY,
    LinkPurpose.TRACK: 180 * DAY,
}
"""How long a link of a message works. Colleagues have newer messages by then; residents are away for some weeks."""

_DOUBT: Micros = 365 * DAY
"""So much longer does a link work that was made while the time was not known."""

_Said = tuple[str, str, str | None, int]
"""Purpose, subject, person, and the second at which it expires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link says."""

    purpose: LinkPurpose
    about: Subject
    person: str | None
    """The id of the person to whom it was sent; None where that is nobody of the site's files, such as a reporter."""
    expires: Micros


class Links:
    """Makes links and reads them. Who knows the secret can make links; who has a link can do what it is for."""

    def __init__(
        self, secret: bytes, base_url: str, *, now: Callable[[], Micros], knows_time: Callable[[], bool]
    ) -> None:
        """
        Args:
            base_url: where people reach the pages, such as `https://fm.example.org`.
            knows_time: whether the gateway is sure of the time. While it is not, no link is told to have expired.
        """
        self._signed = URLSafeSerializer(
            secret, salt="gateway.pages.link", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        )
        self._base_url = base_url.rstrip("/")
        self._now = now
        self._knows_time = knows_time

    def make(self, purpose: LinkPurpose, about: Subject, person: str | None, expires: Micros) -> str:
        """The URL of a link. The same arguments give the same link; `expires` is rounded up to whole seconds."""
        path = "r/t" if purpose is LinkPurpose.TRACK else "l"
        return f"{self._base_url}/{path}/{self.token(purpose, about, person, expires)}"

    def for_message(self, purpose: LinkPurpose, about: str, person: str | None) -> str:
        """The URL of a link for a message that is sent now; `about` is a subject as `kind:id`."""
        return self.make(purpose, Subject.parse(about), person, self.expiry(purpose))

    def expiry(self, purpose: LinkPurpose) -> Micros:
        """When a link that is made now expires.

        Without a clock that can be trusted the present may be weeks later than it seems: a link that expires with the
        first word of a time server would leave an alarm that nobody can acknowledge.
        """
        return self._now() + LASTS[purpose] + (0 if self._knows_time() else _DOUBT)

    def token(self, purpose: LinkPurpose, about: Subject, person: str | None, expires: Micros) -> str:
        """The last part of that URL."""
        return self._signed.dumps([purpose.value, str(about), person, -(-expires // SECOND)])

    def read(self, token: str) -> Link:
        """What the link with this token says.

        Raises:
            LinkExpired: it was valid once.
            LinkCutOff: a part of it is missing.
            LinkInvalid: it was changed, or not made by this gateway.
        """
        try:
            purpose, about, person, expires = msgspec.convert(self._signed.loads(token), _Said)
            link = Link(
                purpose=LinkPurpose(purpose), about=Subject.parse(about), person=person, expires=expires * SECOND
            )
        except BadSignature as error:
            if len(token.rpartition(".")[2]) < _SIGNATURE_LENGTH or "." not in token:
                raise LinkCutOff("the link is incomplete: open it anew from the message, as a whole") from error
            raise LinkInvalid("this gateway has not made this link") from error
        except ValueError as error:  # signed by a later version
            raise LinkInvalid("this gateway does not know what this link is for") from error
        if self._knows_time() and self._now() >= link.expires:
            raise LinkExpired(link.expires)
        return link
