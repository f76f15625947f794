"""Codes: what each code of a diagnostic means, why it matters, and what to do.

`locum explain` prints them, and the table in docs/documents.md has each of them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CODES", "DiagnosticCode"]


class DiagnosticCode(NamedTuple):
    """What a code means."""

    title: str
    explanation: str
    """What locum does, and what to do about it."""

    def text(self, code: str) -> str:
        """Return the explanation as a page of text."""
        return f"{code}: {self.title}\n\n{self.explanation}\n"


CODES = {
    "ambiguous-paths": DiagnosticCode(
        "Two paths match the same request, and neither is more concrete.",
        "/{a}/b and /c/{d} both match /c/b, and OpenAPI leaves open which of them is meant. locum takes the one whose\n"
        "first differing step is concrete; another tool may take the other one. Change one of the paths, if you can.",
    ),
    "contradictory-bounds": DiagnosticCode(
        "A lower limit is above an upper one, or nothing lies between the two.",
        "No value fits the schema, so the mock sends the closest one and says so in the journal, and rejects every\n"
        "request with such a value. The clash may be between the parts of an `allOf`. Correct one of the limits.",
    ),
    "contradictory-choices": DiagnosticCode(
        "Values of `enum` or `const` are outside of the type, or ruled out by the keywords beside them.",
        "If none of the values fits, no value fits the schema, and the mock sends the closest one (an error). If some\n"
        "do, the others are never used (a warning). Correct the type or the values; numbers in quotes are text.",
    ),
    "contradictory-types": DiagnosticCode(
        "The parts of an `allOf` have types that exclude each other.",
        "No value fits the schema, so the mock sends the closest one and says so in the journal. Perhaps `anyOf` or\n"
        "`oneOf` was meant.",
    ),
    "empty-list": DiagnosticCode(
        "A list needs at least one item, and has none.",
        "The keyword is ignored: an empty `enum` or `oneOf` would admit no value. Fill the list, or leave it out.",
    ),
    "empty-object": DiagnosticCode(
        "An object needs at least one member, and has none.",
        "A request body without media types takes a body of any media type. Declare those that the API takes.",
    ),
    "equal-paths": DiagnosticCode(
        "Two paths differ in the names of their parameters, or in the first slash, alone.",
        "They match the same requests, so only the first one is served. Join the two.",
    ),
    "inexpressible-example": DiagnosticCode(
        "An example of a parameter or header cannot be written in its style.",
        "No client can send such a value: `form` has no way to write an object within a list, and an item of\n"
        "`pipeDelimited` cannot hold a bar. Use `deepObject` or a `content`, or another example.",
    ),
    "invalid-openapi": DiagnosticCode(
        "The document breaks the JSON Schema that the OpenAPI Initiative publishes for its version.",
        "A required member is missing, a member is not known here, or a value is not one of those that are possible.\n"
        "It keeps no operation from being served as it is meant.",
    ),
    "invalid-pattern": DiagnosticCode(
        "A pattern is not a regular expression of ECMA 262.",
        "The pattern is ignored: any text is admitted. Patterns of other dialects (\\Z, (?i), possessive quantifiers)\n"
        "mean something else in each tool, or nothing. Write it as JavaScript would.",
    ),
    "misplaced-reference": DiagnosticCode(
        "A reference in another file is written as if the files were one already.",
        "`#/components/schemas/Pet` in pets/pet.yaml is a place in pets/pet.yaml. It leads nowhere there, so that of\n"
        "the document itself is used. Write the document's file name before the #.",
    ),
    "missing-field": DiagnosticCode(
        "A member is missing without which an object cannot be used as it is meant.",
        "A path parameter counts as required, a request body without `content` takes any body, and a discriminator\n"
        "without `propertyName` is ignored. Add the member.",
    ),
    "missing-schema": DiagnosticCode(
        "A parameter or header has no `schema` and no `content`.",
        "Its value may be any text. What it says of its value as in Swagger 2.0 (`type`, `enum`, ...) is taken as its\n"
        "schema. Write that below `schema`.",
    ),
    "misspelt-keyword": DiagnosticCode(
        "A member of a schema is one edit away from a keyword.",
        "`maxLenght` is not a keyword, so it is ignored, and what it was meant to forbid is admitted. Correct it.",
    ),
    "other-version": DiagnosticCode(
        "A keyword is written as another version of OpenAPI writes it.",
        "`nullable` and a true `exclusiveMinimum` are of 3.0, `const` and `if` of 3.1. The message says\n"
        "which of them are honoured. Other tools may ignore them: write it as the document's version does.",
    ),
    "overlapping-alternatives": DiagnosticCode(
        "An alternative of a `oneOf` never matches alone.",
        "`oneOf` admits what fits exactly one alternative. Whatever fits this one fits another one too, so it is\n"
        "never admitted. Use `anyOf`, make the alternatives exclude each other, or name a `discriminator`.",
    ),
    "path-form": DiagnosticCode(
        "A path is not written as a path.",
        "A path begins with a slash, writes each parameter as {name}, and holds no query. A path without a slash is\n"
        "served with one, braces that do not match are literal text, and a path with a query is served to requests\n"
        "with that query.",
    ),
    "repeated-item": DiagnosticCode(
        "A list that is a set holds an item twice.",
        "Each item counts once. Remove the second.",
    ),
    "repeated-key": DiagnosticCode(
        "An object has a key twice.",
        "The last one counts, and all of the first is lost, often an operation: parsers disagree on which one they\n"
        "keep. Join the two.",
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
        "`additionalProperties: false` forbids what the schema object beside it does not declare itself, whatever\n"
        "other parts of an `allOf` declare. No object fits, so the mock sends the closest one. Declare the property\n"
        "there, or use `unevaluatedProperties: false` (OpenAPI 3.1).",
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
        "Nothing says what its credential looks like, so any credential is accepted. Declare the scheme below\n"
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
        "Any type is admitted; if a list of types has others, those count. Dates are `type: string, format: date`,\n"
        "files are `type: string, format: binary`.",
    ),
    "unread-example": DiagnosticCode(
        "The file of an `externalValue` cannot be read.",
        "The example is not used. The file must be in the document's folder; `--allow-refs` lets it be elsewhere on\n"
        "this machine.",
    ),
    "unresolved-reference": DiagnosticCode(
        "A `$ref` leads nowhere, to an object of another kind, or to itself alone.",
        "A schema admits any value, a response has no content, a request body takes anything, and a parameter,\n"
        "an example or a link is left out. The message says what is missing, and what was probably meant.",
    ),
    "unsatisfiable": DiagnosticCode(
        "The generator finds no value that fits the schema of a request or response.",
        "The closest value is sent, and the journal says so. It is not proven that no value fits: give an example\n"
        "that does, and it is used.",
    ),
    "unusable-header": DiagnosticCode(
        "The name of a response header is not one that HTTP allows.",
        "The header is not sent. RFC 9110, section 5.6.2, says of which characters a name consists.",
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
        "A security scheme does not say what its credential looks like.",
        "Any credential is accepted for it. Add what its type needs: `name` and `in`, or `scheme`.",
    ),
    "unusable-server": DiagnosticCode(
        "A server has no `url`.",
        "It is ignored. Without servers the operations are at the root.",
    ),
    "value-rule": DiagnosticCode(
        "An `x-locum-value` cannot be used.",
        "The value is generated as if it were not there. Write a list of values that fit the schema, a template over\n"
        "members beside it, or the name of a faker.",
    ),
    "version": DiagnosticCode(
        "The document's version is not written as one that exists.",
        "It is read as the nearest version. A version is text: `openapi: 3.1` is a number in YAML; write '3.1.0'.",
    ),
    "wrong-type": DiagnosticCode(
        "A value is of another type than the specification wants.",
        "What cannot be read is left out: the keyword, the parameter, the content. Where it is clear what was meant,\n"
        "it is read so: a number in quotes, a list of one schema, `true` for a schema. The message says which.",
    ),
}
"""By code."""
