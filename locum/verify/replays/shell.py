"""Write a replay as a shell script: curl for the requests, jq for the values that responses issue."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum.verify.printing import TOKEN, is_credential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.verify.replays.replay import Replay, ReplayStep

__all__ = ["commands_of", "script_of"]

_EXPRESSION = re.compile(r"\$steps\.([A-Za-z0-9_-]+)\.outputs\.([A-Za-z0-9_-]+)")
_MARK = re.compile(r"\"?\x00([A-Za-z0-9_-]+)\x01([A-Za-z0-9_-]+)\x02\"?")


def script_of(replay: Replay, content: Mapping[str, Any], base_url: str) -> str:
    """Return a script that sends the requests of a replay. Its first argument is the URL of another server."""
    lines = [
        "#!/bin/sh",
        f"# {' '.join(f'{replay.code} {replay.rule}: {replay.title}'.split())}",
        f"# Expected: {expected(content)}",
        "# The credential is LOCUM_TOKEN, that of the second user LOCUM_OTHER_TOKEN.",
        "set -eu",
        f'URL="${{1:-{base_url}}}"',
        *commands_of(replay, content, base_url),
    ]
    return "\n".join(lines) + "\n"


def expected(content: Mapping[str, Any]) -> str:
    """Return what the responses of a replay should show, as a sentence."""
    wanted = content["workflows"][0].get("x-locum-expect")
    if not wanted:
        return "see above."
    kind = wanted["kind"]
    where = wanted.get("step") or ", ".join(wanted.get("steps", ()))
    if kind == "status":
        return f"step {where} responds {' or '.join(wanted['among'])}."
    if kind == "value":
        place = "/".join(map(str, wanted["place"]))
        return f"step {where} shows {json.dumps(wanted['value'], ensure_ascii=False)} at /{place}."
    if kind == "listed":
        return f"step {where} shows the record {'once' if wanted['times'] else 'not at all'}."
    if kind == "contract":
        return f"step {where} keeps {wanted['pointer'] or 'the contract'}."
    return f"{kind} in step {where}."


def commands_of(replay: Replay, content: Mapping[str, Any], base_url: str) -> list[str]:
    """Return the commands of a replay: one line for each request, and one for each value that is used later."""
    lines = []
    for step, described in zip(replay.steps, content["workflows"][0]["steps"], strict=True):
        command = _curl(step, described, base_url)
        outputs = described.get("outputs", {})
        if not outputs:
            lines.append(command)
            continue
        by_header = [name for name, text in outputs.items() if ".header." in text]
        lines.append(f"{step.name}=$({command})")
        for name, text in outputs.items():
            if name in by_header:
                header = text.rpartition(".")[2]
                last = " | sed 's#/*$##; s#.*/##'" if name in described.get("x-locum-match", {}) else ""
                pick = f"sed -n 's/^{header}: *//Ip' | tr -d '\\r'{last} | jq -Rc ."
                lines.append(f"{step.name}_{name}=$(printf '%s\\n' \"${step.name}\" | {pick})")
            else:
                path = _jq(text.partition("#")[2])
                body = "sed '1,/^\\r*$/d'"
                lines.append(
                    f"{step.name}_{name}=$(printf '%s\\n' \"${step.name}\" | {body} | jq -c {shlex.quote(path)})"
                )
    return lines


def _jq(pointer: str) -> str:
    steps = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
    return "." + "".join(f"[{one}]" if one.isdigit() else f"[{json.dumps(one)}]" for one in steps)


def _curl(step: ReplayStep, described: Mapping[str, Any], base_url: str) -> str:
    shown = step.shown
    parts = ["curl -sSi"]
    method = described.get("x-locum-request", {}).get("method", shown.method)
    if method == "HEAD":
        parts.append("--head")
    elif method != "GET":
        parts.append(f"-X {method}")
    parts.append(_url(step, described, base_url))
    for name, value in _headers(step, described).items():
        parts.append(f"-H {_quoted(f'{name}: {value}')}")
    body = _body(described)
    if body is not None:
        parts.append(f"--data-binary {body}")
    return " ".join(parts)


def _url(step: ReplayStep, described: Mapping[str, Any], base_url: str) -> str:
    parameters = described.get("parameters", ())
    path = step.operation.path
    for one in parameters:
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", _inserted(one["value"]))
    query = "&".join(
        f"{quote(one['name'], safe='[]')}={_inserted(value)}"
        for one in parameters
        if one["in"] == "query"
        for value in (one["value"] if isinstance(one["value"], list) else [one["value"]])
    )
    del base_url
    return '"$URL"' + _quoted(path + (f"?{query}" if query else ""))


def _inserted(value: Any) -> str:
    """Return a value for a URL: encoded, or a variable whose JSON quotes are removed."""
    text = str(value)
    found = _EXPRESSION.fullmatch(text)
    return f"\x03{found[1]}_{found[2]}\x04" if found else quote(text, safe="-._~:")


def _headers(step: ReplayStep, described: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        one["name"]: _EXPRESSION.sub(lambda found: f"\x03{found[1]}_{found[2]}\x04", str(one["value"]))
        for one in described.get("parameters", ())
        if one["in"] == "header" and one["name"] != "authorization"
    }
    for name, value in step.shown.headers.items():
        if is_credential(name) and step.caller != "none":
            headers[name] = value.replace(TOKEN, "$LOCUM_OTHER_TOKEN") if step.caller == "other" else value
        elif name == "content-type":
            headers[name] = value
    return headers


def _body(described: Mapping[str, Any]) -> str | None:
    raw = described.get("x-locum-request", {})
    if "body" in raw:
        return _quoted(str(raw["body"]))
    if "requestBody" not in described:
        return None
    marked = _EXPRESSION.sub(lambda found: f"\x00{found[1]}\x01{found[2]}\x02", _dumped(described))
    return _quoted(_MARK.sub(lambda found: f"\x05{found[1]}_{found[2]}\x06", marked))


def _dumped(described: Mapping[str, Any]) -> str:
    return json.dumps(described["requestBody"]["payload"], ensure_ascii=False)


def _quoted(text: str) -> str:
    """Quote a text for a shell: variables of values between control characters are expanded, and ours."""
    pieces = re.split(r"(\x03[^\x04]*\x04|\x05[^\x06]*\x06|\$LOCUM_[A-Z_]+)", text)
    return "".join(map(_piece, pieces)) or "''"


def _piece(piece: str) -> str:
    if piece[:1] == "\x03":  # in a URL or header, without the quotes of JSON
        return f'"$(printf \'%s\' "${piece[1:-1]}" | jq -r .)"' if piece else ""
    if piece[:1] == "\x05":
        return f'"${piece[1:-1]}"'
    if piece.startswith("$LOCUM_"):
        return f'"{piece}"'
    return shlex.quote(piece) if piece else ""
