"""Parameters of Swagger 2.0, which say bodies and forms too, as parameters and request bodies of OpenAPI 3.0."""

from __future__ import annotations

from typing import Any, NamedTuple

from locum.openapi.load.swagger_schemas import converted_schema, list_of, object_of, parameter_schema, rest_of
from locum.openapi.pointers import BrokenReference, home_of, join

__all__ = ["Parameters", "Placed"]

_STYLES: dict[tuple[str, str], dict[str, Any]] = {
    ("query", "csv"): {"style": "form", "explode": False},
    ("query", "multi"): {"style": "form", "explode": True},
    ("query", "ssv"): {"style": "spaceDelimited", "explode": False},
    ("query", "pipes"): {"style": "pipeDelimited", "explode": False},
    ("path", "csv"): {"style": "simple"},
    ("header", "csv"): {"style": "simple"},
}
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


class Placed(NamedTuple):
    """A parameter, references followed, and where it stands."""

    value: dict[str, Any]
    pointer: str


class Parameters:
    """The parameters of one document; `notes` collects what OpenAPI 3 has no form for, `origins` what moved."""

    def __init__(self, document: dict[str, Any], origins: dict[str, str]) -> None:
        self._document = document
        self._origins = origins
        self.notes: list[str] = []

    def followed(self, parameters: Any, pointer: str) -> list[Placed]:
        """Return the parameters of a list, references followed; what is none is left out."""
        found = (self._followed(parameter, join(pointer, at)) for at, parameter in enumerate(list_of(parameters)))
        return [placed for placed in found if placed is not None]

    def _followed(self, parameter: Any, pointer: str) -> Placed | None:
        try:
            value, home = home_of(self._document, parameter, pointer)
        except BrokenReference:
            return None
        return Placed(value, home) if isinstance(value, dict) else None

    def plain(self, parameters: Any, pointer: str, home: str) -> Any:
        """Convert those of path, query and header at a pointer; references to shared ones are kept.

        `home` is where the list stood. What is not a list, and an item that is not a parameter, is left as it is.
        """
        if not isinstance(parameters, list):
            return parameters
        result: list[Any] = []
        for index, parameter in enumerate(parameters):
            placed = self._followed(parameter, join(home, index))
            place = join(pointer, len(result))
            reference = object_of(parameter).get("$ref")
            if placed is None:
                self._origins[place] = join(home, index)
                result.append(parameter)
            elif placed.value.get("in") in ("body", "formData"):
                continue
            elif isinstance(reference, str) and reference.startswith("#/parameters/"):
                self._origins[place] = join(home, index)
                result.append({"$ref": "#/components" + reference.removeprefix("#")})
            else:
                result.append(self.parameter(placed.value, place, placed.pointer))
        return result

    def parameter(self, parameter: dict[str, Any], pointer: str, home: str) -> dict[str, Any]:
        """Convert a parameter of path, query or header to one at a pointer; `home` is where it stood."""
        self._origins[pointer] = self._origins[join(pointer, "schema")] = home
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

    def body(self, parameters: list[Placed], consumes: list[str], pointer: str) -> dict[str, Any] | None:
        """Make the request body at a pointer of what is `in: body` or `in: formData`; None where nothing is."""
        for placed in parameters:
            if placed.value.get("in") == "body":
                return self._whole_body(placed, consumes, pointer)
        form = [placed for placed in parameters if placed.value.get("in") == "formData"]
        return self._form(form, consumes, pointer) if form else None

    def _whole_body(self, placed: Placed, consumes: list[str], pointer: str) -> dict[str, Any]:
        self._origins[pointer] = placed.pointer
        parameter = placed.value
        media = {"schema": converted_schema(parameter.get("schema", {}))}
        rest = {key: value for key, value in parameter.items() if key not in {"name", "in", "schema"}}
        names = consumes or ["application/json"]
        for name in names:
            self._origins[join(pointer, "content", name, "schema")] = join(placed.pointer, "schema")
        return {**rest, "content": dict.fromkeys(names, media)}

    def _form(self, form: list[Placed], consumes: list[str], pointer: str) -> dict[str, Any]:
        properties, encoding = {}, {}
        names = _form_types([placed.value for placed in form], consumes)
        self._origins[pointer] = form[0].pointer
        for parameter, home in form:
            at_schema = [join(pointer, "content", media, "schema", "properties") for media in names]
            self._origins.update((join(place, str(parameter.get("name"))), home) for place in at_schema)
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
        required = [str(placed.value.get("name")) for placed in form if placed.value.get("required") is True]
        if required:
            schema["required"] = required
        media = {"schema": schema, **({"encoding": encoding} if encoding else {})}
        return {"required": bool(required), "content": dict.fromkeys(names, media)}


def _form_types(form: list[dict[str, Any]], consumes: list[str]) -> list[str]:
    if any(parameter.get("type") == "file" for parameter in form):
        return [_MULTIPART]
    return [name for name in consumes if name in {_URLENCODED, _MULTIPART}] or [_URLENCODED]
