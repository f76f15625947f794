"""Fakers: the generators for the faker.js names in `x-faker`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.vocabulary import texts
from locum.generate.vocabulary.hints import Hint
from locum.generate.vocabulary.names import text_for
from locum.generate.vocabulary.ranges import date_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.generate.generation import Generation

__all__ = ["faker_for"]

_FAKERS: dict[str, Callable[[Generation], Any]] = {
    "animal.type": texts.word,
    "commerce.department": text_for(Hint("department")) or texts.word,
    "commerce.price": texts.price,
    "commerce.product": texts.product,
    "commerce.productdescription": texts.sentence,
    "commerce.productname": texts.product,
    "company.companyname": texts.company,
    "company.catchphrase": texts.words,
    "company.name": texts.company,
    "database.mongodbobjectid": texts.hexadecimal(24),
    "datatype.boolean": lambda run: run.uniform() < 0.5,  # noqa: PLR2004 (as often as not)
    "datatype.datetime": date_time(""),
    "datatype.float": lambda run: run.between(0, 99_999) / 100,
    "datatype.number": lambda run: run.between(0, 99_999),
    "datatype.uuid": texts.uuid,
    "date.birthdate": date_time("birth"),
    "date.future": date_time("due"),
    "date.past": date_time("created"),
    "date.recent": date_time("last"),
    "date.soon": date_time("next"),
    "finance.amount": texts.price,
    "finance.account": texts.digits(8),
    "finance.accountnumber": texts.digits(8),
    "git.commitsha": texts.hexadecimal(40),
    "hacker.phrase": texts.sentence,
    "helpers.slugify": texts.slug,
    "image.avatar": texts.image,
    "image.imageurl": texts.image,
    "image.url": texts.image,
    "internet.avatar": texts.image,
    "internet.color": texts.colour_code,
    "internet.domainname": texts.domain,
    "internet.email": texts.email,
    "internet.exampleemail": texts.email,
    "internet.ip": texts.ipv4,
    "internet.ipv4": texts.ipv4,
    "internet.ipv6": texts.ipv6,
    "internet.mac": texts.mac,
    "internet.url": texts.site,
    "internet.useragent": texts.user_agent,
    "lorem.paragraph": texts.paragraph,
    "lorem.paragraphs": texts.paragraph,
    "lorem.sentence": texts.sentence,
    "lorem.sentences": texts.paragraph,
    "lorem.slug": texts.slug,
    "lorem.text": texts.paragraph,
    "lorem.word": texts.word,
    "lorem.words": texts.words,
    "name.findname": texts.full_name,
    "name.name": texts.full_name,
    "number.float": lambda run: run.between(0, 99_999) / 100,
    "number.int": lambda run: run.between(0, 99_999),
    "person.bio": texts.sentence,
    "phone.number": texts.phone,
    "random.boolean": lambda run: run.uniform() < 0.5,  # noqa: PLR2004 (as often as not)
    "random.number": lambda run: run.between(0, 99_999),
    "random.uuid": texts.uuid,
    "random.word": texts.word,
    "string.alpha": lambda run: texts.token(run, 8, "abcdefghijklmnopqrstuvwxyz"),
    "string.alphanumeric": lambda run: texts.token(run, 12),
    "string.nanoid": lambda run: texts.token(run, 21),
    "string.numeric": texts.digits(8),
    "string.uuid": texts.uuid,
    "system.filename": texts.file_name,
    "system.filepath": texts.path,
    "system.mimetype": text_for(Hint("mimeType")) or texts.word,
    "system.semver": texts.version,
    "vehicle.vehicle": texts.title,
}


def faker_for(wanted: Any) -> Callable[[Generation], Any] | None:
    """Return the generator for an `x-faker`, a name or a name with arguments; None if it is unknown.

    `internet.email`, `name.firstName`, `{"number.int": {"min": 1, "max": 9}}`.
    """
    if isinstance(wanted, dict) and len(wanted) == 1:
        name, arguments = next(iter(wanted.items()))
        return _with_arguments(str(name).lower(), arguments) or faker_for(name)
    if not isinstance(wanted, str):
        return None
    name = wanted.strip("${} ").removeprefix("faker.").removesuffix("()")
    # Other methods are found by their last word: location.zipCode, person.firstName, color.human.
    return _FAKERS.get(name.lower()) or text_for(Hint(name.rpartition(".")[2]))


def _with_arguments(name: str, arguments: Any) -> Callable[[Generation], Any] | None:
    options = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else arguments
    if name.endswith(("arrayelement", "arrayelements")) and isinstance(options, list) and options:
        return lambda run: run.pick(options)
    if name in {"datatype.number", "number.int", "random.number"} and isinstance(options, dict):
        low, high = options.get("min", 0), options.get("max", 99_999)
        if isinstance(low, int) and isinstance(high, int) and low <= high:
            return lambda run: run.between(low, high)
    return None
