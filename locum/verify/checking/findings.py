"""Turn the exchanges of a run into findings. Equal ones are merged, counted, and shown with the smallest request."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from locum.redaction import Redaction
from locum.verify.checking.failed_checks import CONFORMITY, broken_rule_of, culprit_of, is_ours_alone, taken_media_type
from locum.verify.checking.responses import BrokenRule, check_response
from locum.verify.checking.validity import is_valid_request
from locum.verify.codes.codes import CODES
from locum.verify.engine.configuration import configured_credentials
from locum.verify.exchanges import Finding
from locum.verify.plans import BEHAVIOUR
from locum.verify.printing import PrintedSecrets, curl_of, given_out, without_given
from locum.verify.replays.files import Writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.expectations import BehaviourExpectation
    from locum.verify.exchanges import EngineError, Exchange, FailedCheck, RuleViolation, Shown
    from locum.verify.plans import Plan

__all__ = ["FindingCollector"]

_INDEX = re.compile(r"/\d+(?=/|$)")
_UNAUTHENTICATED = 401
_MOST_WAYS = 12
_INVALID = frozenset({"L050", "L051", "L052", "L053"})
_OF_STATE = frozenset({409, 412, 428, 429})
"""Statuses with which a valid request is rejected because of the state of the server."""
_IGNORED = frozenset({"accept", "content-type"})
"""OpenAPI 3.0.3, 4.7.12.2: header parameters of these names are ignored."""


@dataclass(slots=True)
class _Case:
    """All exchanges of one operation that break the same rule."""

    broken_rule: BrokenRule
    operation: Operation
    smallest: Exchange
    steps: tuple[Exchange, ...] = ()
    expectation: BehaviourExpectation | None = None
    """What the steps should have shown, for a behaviour."""
    by_valid: bool = False
    """Whether a valid request showed it."""
    count: int = 0
    last: int = 0
    """The number of the last counted exchange."""
    ways: Counter[str] = field(default_factory=Counter)


class FindingCollector:
    """Checks the events of a run of one contract, and collects the findings."""

    def __init__(self, contract: Contract, plan: Plan) -> None:
        self._contract = contract
        self._plan = plan
        self._checks = frozenset(plan.checks)
        self._redaction = Redaction()
        self._redaction.add(contract, [path for path, _ in contract.operations])
        self._secrets = PrintedSecrets(plan.tokens, plan.headers, plan.secrets, configured_credentials(plan))
        self._cases: dict[tuple[str, ...], _Case] = {}
        self._evidence: dict[int, _Case] = {}
        """The cases by the number of their finding."""
        self._broken: set[int] = set()
        """The numbers of exchanges whose responses break the contract."""
        self._engine_errors: Counter[tuple[str, str, str]] = Counter()

    def check_exchange(self, exchange: Exchange) -> bool:
        """Check an exchange; return whether its response keeps the contract."""
        operation = self._operation(exchange)
        shown = exchange.shown
        if exchange.probe:
            taken = taken_media_type(operation, exchange)
            if taken is not None:
                self._add(taken, operation, exchange)
            return True
        broken_rules = check_response(operation, shown)
        if shown.status == _UNAUTHENTICATED and "www-authenticate" not in shown.response_headers:
            broken_rules += self._without_challenge(operation)
        if shown.status >= 500:  # noqa: PLR2004 (a server error has a code of its own)
            broken_rules = [broken_rule for broken_rule in broken_rules if broken_rule.code != "L001"]
        if exchange.phase == BEHAVIOUR and 400 <= shown.status < 500:  # noqa: PLR2004 (client errors are provoked there)
            broken_rules = [broken_rule for broken_rule in broken_rules if broken_rule.code != "L001"]
        kept = [broken_rule for broken_rule in broken_rules if self._counts(broken_rule, exchange)]
        for broken_rule in kept:
            self._add(broken_rule, operation, exchange)
        if broken_rules:
            self._broken.add(exchange.number)
        return not broken_rules

    def add_failed_check(self, failed_check: FailedCheck) -> bool:
        """Record a failed Schemathesis check. Return False if it is ignored, for example if our own check covers it."""
        exchange = failed_check.exchange
        if failed_check.check in CONFORMITY and (exchange.number in self._broken or exchange.probe):
            return False
        if failed_check.check in CONFORMITY and exchange.shown.status >= 500:  # noqa: PLR2004 (as above)
            return False
        operation = self._labelled(failed_check.blamed) or self._operation(exchange)
        if is_ours_alone(failed_check, operation):
            return False
        broken_rule = broken_rule_of(operation, failed_check)
        if self._is_beside_the_point(broken_rule, operation, exchange):
            return False
        self._add(broken_rule, operation, exchange, failed_check.steps)
        return True

    def add_violation(self, violation: RuleViolation) -> None:
        """Record a behaviour that was expected and did not occur."""
        operation = self._contract.operations[violation.path, violation.method]
        broken_rule = BrokenRule(
            violation.code, violation.message, operation.pointer, what=violation.what, why=violation.why
        )
        self._add(broken_rule, operation, violation.steps[-1], violation.steps, violation.expectation)

    def _is_beside_the_point(self, broken_rule: BrokenRule, operation: Operation, exchange: Exchange) -> bool:
        """Whether a failed check is a false alarm: any credential is accepted, or the request had no body at all."""
        if broken_rule.code == "L061":
            return self._plan.any_credential
        if broken_rule.code == "L057" and self._is_of_another_path(operation, exchange.shown.method.lower()):
            return True
        header = exchange.broken_by.partition(" ")[0].lower()
        if broken_rule.code in {"L053", "L054"} and header in _IGNORED:
            return True
        if broken_rule.code == "L053" and exchange.shown.headers.get(header) == "":
            return True  # clients such as curl do not send an empty header, and servers take it as none
        if broken_rule.code == "L055" and exchange.shown.status in _OF_STATE:
            return True
        if broken_rule.code in _INVALID and exchange.shown.status in _OF_STATE:
            return True  # it was rejected, though not for what is invalid in it
        if broken_rule.code == "L055" and not exchange.probe:
            return is_valid_request(operation, exchange.shown) is False  # such as 0.5 for a whole number
        # Schemathesis sends an empty form as no body.
        optional = operation.body is not None and not operation.body.required
        return broken_rule.code == "L050" and not exchange.shown.body and optional

    def _is_of_another_path(self, operation: Operation, method: str) -> bool:
        """Whether another path has the method and covers this one: `PUT /todos/{id}` takes `PUT /todos/count`."""
        steps = operation.path.split("/")
        others = [path.split("/") for path, known in self._contract.operations if known == method]
        return any(
            len(other) == len(steps)
            and other != steps
            and all(one == step or step[:1] == "{" for one, step in zip(steps, other, strict=True))
            for other in others
        )

    def add_engine_error(self, engine_error: EngineError) -> None:
        """Record an error of the engine."""
        code = "L093" if engine_error.unreachable else "L003" if engine_error.without_response else "L090"
        self._engine_errors[code, engine_error.operation, engine_error.message] += 1

    @property
    def without_response(self) -> bool:
        """Whether any request got no response."""
        return any(code in {"L003", "L093"} for code, _, _ in self._engine_errors)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings, sorted by operation and code."""
        found = []
        for number, case in enumerate(self._cases.values(), 1):
            found.append(replace(self._finding(case), number=number))
            self._evidence[number] = case
        found += [
            self.about_run(code, message, operation, n) for (code, operation, message), n in self._engine_errors.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.path, one.method, one.code, one.contract_pointer, one.message)))

    def writing(self) -> Writing:
        """Return how the replays of findings are written, without secrets."""
        return Writing(
            contract=self._contract,
            base_url=self._plan.base_url,
            given=tuple(self._plan.headers),
            without_secrets=self.without_secrets,
            hide=self._hidden,
        )

    def _hidden(self, value: Any, exchanges: Sequence[Shown]) -> Any:
        """Return a JSON value without the secrets of the run, and those that the server issued in some exchanges."""
        return given_out(exchanges, self._redaction).value(self._secrets.value(value))

    def evidence(self, finding: Finding) -> tuple[tuple[Exchange, ...], BehaviourExpectation | None]:
        """Return the exchanges that show a finding, with secrets, and what they should have shown."""
        case = self._evidence.get(finding.number)
        if case is None:
            return (), None
        return case.steps or (case.smallest,), case.expectation

    def about_run(
        self, code: str, message: str, operation: str = "", count: int = 1, *, contract_pointer: str = ""
    ) -> Finding:
        """Return a finding without an exchange. `operation` has the form `GET /things`.

        If `contract_pointer` is given, the likely cause is the contract.
        """
        known = self._labelled(operation)
        return Finding(
            code=code,
            rule=CODES[code].rule,
            api=self._contract.name,
            operation=known.operation_id if known else "",
            method=known.method if known else "",
            path=known.path if known else "",
            message=message if known or not operation else f"{operation}: {message}",
            contract_pointer=contract_pointer,
            culprit="contract" if contract_pointer else "server",
            because="The document cannot be used as written."
            if contract_pointer
            else "Operations without a response are not verified.",
            count=count,
        )

    def without_secrets(self, shown: Shown) -> Shown:
        """Return a request and its response without secrets."""
        shown = self._secrets.without(shown)
        return without_given(shown, given_out([shown], self._redaction))

    def _operation(self, exchange: Exchange) -> Operation:
        return self._contract.operations[exchange.path, exchange.method]

    def _labelled(self, label: str) -> Operation | None:
        method, _, path = label.partition(" ")
        return self._contract.operations.get((path, method.lower()))

    def _without_challenge(self, operation: Operation) -> list[BrokenRule]:
        schemes = self._contract.security_schemes
        named = {name for requirement in operation.security for name in requirement}
        if not any(schemes.get(name, {}).get("type") in {"http", "oauth2", "openIdConnect"} for name in named):
            return []
        return [BrokenRule("L042", "Status 401 without a WWW-Authenticate header.", operation.pointer + "/security")]

    def _counts(self, broken_rule: BrokenRule, exchange: Exchange) -> bool:
        check = CODES[broken_rule.code].check
        return check not in exchange.off and (not self._checks or check in self._checks)

    def _add(
        self,
        broken_rule: BrokenRule,
        operation: Operation,
        exchange: Exchange,
        steps: tuple[Exchange, ...] = (),
        expectation: BehaviourExpectation | None = None,
    ) -> None:
        place = _INDEX.sub("/*", broken_rule.response_pointer)
        status = str(exchange.shown.status) if broken_rule.code in {"L001", "L002", "L055"} else ""
        key = (
            broken_rule.code,
            operation.path,
            operation.method,
            broken_rule.contract_pointer,
            place,
            status,
            broken_rule.what,
        )
        case = self._cases.get(key)
        if case is None:
            case = self._cases[key] = _Case(broken_rule, operation, exchange, steps, expectation)
        elif exchange.size < case.smallest.size:
            case.broken_rule, case.smallest, case.steps, case.expectation = broken_rule, exchange, steps, expectation
        case.by_valid = case.by_valid or exchange.positive is not False
        # Ten items of one list that break one rule count as one response.
        if case.last != exchange.number:
            case.count += 1
            case.last = exchange.number
        if exchange.broken_by:
            case.ways[exchange.broken_by] += 1

    def _finding(self, case: _Case) -> Finding:
        broken_rule, operation = case.broken_rule, case.operation
        culprit, because = culprit_of(operation, case.smallest, broken_rule)
        shown = self._secrets.without(case.smallest.shown)
        extra: dict[str, object] = {"phase": case.smallest.phase}
        if case.ways:
            extra["ways"] = [self._secrets.words(way) for way in sorted(case.ways)[:_MOST_WAYS]]
        steps = tuple(self._secrets.without(step.shown) for step in case.steps) if len(case.steps) > 1 else ()
        # Secrets that the server issued are hidden in every report format.
        given = given_out([*steps, shown], self._redaction)
        steps = tuple(without_given(step, given) for step in steps)
        shown = without_given(shown, given)
        if steps:
            extra["steps"] = list(map(curl_of, steps))
        return Finding(
            code=broken_rule.code,
            rule=CODES[broken_rule.code].rule,
            api=self._contract.name,
            operation=operation.operation_id,
            method=operation.method,
            path=operation.path,
            message=given.text(self._secrets.words(broken_rule.message)),
            contract_pointer=broken_rule.contract_pointer,
            response_pointer=broken_rule.response_pointer,
            culprit=culprit,
            because=because,
            shown=shown,
            steps=steps,
            curl=curl_of(shown),
            count=case.count,
            what=broken_rule.what,
            trigger=_trigger(case),
            by_valid=case.by_valid,
            extra=extra,
        )


def _trigger(case: _Case) -> str:
    """Return the part of a request that was invalid, with the name of the parameter: `query limit`."""
    name = case.smallest.broken_by.partition(" ")[0]
    return f"{case.smallest.broken} {name}".strip() if case.smallest.broken else ""
