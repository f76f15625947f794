"""Parameters of Swagger 2.0, which say bodies and forms too, as parameters and request bodies of OpenAPI 3.0."""

from __future__ import annotations

from typing import Any

from locum.openapi.load.swagger_schemas import converted_schema, list_of, object_of, parameter_schema, rest_of
from locum.openapi.pointers import BrokenReference, follow

__all__ = ["Parameters"]

_STYLES: dict[tuple[str, str], dict[str, Any]] = {
    ("query", "csv"): {"style": "form", "explode": False},
    ("query", "multi"): {"style": "form", "explode": True},
    ("query", "ssv"): {"style": "spaceDelimited", "explode": False},
    ("query", "pipes"): {"style": "pipeDelimited", "explode": False},
    ("path", "csv"): {"style": "simple"},
    ("header", "csv"): {"style": "simple"},
}
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


class Parameters:
    """The parameters of one document; `notes` collects what OpenAPI 3 cannot say."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.notes: list[str] = []

    def followed(self, parameters: Any) -> list[dict[str, Any]]:
        """Return a list of parameters, references followed; what is none is left out."""
        found = []
        for parameter in list_of(parameters):
            try:
                found.append(object_of(follow(self._document, parameter)))
            except BrokenReference:
                continue
        return found

    def plain(self, parameters: Any) -> list[dict[str, Any]]:
        """Convert those of path, query and header; references to shared ones are kept."""
        result = []
        for parameter, followed in zip(list_of(parameters), self._each(parameters), strict=True):
            reference = object_of(parameter).get("$ref")
            if followed is None:
                result.append(parameter)  # a reference that leads nowhere, told as such
            elif followed.get("in") in {"body", "formData"}:
                continue
            elif isinstance(reference, str) and reference.startswith("#/parameters/"):
                result.append({"$ref": "#/components" + reference.removeprefix("#")})
            else:
                result.append(self.parameter(followed))
        return result

    def _each(self, parameters: Any) -> list[dict[str, Any] | None]:
        found = []
        for parameter in list_of(parameters):
            one = self.followed([parameter])
            found.append(one[0] if one else None)
        return found

    def parameter(self, parameter: dict[str, Any]) -> dict[str, Any]:
        """Convert a parameter of path, query or header."""
        schema = parameter_schema(parameter)
        result = {**rest_of(parameter), "schema": schema}
        if schema.get("type") == "array":
            written = str(parameter.get("collectionFormat", "csv"))
            style = _STYLES.get((str(parameter.get("in")), written))
            if style is None or object_of(schema.get("items")).get("type") == "array":
                result["schema"] = self._as_text(parameter, written)
            else:
                result |= style
        return result

    def _as_text(self, parameter: dict[str, Any], written: str) -> dict[str, Any]:
        self.notes.append(
            f"the {parameter.get('in')} parameter {parameter.get('name')!r}: OpenAPI 3 cannot say its "
            f"collectionFormat ({written}); its value is taken as text"
        )
        return {"type": "string"}

    def body(self, parameters: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any] | None:
        """Make the request body of what is `in: body` or `in: formData`; None where nothing is."""
        for parameter in parameters:
            if parameter.get("in") == "body":
                return self.whole_body(parameter, consumes)
        form = [parameter for parameter in parameters if parameter.get("in") == "formData"]
        return self._form(form, consumes) if form else None

    def whole_body(self, parameter: dict[str, Any], consumes: list[str]) -> dict[str, Any]:
        """Convert a parameter `in: body`."""
        media = {"schema": converted_schema(parameter.get("schema", {}))}
        rest = {key: value for key, value in parameter.items() if key not in {"name", "in", "schema"}}
        return {**rest, "content": dict.fromkeys(consumes or ["application/json"], media)}

    def _form(self, form: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any]:
        properties, encoding = {}, {}
        for parameter in form:
            name, rest = str(parameter.get("name")), rest_of(parameter)
            said = {
                key: value for key, value in rest.items() if key not in {"name", "in", "required", "allowEmptyValue"}
            }
            properties[name] = {**parameter_schema(parameter), **said}
            style = _STYLES.get(("query", str(parameter.get("collectionFormat", "csv"))))
            if properties[name].get("type") == "array":
                if style is None:
                    properties[name] = {**self._as_text(parameter, "tsv"), **said}
                else:
                    encoding[name] = style
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        required = [str(parameter.get("name")) for parameter in form if parameter.get("required") is True]
        if required:
            schema["required"] = required
        media = {"schema": schema, **({"encoding": encoding} if encoding else {})}
        return {"required": bool(required), "content": dict.fromkeys(_form_types(form, consumes), media)}


def _form_types(form: list[dict[str, Any]], consumes: list[str]) -> list[str]:
    if any(parameter.get("type") == "file" for parameter in form):
        return [_MULTIPART]
    return [name for name in consumes if name in {_URLENCODED, _MULTIPART}] or [_URLENCODED]
