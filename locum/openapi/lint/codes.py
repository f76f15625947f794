"""Codes: the meaning of each diagnostic code, its effect, and how to fix it.

`locum explain` prints them; the table in docs/documents.md lists them all.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CODES", "DiagnosticCode"]


class DiagnosticCode(NamedTuple):
    """The meaning of a code."""

    title: str
    explanation: str
    """What locum does, and how to fix the mistake."""

    def text(self, code: str) -> str:
        """Return the explanation as a page of text."""
        return f"{code}: {self.title}\n\n{self.explanation}\n"


CODES = {
    "ambiguous-paths": DiagnosticCode(
        "Two paths match the same request, and neither is more concrete.",
        "/{a}/b and /c/{d} both match /c/b, and OpenAPI does not define which one is used. locum uses the one whose\n"
        "first differing step is concrete; another tool may use the other one. Change one of the paths, if you can.",
    ),
    "contradictory-bounds": DiagnosticCode(
        "A lower limit is above an upper one, or nothing lies between the two.",
        "No value fits the schema, so the mock sends the closest one, notes that in the journal, and rejects every\n"
        "request with such a value. The conflict may be between parts of an `allOf`. Correct one of the limits.",
    ),
    "contradictory-choices": DiagnosticCode(
        "Values of `enum` or `const` do not fit the type, or the keywords beside them.",
        "If none of the values fits, no value fits the schema, and the mock sends the closest one (an error). If some\n"
        "do, the others are never used (a warning). Correct the type or the values; numbers in quotes are text.",
    ),
    "contradictory-types": DiagnosticCode(
        "The parts of an `allOf` have types that exclude each other.",
        "No value fits the schema, so the mock sends the closest one, and notes that in the journal. Perhaps `anyOf`\n"
        "or `oneOf` was meant.",
    ),
    "empty-list": DiagnosticCode(
        "A list needs at least one item, and has none.",
        "The keyword is ignored: an empty `enum` or `oneOf` would allow no value. Fill the list, or leave it out.",
    ),
    "empty-object": DiagnosticCode(
        "An object needs at least one member, and has none.",
        "Without media types, a body of any media type is accepted. Declare those that the API accepts.",
    ),
    "equal-paths": DiagnosticCode(
        "Two paths differ only in the names of their parameters, or in the first slash.",
        "They match the same requests, so only the first one is served. Join the two.",
    ),
    "inexpressible-example": DiagnosticCode(
        "An example of a parameter or header cannot be written in its style.",
        "No client can send such a value: `form` has no way to write an object within a list, and an item of\n"
        "`pipeDelimited` cannot hold a bar. Use `deepObject` or a `content`, or another example.",
    ),
    "invalid-openapi": DiagnosticCode(
        "The document breaks the JSON Schema that the OpenAPI Initiative publishes for its version.",
        "A required member is missing, a member is not known here, or a value is not one of the allowed ones.\n"
        "All operations are still served as they are meant.",
    ),
    "invalid-pattern": DiagnosticCode(
        "A pattern is not a regular expression of ECMA 262.",
        "The pattern is ignored: any text is accepted. Patterns of other dialects (\\Z, (?i), possessive quantifiers)\n"
        "mean something else in each tool, or nothing. Write it as JavaScript would.",
    ),
    "misplaced-reference": DiagnosticCode(
        "A reference in another file is written as if the files were bundled already.",
        "`#/components/schemas/Pet` in pets/pet.yaml refers to pets/pet.yaml itself. It has no target there, so that\n"
        "in the main document is used. Write the document's file name before the #.",
    ),
    "missing-field": DiagnosticCode(
        "A member that an object needs is missing.",
        "A path parameter counts as required, a request body without `content` accepts any body, and a discriminator\n"
        "without `propertyName` is ignored. Add the member.",
    ),
    "missing-schema": DiagnosticCode(
        "A parameter or header has no `schema` and no `content`.",
        "Its value may be any text. Keywords of Swagger 2.0 in it (`type`, `enum`, ...) are used as its schema. Move\n"
        "them below `schema`.",
    ),
    "misspelt-keyword": DiagnosticCode(
        "A member of a schema is one edit away from a keyword.",
        "`maxLenght` is not a keyword, so it is ignored, and values that it should forbid are accepted. Correct it.",
    ),
    "other-version": DiagnosticCode(
        "A keyword belongs to another version of OpenAPI.",
        "`nullable` and `exclusiveMinimum: true` belong to 3.0, `const` and `if` to 3.1. The message says whether\n"
        "locum honours it. Other tools may ignore it: use the form of the document's version.",
    ),
    "overlapping-alternatives": DiagnosticCode(
        "An alternative of a `oneOf` never matches alone.",
        "A value must fit exactly one alternative of `oneOf`. All values that fit this one fit another one too, so\n"
        "none is accepted. Use `anyOf`, make the alternatives exclude each other, or add a `discriminator`.",
    ),
    "oversized-schema": DiagnosticCode(
        "A schema applies too many other schemas to one value.",
        "A few schemas of which each refers to the next one twice apply millions of schemas to a value, so that no\n"
        "tool can validate it in a reasonable time. The reference is ignored: any value is valid. Refer to a schema\n"
        "once, and combine the others beside it.",
    ),
    "path-form": DiagnosticCode(
        "A path is not written as a path.",
        "A path begins with a slash, has its parameters in braces, {name}, and contains no query. A path without a\n"
        "slash is served with one, unbalanced braces are literal text, and a path with a query is served to requests\n"
        "with that query.",
    ),
    "repeated-item": DiagnosticCode(
        "A list that is a set contains an item twice.",
        "Each item counts once. Remove the second.",
    ),
    "repeated-key": DiagnosticCode(
        "An object has a key twice.",
        "The last one is used, and the first one, often an operation, is lost. Other parsers may keep the first one.\n"
        "Merge the two.",
    ),
    "repeated-operation-id": DiagnosticCode(
        "Two operations have the same operationId.",
        "The first one has it. The other one is known by its method and path, in the journal, in coverage and to\n"
        "handlers. Give each its own.",
    ),
    "repeated-parameter": DiagnosticCode(
        "A parameter is declared twice in one list.",
        "The first one counts. A parameter is identified by its name and its location together.",
    ),
    "required-and-forbidden": DiagnosticCode(
        "A property is required, and the schema forbids it.",
        "`additionalProperties: false` forbids all properties that its own schema object does not declare, even if\n"
        "other parts of an `allOf` declare them. No object fits, so the mock sends the closest one. Declare the\n"
        "property there, or use `unevaluatedProperties: false` (OpenAPI 3.1).",
    ),
    "surplus-path-parameter": DiagnosticCode(
        "A parameter is declared to be in the path, and the path has no such expression.",
        "The parameter is ignored. Often its name is misspelt in one of the two places.",
    ),
    "undeclared-path-parameter": DiagnosticCode(
        "A path has an expression that no parameter declares.",
        "It is text, any text. Declare a parameter with `in: path` and `required: true`.",
    ),
    "undeclared-scope": DiagnosticCode(
        "A requirement names a scope that its OAuth 2 scheme does not declare.",
        "The scope is required of tokens as it is written. Add it to the scheme's `scopes`, or correct its name.",
    ),
    "undeclared-security-scheme": DiagnosticCode(
        "A requirement names a security scheme that the document does not declare.",
        "The form of its credential is unknown, so any credential is accepted. Declare the scheme below\n"
        "/components/securitySchemes, or correct its name.",
    ),
    "unfit-default": DiagnosticCode(
        "A default breaks its own schema.",
        "It is not used: a value that is left out stays left out.",
    ),
    "unfit-example": DiagnosticCode(
        "An example breaks its own schema.",
        "It is not used: responses are generated, or another example is taken. It does not stop a strict start.",
    ),
    "unknown-discriminator": DiagnosticCode(
        "An alternative does not declare the property by which it is chosen.",
        "The property cannot tell the alternatives apart. Declare it in each of them, and require it.",
    ),
    "unknown-mapping": DiagnosticCode(
        "A discriminator maps a value to nothing, or to a schema that is not one of the alternatives.",
        "A value that maps to nothing is not mapped (an error). One that maps to another schema can never fit (a\n"
        "warning). Correct the mapping, or add the alternative.",
    ),
    "unknown-status": DiagnosticCode(
        "A key of `responses` is not a status.",
        "The response is ignored. Write '200', a range such as '4XX', or `default`.",
    ),
    "unknown-style": DiagnosticCode(
        "A parameter or header has a style that does not exist for its location.",
        "The default style of the location is used.",
    ),
    "unknown-type": DiagnosticCode(
        "A schema has a type that does not exist.",
        "Any type is accepted; if a list of types has others, those count. Dates are `type: string, format: date`,\n"
        "files are `type: string, format: binary`.",
    ),
    "unread-example": DiagnosticCode(
        "The file of an `externalValue` cannot be read.",
        "The example is not used. The file must be in the document's folder; `--allow-refs` lets it be elsewhere on\n"
        "this machine.",
    ),
    "unresolved-reference": DiagnosticCode(
        "A `$ref` has no target, or leads to an object of another kind, or only to itself.",
        "A schema allows any value, a response has no content, a request body accepts anything, and a parameter,\n"
        "an example or a link is left out. The message says what is missing, and what was probably meant.",
    ),
    "unsatisfiable": DiagnosticCode(
        "The generator finds no value that fits the schema of a request or response.",
        "The closest value is sent, and the journal notes it. It is not proven that no value fits: if you add a valid\n"
        "example, it is used.",
    ),
    "unusable-header": DiagnosticCode(
        "The name of a response header is not one that HTTP allows.",
        "The header is not sent. RFC 9110, section 5.6.2, defines the characters of a name.",
    ),
    "unusable-media-type": DiagnosticCode(
        "A key of `content` is not a media type.",
        "It is ignored. Write one such as application/json.",
    ),
    "unusable-parameter": DiagnosticCode(
        "A parameter has no usable name or location.",
        "It is ignored, wherever it is referred to. A parameter needs a `name`, which is text, and `in`.",
    ),
    "unusable-security-scheme": DiagnosticCode(
        "A security scheme does not define its credential.",
        "Any credential is accepted for it. Add what its type needs: `name` and `in`, or `scheme`.",
    ),
    "unusable-server": DiagnosticCode(
        "A server has no `url`.",
        "It is ignored. Without servers the operations are at the root.",
    ),
    "value-rule": DiagnosticCode(
        "An `x-locum-value` cannot be used.",
        "It is ignored, and the value is generated. Write a list of values that fit the schema, a template of other\n"
        "members, or the name of a faker.",
    ),
    "version": DiagnosticCode(
        "The document's version does not exist, or is not text.",
        "It is read as the nearest version. A version is text: `openapi: 3.1` is a number in YAML; write '3.1.0'.",
    ),
    "wrong-type": DiagnosticCode(
        "A value has another type than the specification requires.",
        "The keyword, the parameter or the content is ignored, unless it is clear what was meant: a number in quotes,\n"
        "a list of one schema, `true` for a schema. The message says which.",
    ),
}
"""The explanations by code."""
