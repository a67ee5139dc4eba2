"""Native telemetry, the hot path: one flat JSON object with one key per metric."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import check_of, shown
from gateway.core.telemetry.decoding.messages import Decoded, parse_json
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.decoding.typed import is_parsed_exactly, typed_parser
from gateway.core.telemetry.quarantine import Reason, Rejected

_parse_object = msgspec.json.Decoder(dict[str, Json]).decode


class FlatDecoder:
    """Decodes the native messages of one profile.

    A metric that is null or missing is unknown, not false or zero. Keys that the profile does not name are ignored.
    """

    def __init__(
        self, profile: Profile, time_key: str | None, read_stamp: StampReader, *, by_server: bool = False
    ) -> None:
        self._parse = typed_parser(profile, time_key)
        self._checks = {name: check_of(name, metric) for name, metric in profile.metrics.items()}
        self._unchecked = [
            (name, self._checks[name]) for name, metric in profile.metrics.items() if not is_parsed_exactly(metric)
        ]
        """Metrics of which the parser does not check the values."""
        self._time_key = time_key
        self._take_stamp = dict.get if time_key in profile.metrics else dict.pop
        self._read_stamp = read_stamp
        self._by_server = by_server

    def decode(self, payload: bytes) -> Decoded | Rejected:
        """The values in `payload`; Rejected if it is not a JSON object, or has no metric of the profile."""
        try:
            values = self._parse(payload)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._decode_one_by_one(payload)
        time_key, stamp = self._time_key, None
        if time_key is not None:
            stamp = self._read_stamp(self._take_stamp(values, time_key, None))
        for name, check in self._unchecked:
            if name in values:
                value = check(values[name])
                if type(value) is Rejected:
                    return self._decode_one_by_one(payload)
                values[name] = value
        if not values:
            return self._decode_one_by_one(payload)
        return Decoded(values, [], stamp, time_key is not None, self._by_server)

    def _decode_one_by_one(self, payload: bytes) -> Decoded | Rejected:
        """As `decode`, for a payload in which something may be missing or wrong."""
        try:
            document = _parse_object(payload)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            document = parse_json(payload)
            if type(document) is Rejected:
                return document
            if type(document) is not dict:
                detail = "the payload is JSON, but not an object: {…} with one key per metric"
                return Rejected(Reason.MALFORMED, detail)
        values: dict[str, Value] = {}
        rejected: list[Rejected] = []
        checks = self._checks
        for name, raw in document.items():
            if (check := checks.get(name)) is not None and raw is not None:
                value = check(raw)
                if type(value) is Rejected:
                    rejected.append(value)
                    if value.limit is not None:
                        values[name] = value.limit
                else:
                    values[name] = value
        if not values and not rejected:
            detail = f"none of the profile's metrics is in it; keys: {shown(list(document))}"
            return Rejected(Reason.NO_METRICS, detail)
        if self._time_key is None:
            return Decoded(values, rejected)
        return Decoded(values, rejected, self._read_stamp(document.get(self._time_key)), True, self._by_server)
