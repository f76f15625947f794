"""Rule sets: read files in Spectral's format, with those that they extend."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from locum.openapi.lint.diagnostics import Severity
from locum.openapi.load.files import BadDocument, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.near_names import meant
from locum.review.lint.functions import FUNCTIONS, WrongOptions
from locum.review.lint.openapi_rules import RULES
from locum.review.lint.queries import Query, UnsupportedQuery, compile_query

__all__ = ["LintRule", "RuleOverride", "Ruleset", "Then", "read_ruleset"]

_SEVERITIES: dict[Any, Severity | None] = {
    "error": Severity.ERROR, "warn": Severity.WARNING, "warning": Severity.WARNING, "info": Severity.INFO,
    "hint": Severity.INFO, "off": None, 0: Severity.ERROR, 1: Severity.WARNING, 2: Severity.INFO, 3: Severity.INFO,
    -1: None,
}  # fmt: skip
_FORMATS = {
    "oas2": "2", "oas3": "3", "oas3_0": "3.0", "oas3.0": "3.0", "oas3_1": "3.1", "oas3.1": "3.1", "oas3_2": "3.2",
    "oas3.2": "3.2",
}  # fmt: skip
_BUILT_IN = "spectral:oas"
_DEEPEST = 10
_MEMBERS = frozenset(
    {"extends", "rules", "aliases", "overrides", "formats", "documentationUrl", "functions", "functionsDir"}
    | {"parserOptions", "except", "$schema"}
)


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule asks of the values that it selects."""

    function: str
    options: dict[str, Any]
    field: str = ""


@dataclass(frozen=True, slots=True)
class LintRule:
    """A rule of a rule set; a built-in one has no queries."""

    name: str
    severity: Severity | None
    """None if it is off."""
    recommended: bool = True
    description: str = ""
    message: str = ""
    url: str = ""
    formats: tuple[str, ...] = ()
    """The versions of OpenAPI that it is for: `2`, `3`, `3.0`..; all if there are none."""
    queries: tuple[Query, ...] = ()
    then: tuple[Then, ...] = ()
    resolved: bool = True
    usual: Severity = Severity.WARNING
    """The severity when it is switched on without one."""


@dataclass(frozen=True, slots=True)
class RuleOverride:
    """Severities of rules in some files, or below some pointers in them."""

    files: tuple[tuple[str, str], ...]
    """A glob of the file, and a pointer (empty for the whole file)."""
    severities: dict[str, Severity | None]

    def concerns(self, file: str, pointer: str) -> bool:
        """Return whether a place in a file is meant."""
        return any(
            (fnmatch.fnmatch(file, glob) or fnmatch.fnmatch(Path(file).name, glob))
            and (not within or pointer == within or pointer.startswith(within + "/"))
            for glob, within in self.files
        )


@dataclass(slots=True)
class Ruleset:
    """The rules of a file and of all that it extends."""

    place: str
    rules: dict[str, LintRule] = field(default_factory=dict)
    overrides: list[RuleOverride] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    """A sentence for each part that needs JavaScript, or cannot be translated."""


def read_ruleset(place: Path | str) -> Ruleset:
    """Read a rule set. Raises BadDocument if it is not one."""
    return _read(Path(place), 0)


def _built_in() -> dict[str, LintRule]:
    return {
        name: LintRule(
            name, known.severity if known.recommended else None, known.recommended, known.description,
            formats=known.formats, usual=known.severity,
        )
        for name, known in RULES.items()
    }  # fmt: skip


def _read(place: Path, depth: int) -> Ruleset:
    if depth > _DEEPEST:
        raise BadDocument(f"{place}: rule sets extend one another more than {_DEEPEST} times; perhaps in a circle.")
    if place.suffix in {".js", ".mjs", ".cjs", ".ts"}:
        found = Ruleset(str(place))
        found.unsupported.append(f"{place}: a rule set in JavaScript cannot be read.")
        return found
    content = parse(str(place), read_bytes(str(place)))
    if not isinstance(content, dict) or not {"rules", "extends", "overrides"} & content.keys():
        raise BadDocument(f"{place}:1:1: this is not a rule set, which has `extends` or `rules`.")
    for name in content:
        if name not in _MEMBERS:
            raise BadDocument(f"{place}: unknown member {name!r}.{meant(str(name), _MEMBERS)}")
    reader = _Reader(place, content, Ruleset(str(place)))
    reader.extend(content.get("extends"), depth)
    reader.define(content.get("rules") or {})
    reader.override(content.get("overrides") or [])
    return reader.ruleset


class _Reader:
    """Reads one file into a rule set."""

    def __init__(self, place: Path, content: dict[str, Any], ruleset: Ruleset) -> None:
        self.place, self.ruleset = place, ruleset
        self.aliases = content.get("aliases") or {}
        self.url = str(content.get("documentationUrl") or "")
        self.formats = self._formats(content.get("formats"))
        self.own_functions = {str(_name_of(one)) for one in content.get("functions") or ()}
        if not isinstance(self.aliases, dict):
            raise BadDocument(f"{place}: `aliases` must be an object.")

    def extend(self, extends: Any, depth: int) -> None:
        """Take over the rules of other rule sets."""
        listed = [extends] if isinstance(extends, str) else extends or []
        if not isinstance(listed, list):
            raise BadDocument(f"{self.place}: `extends` must be a name, or a list of names.")
        for one in listed:
            name, mode = (one[0], one[1]) if isinstance(one, list) and len(one) == 2 else (one, "recommended")  # noqa: PLR2004 (a pair)
            if not isinstance(name, str) or mode not in {"all", "recommended", "off"}:
                raise BadDocument(f"{self.place}: {one!r} in `extends` must be a name, or [name, all|recommended|off].")
            for rule in self._extended(name, depth):
                on = rule.usual if mode == "all" or (mode == "recommended" and rule.recommended) else None
                severity = rule.severity if mode == "recommended" and rule.severity is not None else on
                self.ruleset.rules[rule.name] = replace(rule, severity=None if mode == "off" else severity)

    def _extended(self, name: str, depth: int) -> list[LintRule]:
        if name == _BUILT_IN:
            return list(_built_in().values())
        if name.startswith("spectral:"):
            return []  # rules for documents that are not OpenAPI: they never apply
        if "://" in name or (not name.startswith((".", "/")) and not (self.place.parent / name).is_file()):
            self.ruleset.unsupported.append(
                f"{self.place}: {name!r} in `extends` is not a file; locum reads no packages and no network."
            )
            return []
        other = _read(self.place.parent / name, depth + 1)
        self.ruleset.unsupported += other.unsupported
        self.ruleset.overrides += other.overrides
        return list(other.rules.values())

    def define(self, rules: Any) -> None:
        """Read the rules, which switch, change or replace those that were extended."""
        if not isinstance(rules, dict):
            raise BadDocument(f"{self.place}: `rules` must be an object.")
        for name, value in rules.items():
            known = self.ruleset.rules.get(name)
            if isinstance(value, dict) and "given" in value:
                rule = self._rule(name, value)
                if rule is not None:
                    self.ruleset.rules[name] = rule
                continue
            if known is None:
                known = _built_in().get(name)
            if known is None:
                hint = meant(str(name), self.ruleset.rules)
                raise BadDocument(f"{self.place}: there is no rule {name!r} to change; a new one needs `given`.{hint}")
            self.ruleset.rules[name] = replace(known, severity=self._severity(name, value, known.usual))

    def _severity(self, name: str, value: Any, usual: Severity) -> Severity | None:
        if isinstance(value, dict):
            value = value.get("severity", True)
        if value is True or value == "on":
            return usual
        if value is False:
            return None
        if isinstance(value, list | dict) or value not in _SEVERITIES:
            raise BadDocument(f"{self.place}: {value!r} is no severity of {name!r}: error, warn, info, hint or off.")
        return _SEVERITIES[value]

    def _formats(self, value: Any) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value or []
        return (
            tuple(_FORMATS[one] if one in _FORMATS else str(one) for one in listed) if isinstance(listed, list) else ()
        )

    def _rule(self, name: str, value: dict[str, Any]) -> LintRule | None:
        severity = self._severity(name, value.get("severity", "warn"), Severity.WARNING)
        given = value["given"]
        thens = value.get("then")
        try:
            queries = tuple(compile_query(text) for one in _listed(given) for text in self._expanded(one, 0))
            then = tuple(self._then(name, one) for one in _listed(thens))
        except (UnsupportedQuery, WrongOptions) as problem:
            if severity is not None:
                self.ruleset.unsupported.append(f"{self.place}: the rule {name!r} cannot be run: {problem}.")
            return None
        if not then:
            raise BadDocument(f"{self.place}: the rule {name!r} has no `then`.")
        recommended = value.get("recommended", True) is not False
        return LintRule(
            name,
            severity if recommended else None,
            recommended,
            description=str(value.get("description") or ""),
            message=str(value.get("message") or ""),
            url=self._url(name, value),
            formats=self._formats(value.get("formats")) or self.formats,
            queries=queries,
            then=then,
            resolved=value.get("resolved") is not False,
            usual=severity or Severity.WARNING,
        )

    def _url(self, name: str, value: dict[str, Any]) -> str:
        return str(value.get("documentationUrl") or (f"{self.url}#{name}" if self.url else ""))

    def _expanded(self, given: Any, depth: int) -> list[str]:
        """Return the queries of `given`, with aliases (`#PathItem`) replaced."""
        if not isinstance(given, str):
            raise BadDocument(f"{self.place}: `given` must be a JSONPath, not {given!r}.")
        if not given.startswith("#"):
            return [given]
        name, rest = _alias(given)
        targets = self.aliases.get(name, _ALIASES.get(name))
        if targets is None or depth > _DEEPEST:
            raise BadDocument(f"{self.place}: unknown alias #{name}.{meant(name, [*self.aliases, *_ALIASES])}")
        if isinstance(targets, dict):
            listed = [one for target in targets.get("targets") or () for one in _listed(target.get("given"))]
        else:
            listed = _listed(targets)
        return [text + rest for target in listed for text in self._expanded(target, depth + 1)]

    def _then(self, name: str, value: Any) -> Then:
        if not isinstance(value, dict) or not isinstance(value.get("function"), str):
            raise BadDocument(f"{self.place}: `then` of the rule {name!r} needs a `function`.")
        function, options = value["function"], value.get("functionOptions") or {}
        if function not in FUNCTIONS:
            if function in self.own_functions or function not in _OF_SPECTRAL:
                raise UnsupportedQuery(f"its function {function!r} is JavaScript")
            raise UnsupportedQuery(f"its function {function!r} is not supported")
        if not isinstance(options, dict):
            raise WrongOptions(f"`functionOptions` must be an object, not {options!r}")
        FUNCTIONS[function][1](options)
        return Then(function, options, str(value.get("field") or ""))

    def override(self, overrides: Any) -> None:
        """Read the severities for some files and pointers."""
        for value in overrides if isinstance(overrides, list) else ():
            if not isinstance(value, dict) or not isinstance(value.get("files"), list):
                raise BadDocument(f"{self.place}: an override needs `files`, a list of globs.")
            files = tuple(
                (glob, "/" + within.lstrip("/") if within else "") for glob, _, within in map(_split, value["files"])
            )
            severities: dict[str, Severity | None] = {}
            for name, rule in (value.get("rules") or {}).items():
                if isinstance(rule, dict) and "given" in rule:
                    new = self._rule(name, rule)
                    if new is not None:
                        self.ruleset.rules.setdefault(name, replace(new, severity=None))
                        severities[name] = new.severity
                    continue
                known = self.ruleset.rules.get(name) or _built_in().get(name)
                if known is None:
                    raise BadDocument(f"{self.place}: an override changes {name!r}, which is no rule.")
                self.ruleset.rules.setdefault(name, replace(known, severity=None))
                severities[name] = self._severity(name, rule, known.usual)
            for one in _listed(value.get("extends")):
                self.ruleset.unsupported.append(f"{self.place}: `extends` ({one!r}) in an override is not supported.")
            self.ruleset.overrides.append(RuleOverride(files, severities))


_ALIASES: dict[str, Any] = {
    "PathItem": ["$.paths[*]"],
    "OperationObject": ["#PathItem[get,put,post,delete,options,head,patch,trace]"],
    "SecurityRequirementObject": ["$.security[*]", "#OperationObject.security[*]"],
    "ResponseObject": ["#OperationObject.responses[*]", "$.responses[*]", "$.components.responses[*]"],
    "LinkObject": ["$.components.links[*]", "#ResponseObject.links[*]"],
    "ArrayProperties": ['$..[?(@ && @.type=="array")]'],
}
"""The aliases that `spectral:oas` defines."""
_OF_SPECTRAL = frozenset({"unreferencedReusableObject", "schemaPath"})


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _name_of(function: Any) -> Any:
    return function[0] if isinstance(function, list) and function else function


def _alias(given: str) -> tuple[str, str]:
    end = next(
        (index for index, letter in enumerate(given) if index and not (letter.isalnum() or letter in "_-")), len(given)
    )
    return given[1:end], given[end:]


def _split(text: Any) -> tuple[str, str, str]:
    return str(text).partition("#")
