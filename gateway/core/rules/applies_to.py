"""Which devices a rule watches."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.site.site import DeviceSpec


class AppliesTo(Spec):
    """Which devices a rule watches: all of a profile, or those named."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["profile"]}, {"required": ["profiles"]}]})

    profile: Name | None = Field(default=None, min_length=1)
    """Of which profile the devices are."""
    profiles: tuple[Name, ...] = Field(default=(), examples=[["smoke_detector", "heat_detector"]])
    """In a rule with `group_by` in place of `profile`: of which profiles they are."""
    devices: tuple[str, ...] | None = None
    """Only these, by id; all of the profile unless given."""

    @property
    def names(self) -> tuple[str, ...]:
        """The profiles of the devices, at least one."""
        return self.profiles or ((self.profile,) if self.profile is not None else ())

    @property
    def name(self) -> str:
        """The profile of the devices; the first where there are several."""
        return self.names[0]

    def includes(self, device: DeviceSpec) -> bool:
        """Whether the rule watches this device."""
        return device.profile in self.names and (self.devices is None or device.id in self.devices)

    @model_validator(mode="after")
    def _names_profiles(self) -> Self:
        if self.profile is not None and "profiles" in self.model_fields_set:
            raise Mistake("`profiles` stands in place of `profile`: remove one of them", "profiles")
        if not self.names:
            raise Mistake("the key 'profile' is missing: add it, such as profile: booster_pump")
        if len(set(self.profiles)) < len(self.profiles):
            raise Mistake("a profile stands here twice: remove one", "profiles")
        return self
