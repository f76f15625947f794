"""XML: convert documents to values and back, by their schema (OpenAPI 3.0.3, section 4.7.26, XML Object)."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from locum.openapi.pointers import split
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.styles import Unreadable, item_of, kinds_of, property_of, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locum.openapi.schemas.schemas import Schema

__all__ = ["read_xml", "write_xml"]

_DEEPEST = 100
"""The maximum depth of elements; a tenth of it is that of compositions of schemas."""
_MOST_ELEMENTS = 20_000
_UNNAMED = "root"
_COMPOSITIONS = ("allOf", "anyOf", "oneOf")
_NO_NAME = re.compile(r"[^\w.-]")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, production [2]: characters that a document must not contain."""


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: str = ""

    @property
    def is_nil(self) -> bool:
        return self.attributes.get("nil") in {"true", "1"}


def read_xml(data: bytes, schema: Schema, charset: str | None = None) -> Any:
    """Parse a document into a value of a schema; `charset` overrides the document's own declaration.

    Raises Unreadable if it is not well-formed, has a document type (so no entity is ever expanded), or nests too deep.
    """
    root = _parsed(data, charset)
    return typed(schema, schema.raw, _value(root, schema, schema.raw))


def _parsed(data: bytes, charset: str | None) -> _Element:
    top = _Element("", {})
    open_elements = [top]
    count = itertools.count(1)

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > _DEEPEST:
            message = f"is nested more than {_DEEPEST} levels deep"
            raise Unreadable(message)
        own = {_local(key): value for key, value in attributes.items() if key.partition(":")[0] != "xmlns"}
        if next(count) > _MOST_ELEMENTS:
            message = f"has more than {_MOST_ELEMENTS} elements"
            raise Unreadable(message)
        element = _Element(_local(name), own)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def characters(text: str) -> None:
        open_elements[-1].text += text

    def doctype(*_: object) -> None:
        message = "has a document type declaration, which is not supported"
        raise Unreadable(message)

    parser = expat.ParserCreate(charset)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat takes no names)
    except expat.ExpatError as problem:
        reason = expat.ErrorString(problem.code)
        message = f"cannot be read as XML: {reason}: line {problem.lineno}, column {problem.offset + 1}"
        raise Unreadable(message) from None
    except LookupError:
        message = "has an unknown character encoding"
        raise Unreadable(message) from None
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _value(element: _Element, schema: Schema, part: Any) -> Any:
    """Convert an element to the shape of its schema object; scalars stay text."""
    kinds = kinds_of(schema, part) - {"null"}
    if element.is_nil:
        return None
    if kinds == {"array"}:
        return [_value(child, schema, item_of(schema, part, index)) for index, child in enumerate(element.children)]
    if element.children or element.attributes or kinds == {"object"}:
        found = _object(element, schema, part)
        # Text instead of members is not an object; validation reports it.
        return found if found or not element.text.strip() else element.text
    return element.text if "string" in kinds else element.text.strip()


def _object(element: _Element, schema: Schema, part: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known: dict[str, tuple[str, Any]] = {}
    for name, inner in _properties(schema, part).items():
        xml, kinds = _xml(schema, inner), kinds_of(schema, inner) - {"null"}
        tag = _tag(xml, name)
        if _is_attribute(xml):
            if tag in element.attributes:
                found[name] = element.attributes[tag]
        elif xml.get("nodeType") in {"text", "cdata"}:
            found[name] = element.text
        elif kinds == {"array"} and not _is_wrapped(xml):
            known[_tag(_xml(schema, item_of(schema, inner, 0)), name)] = name, inner
        else:
            known[tag] = name, inner
    for child in element.children:
        name, inner = known.get(child.name, (child.name, property_of(schema, part, child.name)))
        if kinds_of(schema, inner) - {"null"} == {"array"} and not _is_wrapped(_xml(schema, inner)):
            items = found.setdefault(name, [])
            items.append(_value(child, schema, item_of(schema, inner, len(items))))
        elif name in found and child.name not in known:
            earlier = found[name] if isinstance(found[name], list) else [found[name]]
            found[name] = [*earlier, _value(child, schema, inner)]
        else:
            found[name] = _value(child, schema, inner)
    return found


def _properties(schema: Schema, part: Any, depth: int = 0) -> dict[str, Any]:
    """Return the properties of a schema object, those of its compositions included."""
    part = schema.resolve(part)
    if not isinstance(part, dict) or depth > _DEEPEST // 10:
        return {}
    found = dict(part.get("properties") or {})
    for composition in _COMPOSITIONS:
        for branch in part.get(composition) or ():
            for name, inner in _properties(schema, branch, depth + 1).items():
                found.setdefault(name, inner)
    return found


def _xml(schema: Schema | None, part: Any, depth: int = 0) -> Mapping[str, Any]:
    """Return the XML Object of a schema object: its own, or that of a part of its `allOf`."""
    part = schema.resolve(part) if schema is not None else part
    if not isinstance(part, dict) or depth > _DEEPEST // 10:
        return {}
    own = part.get("xml")
    if isinstance(own, dict):
        return own
    inner = (_xml(schema, branch, depth + 1) for branch in part.get("allOf") or ())
    return next((found for found in inner if found), {})


def _tag(xml: Mapping[str, Any], name: str) -> str:
    return str(xml.get("name") or name)


def _is_attribute(xml: Mapping[str, Any]) -> bool:
    return xml.get("attribute") is True or xml.get("nodeType") == "attribute"


def _is_wrapped(xml: Mapping[str, Any]) -> bool:
    return xml.get("wrapped") is True or xml.get("nodeType") == "element"


def write_xml(value: Any, schema: Schema | None, charset: str = "utf-8") -> bytes:
    """Serialize a value as a document in a character encoding."""
    part = schema.raw if schema is not None else {}
    written = "".join(_written(_root_name(schema, part), value, schema, part))
    document = f'<?xml version="1.0" encoding="{charset.upper()}"?>\n{written}'
    return document.encode(charset, "xmlcharrefreplace")


def _root_name(schema: Schema | None, part: Any) -> str:
    steps = split(schema.pointer) if schema is not None else []
    component = (
        steps[-1] if steps[:2] == ["components", "schemas"] and len(steps) == len(("", "", "name")) else _UNNAMED
    )
    return _tag(_xml(schema, part), component)


def _written(name: str, value: Any, schema: Schema | None, part: Any) -> Iterator[str]:
    """Write one element."""
    xml = _xml(schema, part)
    tag = _NO_NAME.sub("_", name)
    tag = tag if tag[:1].isalpha() or tag[:1] == "_" else "_" + tag
    attributes, content = "", []
    prefix, namespace = xml.get("prefix"), xml.get("namespace")
    if prefix:
        tag = f"{prefix}:{tag}"
    if namespace:
        attributes = f' xmlns{":" + prefix if prefix else ""}="{_text(namespace)}"'
    if isinstance(value, dict):
        for member, inner in value.items():
            inner_part = property_of(schema, part, member) if schema is not None else {}
            inner_xml = _xml(schema, inner_part)
            if inner is None:
                continue
            if _is_attribute(inner_xml) and not isinstance(inner, dict | list):
                attributes += f' {_tag(inner_xml, member)}="{_text(inner)}"'
            elif inner_xml.get("nodeType") in {"text", "cdata"} and not isinstance(inner, dict | list):
                content.append(_text(inner))
            else:
                content += _member(member, inner, schema, inner_part)
    elif isinstance(value, list):
        content += _items("item" if schema is None else name, value, schema, part)
    elif value is not None:
        content.append(_text(value))
    yield f"<{tag}{attributes}/>" if not content else f"<{tag}{attributes}>{''.join(content)}</{tag}>"


def _member(name: str, value: Any, schema: Schema | None, part: Any) -> Iterator[str]:
    """Write a property: one element, or one for each item of an array that is not wrapped."""
    xml = _xml(schema, part)
    if isinstance(value, list) and not _is_wrapped(xml):
        return _items(name, value, schema, part)
    return _written(_tag(xml, name), value, schema, part)


def _items(name: str, values: list[Any], schema: Schema | None, part: Any) -> Iterator[str]:
    for index, value in enumerate(values):
        inner = item_of(schema, part, index) if schema is not None else {}
        yield from _written(_tag(_xml(schema, inner), name), value, schema, inner)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else write_json(value).decode()
    return escape(_ILLEGAL.sub("\ufffd", text))
