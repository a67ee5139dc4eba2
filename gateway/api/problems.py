"""Errors of the API: each is a status and one sentence, `{"detail": "…"}`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.api.services import Services
from gateway.core.alarms.builtin import BUILTIN_IDS
from gateway.errors import SeriesUnavailable, StoreError, StoreRefused

MOST_NAMED = 20
"""Known names that an answer lists; a site may have thousands."""

_NO_OBJECT = frozenset({"json_invalid", "model_attributes_type", "model_type", "dict_type"})
"""Pydantic's error types for a body that is not an object."""


class Problem(BaseModel):
    """Why a request failed."""

    detail: str = Field(description="What is wrong, and what would be right.")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an endpoint, for its `responses`: 422, 503 and these."""
    meanings = {
        404: "There is none of this name or number.",
        409: "The present state of what it is about does not allow it.",
        422: "The request is wrong; the detail says what is right.",
        500: "The store can never hold the result; it is in quarantine.",
        503: "A store does not answer at present.",
        507: "There is no room for it.",
    }
    return {each: {"model": Problem, "description": meanings[each]} for each in sorted({*statuses, 422, 503})}


def not_found(detail: str) -> HTTPException:
    """A 404, to raise."""
    return HTTPException(status.HTTP_404_NOT_FOUND, detail)


def invalid(detail: str) -> HTTPException:
    """A 422, to raise."""
    return HTTPException(422, detail)


def check_known(what: str, name: str | None, known: Iterable[str]) -> None:
    """Raise a 422 that lists the known names, or of many the nearest, when this one is unknown. None passes."""
    names = sorted(set(known))
    if name is not None and name not in names:
        if len(names) > MOST_NAMED and (near := difflib.get_close_matches(name, names)):
            raise invalid(f"there is no {what} {name!r} here; did you mean {' or '.join(map(repr, near))}?")
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        listed = ", ".join(names[:MOST_NAMED]) + more if names else "none"
        raise invalid(f"there is no {what} {name!r} here; known: {listed}")


def check_rule(name: str | None, gateway: Services) -> None:
    """Raise a 422 when the site has no such rule, and none is built in that is called so. None passes."""
    if name not in BUILTIN_IDS:
        check_known("rule", name, (rule.id for rule in gateway.configuration.rules))


class QueryParameters(BaseModel):
    """The parameters of an endpoint. Any other is a 422, for a typing error must not widen a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Mapping[str, object]) -> Mapping[str, object]:
        names = [field.alias or name for name, field in cls.model_fields.items()]
        for name in given:
            if name not in names:
                raise ValueError(f"there is no parameter {name!r}; there are {', '.join(names)}")
        return given


def answer_errors(app: FastAPI) -> None:
    """Register the answers to errors of requests."""
    app.add_exception_handler(RequestValidationError, _explain_validation)
    app.add_exception_handler(status.HTTP_400_BAD_REQUEST, _explain_unreadable)
    app.add_exception_handler(status.HTTP_404_NOT_FOUND, _explain_not_found)
    app.add_exception_handler(status.HTTP_405_METHOD_NOT_ALLOWED, _explain_method)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(StoreRefused, _refused)
    app.add_exception_handler(SeriesUnavailable, _unavailable)


def problem(status_code: int, detail: str) -> JSONResponse:
    """The answer itself, where no exception can be raised."""
    return JSONResponse({"detail": detail}, status_code)


async def _explain_unreadable(_request: Request, error: Exception) -> JSONResponse:
    """A body that is no text is a mistake like others; a client that leaves within its body has FastAPI's 400."""
    if isinstance(error.__cause__, UnicodeDecodeError):
        return problem(
            422, "the body is not UTF-8 text: send a JSON object in UTF-8, as Content-Type: application/json"
        )
    return problem(status.HTTP_400_BAD_REQUEST, str(getattr(error, "detail", error)))


async def _explain_not_found(request: Request, error: Exception) -> JSONResponse:
    detail = getattr(error, "detail", "")
    if detail in ("", "Not Found"):  # FastAPI's own detail for an unknown path
        detail = f"there is nothing at {request.url.path}; /docs lists what there is"
    return problem(status.HTTP_404_NOT_FOUND, detail)


async def _explain_method(request: Request, error: Exception) -> JSONResponse:
    allowed = getattr(error, "headers", None) or {}
    which = f"; allowed is {allowed['Allow']}" if "Allow" in allowed else ""
    answer = problem(status.HTTP_405_METHOD_NOT_ALLOWED, f"there is no {request.method} of {request.url.path}{which}")
    answer.headers.update(allowed)
    return answer


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    return problem(status.HTTP_503_SERVICE_UNAVAILABLE, str(error))


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    return problem(status.HTTP_500_INTERNAL_SERVER_ERROR, str(error))


async def _explain_validation(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    required = _required_of_body(request.scope.get("route"))
    return problem(422, "; ".join(_sentence(each, required) for each in error.errors()))


def _required_of_body(route: object) -> list[str]:
    """The fields that a body of this endpoint must have."""
    field = route.body_field if isinstance(route, APIRoute) else None
    model = field.field_info.annotation if field is not None else None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [each.alias or name for name, each in model.model_fields.items() if each.is_required()]


def _sentence(error: Mapping[str, Any], required: Sequence[str]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing" and tuple(error["loc"]) == ("body",):
        named = " and ".join(f"`{each}`" for each in required)
        fields = f"the field{'s' if len(required) > 1 else ''} {named}" if required else "the fields that /docs shows"
        return f"there is no body: send a JSON object with {fields}, as Content-Type: application/json"
    if error["loc"][0] == "body" and error["type"] in _NO_OBJECT:
        return "the body must be a JSON object, sent as Content-Type: application/json; /docs shows its fields"
    place = ".".join(str(part) for part in error["loc"] if part not in ("query", "path", "body"))
    return f"{place}: {message}" if place else message
