"""XML: serialization by schemas, parsing, and hostile input."""

from __future__ import annotations

import pytest

from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.openapi.wire.styles import Unreadable
from locum.openapi.wire.xml import read_xml, write_xml

TEXT, INTEGER = {"type": "string"}, {"type": "integer"}


def obj(xml=None, **properties):
    return {"type": "object", "properties": properties} | ({"xml": xml} if xml else {})


def array(items, **xml):
    return {"type": "array", "items": items} | ({"xml": xml} if xml else {})


def compiled(schema, **others):
    schemas = {"Pet": schema, **others}
    document = {"openapi": "3.0.3", "components": {"schemas": schemas}}
    return Schemas(document).schema("/components/schemas/Pet", Direction.REQUEST)


TAG = {"type": "object", "xml": {"name": "tag"}, "properties": {"id": INTEGER, "name": TEXT}}
# By name: a schema, a value, and the document between its declaration and its end.
TABLE = {
    "component": (obj(id=INTEGER), {"id": 1}, "<Pet><id>1</id></Pet>"),
    "name": (obj({"name": "pet"}, id={**INTEGER, "xml": {"name": "key"}}), {"id": 1}, "<pet><key>1</key></pet>"),
    "attribute": (
        obj(id={**INTEGER, "xml": {"attribute": True}}, ok={"type": "boolean"}),
        {"id": 1, "ok": True},
        '<Pet id="1"><ok>true</ok></Pet>',
    ),
    "node-types": (
        obj(id={**INTEGER, "xml": {"nodeType": "attribute"}}, text={**TEXT, "xml": {"nodeType": "text"}}),
        {"id": 1, "text": "a b"},
        '<Pet id="1">a b</Pet>',
    ),
    "array": (obj(tags=array(TEXT)), {"tags": ["a", "b"]}, "<Pet><tags>a</tags><tags>b</tags></Pet>"),
    "named-items": (
        obj(tags=array({**TEXT, "xml": {"name": "tag"}}, name="ignored")),
        {"tags": ["a", "b"]},
        "<Pet><tag>a</tag><tag>b</tag></Pet>",
    ),
    "wrapped": (
        obj(tags=array(TEXT, wrapped=True)),
        {"tags": ["a", "b"]},
        "<Pet><tags><tags>a</tags><tags>b</tags></tags></Pet>",
    ),
    "wrapped-and-named": (
        obj(tags=array({"$ref": "#/components/schemas/Tag"}, wrapped=True, name="labels")),
        {"tags": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]},
        "<Pet><labels><tag><id>1</id><name>a</name></tag><tag><id>2</id><name>b</name></tag></labels></Pet>",
    ),
    "empty-wrapped": (obj(tags=array(TEXT, wrapped=True)), {"tags": []}, "<Pet><tags/></Pet>"),
    "nested": (obj(tag={"$ref": "#/components/schemas/Tag"}), {"tag": {"id": 5}}, "<Pet><tag><id>5</id></tag></Pet>"),
    "root-array": (
        array({"$ref": "#/components/schemas/Tag"}, name="tags"),
        [{"id": 1}, {"id": 2}],
        "<tags><tag><id>1</id></tag><tag><id>2</id></tag></tags>",
    ),
    "composition": (
        {"allOf": [{"$ref": "#/components/schemas/Tag"}, obj(weight={"type": "number"})]},
        {"id": 1, "weight": 1.5},
        "<tag><id>1</id><weight>1.5</weight></tag>",
    ),
    "escapes": (obj(name=TEXT), {"name": "<&>\"'é"}, "<Pet><name>&lt;&amp;&gt;&quot;&#x27;é</name></Pet>"),
    "spaces": (obj(name=TEXT), {"name": "  a  b "}, "<Pet><name>  a  b </name></Pet>"),
    "map": (
        {"type": "object", "additionalProperties": INTEGER},
        {"a": 1, "b": 2},
        "<Pet><a>1</a><b>2</b></Pet>",
    ),
    "undeclared": ({"type": "object"}, {"a": {"b": "c"}}, "<Pet><a><b>c</b></a></Pet>"),
    "namespace": (
        obj({"namespace": "http://example.com/a", "prefix": "s"}, id=INTEGER),
        {"id": 1},
        '<s:Pet xmlns:s="http://example.com/a"><id>1</id></s:Pet>',
    ),
    "default-namespace": (
        obj({"namespace": "http://example.com/a"}, id={**INTEGER, "xml": {"prefix": "p", "namespace": "b"}}),
        {"id": 1},
        '<Pet xmlns="http://example.com/a"><p:id xmlns:p="b">1</p:id></Pet>',
    ),
}


def written(schema, value):
    return write_xml(value, schema).decode().removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')


@pytest.mark.parametrize("name", TABLE)
def test_a_value_is_serialized_by_its_schema(name):
    schema, value, text = TABLE[name]

    assert written(compiled(schema, Tag=TAG), value) == text


@pytest.mark.parametrize("name", TABLE)
def test_serialized_values_are_parsed_back(name):
    schema, value, text = TABLE[name]

    assert read_xml(text.encode(), compiled(schema, Tag=TAG)) == value


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (obj(id=INTEGER), "<Pet>\n  <id> 5 </id>\n</Pet>", {"id": 5}),
        (obj(id=INTEGER), "<Pet><id>x</id></Pet>", {"id": "x"}),
        (obj(name=TEXT), "<Pet><name/></Pet>", {"name": ""}),
        (obj(name={**TEXT, "nullable": True}), '<Pet><name xsi:nil="true"/></Pet>', {"name": None}),
        (obj(name=TEXT), "<Pet><name><![CDATA[<b>]]></name></Pet>", {"name": "<b>"}),
        (obj(name=TEXT), '<?xml version="1.0" encoding="ISO-8859-1"?><Pet><name>\xe9</name></Pet>', {"name": "é"}),
        (obj(), "<Pet><a>1</a><a>2</a></Pet>", {"a": [1, 2]}),
        (INTEGER, "<a>5</a>", 5),
    ],
)
def test_values_are_parsed_with_the_types_of_their_schemas(schema, text, value):
    assert read_xml(text.encode("latin-1"), compiled(schema)) == value


def test_characters_invalid_in_xml_are_replaced():
    assert written(compiled(obj(name=TEXT)), {"name": "a\0b\x1b"}) == "<Pet><name>a\ufffdb\ufffd</name></Pet>"
    assert written(compiled(obj()), {"1 <a>": "b", "none": None}) == "<Pet><_1__a_>b</_1__a_></Pet>"
    assert written(None, [1, {"a": None}]) == "<root><item>1</item><item/></root>"


BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "has a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "has a document type"),
        ("<a>&b;</a>", "undefined entity: line 1, column 4"),
        ("<a><b></a>", "mismatched tag: line 1, column"),
        ("<a/><b/>", "cannot be read as XML"),
        ("  ", "no element found"),
        ("s3cret", "syntax error: line 1, column 1"),
        ("<a>" * 101 + "</a>" * 101, "nested more than 100 levels deep"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "an unknown character encoding"),
        ("<a b='1' b='2'/>", "duplicate attribute"),
    ],
)
def test_unreadable_xml_is_reported_without_its_content(text, words):
    with pytest.raises(Unreadable, match=words) as rejected:
        read_xml(text.encode(), compiled(obj()))

    assert "s3cret" not in str(rejected.value)


def test_a_hundred_levels_are_read():
    value = read_xml(b"<a>" * 100 + b"</a>" * 100, compiled(obj()))

    assert value["a"]["a"]
