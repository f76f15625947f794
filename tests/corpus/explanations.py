"""Explanations of failed checks whose cause is not in locum."""

from __future__ import annotations

import json

from locum.openapi.wire.styles import kinds_of, typed

__all__ = ["explain"]


def explain(operation, case, check, title, reply) -> str:
    """Return why a failure is not a defect of locum; empty if it may be one."""
    if operation is None or reply is None:
        return ""
    if check == "ignored_auth" and "invalid authentication" in title:
        return "Nobody has written whose credentials are good, so any is; none at all is refused."
    if check == "status_code_conformance" and operation.declares(reply.status_code) is None:
        return f"The document declares no {reply.status_code} for it, nor another status that means it."
    if check == "positive_data_acceptance":
        return _accepted(operation, case, reply)
    if check == "response_schema_conformance" and _is_discriminated(operation, reply):
        return "Several alternatives of a oneOf fit, and the discriminator says which is meant (OpenAPI 3.1, 4.8.25)."
    if check == "negative_data_rejection" and operation.body is not None and not operation.body.required:
        sent = reply.request.body
        if not sent:
            return "The body is optional, and an empty one is none."
    return ""


def _is_discriminated(operation, reply) -> bool:
    """Whether a body is valid if discriminators select the alternatives."""
    declared = operation.declares(reply.status_code)
    schema = declared.usual.schema if declared is not None and declared.usual is not None else None
    has_some = '"discriminator":' in json.dumps(operation.schemas.document, default=str)
    return schema is not None and has_some and schema.is_valid(reply.json())


def _accepted(operation, case, reply) -> str:
    if reply.status_code == 412:
        return "If-Match names no state of the record: 412 is the response to that (RFC 9110, section 13.1.1)."
    for parameter in operation.by_location["path"]:
        value = (case.path_parameters or {}).get(parameter.name)
        read = typed(parameter.schema, parameter.schema.raw, value) if isinstance(value, str) else value
        if not parameter.schema.is_valid(read) and not parameter.schema.is_valid(str(value)):
            return f"A link that Schemathesis inferred put {value!r} for {{{parameter.name}}}, which is no such value."
    media = next(iter(operation.body.media_types.items()), None) if operation.body is not None else None
    encoding = media[1].encoding if media is not None else {}
    deep = [one.name for one in operation.by_location["query"] if one.style == "deepObject" and is_list(one.schema)]
    if set(deep) & set(case.query or {}):
        return (
            f"deepObject is defined for objects, and {', '.join(deep)} is a list: each client writes it in its own way."
        )
    if media is not None and "form" in media[0]:
        styled = [name for name, one in encoding.items() if one.get("style") == "deepObject"]
        if styled and isinstance(case.body, dict) and set(styled) & set(case.body):
            return "deepObject is defined for one level of members, and the form has lists or objects in them."
        if has_nothing(case.body):
            return "A form cannot say null, nor a list or an object without members."
    return ""


def is_list(schema) -> bool:
    return kinds_of(schema, schema.raw) <= {"array", "null"}


def has_nothing(value) -> bool:
    """Whether null, an empty list or an empty object is somewhere in a value."""
    if isinstance(value, dict):
        return not value or any(map(has_nothing, value.values()))
    if isinstance(value, list):
        return not value or any(map(has_nothing, value))
    return value is None
