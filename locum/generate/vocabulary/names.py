"""Names: the realistic text for a property, by its name and the kind of its record."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from locum.generate.vocabulary import texts
from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.lexicon import MEDIA_TYPES, SPECIES, lexicon, listed
from locum.generate.vocabulary.ranges import date, date_time, duration, time_of_day
from locum.generate.vocabulary.texts import FileUrl, Listed, PageUrl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locum.generate.generation import Generation
    from locum.generate.vocabulary.hints import Hint
    from locum.generate.vocabulary.texts import Text

__all__ = [
    "OPAQUE",
    "PERSONAL",
    "PLACED",
    "REFINED",
    "enumerated_text",
    "is_generic",
    "is_prose",
    "kind_of",
    "role_of",
    "text_for",
    "words_of_kind",
]


def _one_of(values: Sequence[str]) -> Text:
    return lambda run: run.pick(values)


OPAQUE: set[Text] = {
    texts.identifier, texts.uuid, token := lambda run: texts.token(run, 32),
    sha := texts.hexadecimal(40), md5 := texts.hexadecimal(32), sha256 := texts.hexadecimal(64),
    code := lambda run: texts.token(run, 6, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"), serial := texts.digits(8),
    texts.version, texts.path, texts.url, texts.word, texts.slug, texts.domain,
}  # fmt: skip
"""Texts for which an example's form is preferred."""

_KINDS: dict[str, Text] = {}
"""The texts for property names, or the ends of names."""

PERSONAL: dict[str, str] = {}
"""The part of a person in a property: `first`, `last`, `full`, `email` or `username`."""

for _part, _names in (
    ("first", "first_name firstname given_name givenname forename"),
    ("last", "last_name lastname family_name familyname surname"),
    ("full", "full_name fullname contact_name real_name"),
    ("email", "email mail email_address emailaddress e_mail"),
    ("username", "user_name username login handle nickname nick screen_name"),
):
    PERSONAL.update((_name, _part) for _name in _names.split())

_PARTS: dict[str, Text] = {
    "first": lambda run: run.person.first,
    "last": lambda run: run.person.last,
    "full": texts.full_name,
    "email": texts.email,
    "username": texts.username,
}

PLACED: dict[str, str] = {}
"""The part of a place in a property."""

for _part, _names in (
    ("city", "city town locality"),
    ("region", "region province county"),
    ("country", "country country_name"),
    ("code", "country_code countrycode country_iso"),
    ("postcode", "zip zip_code zipcode postal_code postalcode postcode post_code"),
    ("zone", "timezone time_zone tz"),
    ("latitude", "latitude lat"),
    ("longitude", "longitude lng lon"),
):
    PLACED.update((_name, _part) for _name in _names.split())


@cache
def _placed(part: str) -> Text:
    return lambda run: str(getattr(run.place, part))


_KINDS.update((name, _PARTS[part]) for name, part in PERSONAL.items())
_KINDS.update((name, _placed(part)) for name, part in PLACED.items())

REFINED = {texts.currency, *(_KINDS[name] for name, part in PLACED.items() if part == "country")}
"""Texts whose form a description may refine: a country's code, a currency in lower case."""

_ANY_CITY: Text = lambda run: run.pick(run.words.places).city  # noqa: E731 (one of the table's texts)

for _names, _text in (
    ("recipient_email", texts.email),
    ("author owner person assignee creator customer manager", texts.full_name),
    ("phone phone_number phonenumber telephone mobile tel fax msisdn cell", texts.phone),
    ("address street_address formatted_address full_address", texts.address),
    ("street address_line address_line1 address_line_1 address1 line1 street_name addr1", texts.street),
    ("address_line2 address_line_2 address2 line2 addr2", Listed("floor")),
    ("origin destination location venue", _ANY_CITY),
    ("url uri link href webhook callback endpoint html_url location_url target_url", texts.url),
    ("website homepage site web_site home_page", texts.site),
    ("image photo picture thumbnail logo icon banner cover poster favicon screenshot", texts.image),
    ("image_url photo_url picture_url thumbnail_url logo_url icon_url banner_url cover_url poster_url", texts.image),
    ("thumb_url preview_image image_uri img img_url image_link preview_image_url qr_code_url", texts.image),
    ("avatar avatar_url gravatar profile_image profile_image_url profile_picture picture_small", texts.avatar),
    ("download_url file_url document_url attachment_url pdf_url invoice_pdf pdf receipt_pdf download", FileUrl("pdf")),
    ("csv_url export_url", FileUrl("csv")),
    ("zip_url archive_download_url", FileUrl("zip")),
    ("audio_url recording_url preview_url sound_url", FileUrl("wav")),
    ("video_url", FileUrl("mp4")),
    ("domain host hostname domain_name host_name server", texts.domain),
    ("ip ip_address ipaddress ipv4", texts.ipv4),
    ("ipv6", texts.ipv6),
    ("mac mac_address", texts.mac),
    ("user_agent useragent", texts.user_agent),
    ("company company_name organization organisation employer merchant vendor business_name brand", texts.company),
    ("product product_name item_name", texts.product),
    ("job job_title occupation profession position", Listed("jobs")),
    ("department team", Listed("departments")),
    ("color colour", Listed("colours")),
    ("hex_color hex_colour color_hex hex", texts.colour_code),
    ("currency currency_code iso_currency_code", texts.currency),
    ("locale", texts.locale),
    ("language lang language_code", texts.language),
    ("mime_type mimetype content_type media_type", _one_of(MEDIA_TYPES)),
    ("id identifier guid uid ref reference", texts.identifier),
    ("uuid", texts.uuid),
    ("token secret api_key access_token refresh_token cursor nonce next_page_token", token),
    ("password passwd passphrase", lambda run: texts.token(run, 14)),
    ("sha sha1 commit revision commit_id", sha),
    ("md5 etag", md5),
    ("sha256 digest checksum hash fingerprint", sha256),
    ("slug permalink", texts.slug),
    ("tag keyword", Listed("tags")),
    ("category topic genre group", Listed("category.name")),
    ("reason", Listed("reasons")),
    ("version", texts.version),
    ("path file_path filepath directory folder instance", texts.path),
    ("filename file_name", texts.file_name),
    ("extension file_extension", _one_of(("pdf", "png", "csv", "docx"))),
    ("price amount cost total subtotal balance fee", texts.price),
    ("iban", lambda run: f"GB33BUKB2020155555{texts.token(run, 4, '0123456789')}"),
    ("bic swift swift_code", _one_of(("COBADEFFXXX", "BNPAFRPPXXX", "CHASUS33XXX", "BARCGB22XXX"))),
    ("sku", lambda run: texts.token(run, 3, "ABCDEFGHJKLMNP") + "-" + texts.token(run, 4, "0123456789")),
    ("isbn", lambda run: f"978-3-16-{texts.token(run, 6, '0123456789')}-0"),
    ("level risk severity priority urgency importance difficulty", Listed("levels")),
    ("status state", texts.STATE),
    ("species", _one_of(SPECIES)),
    ("breed", Listed("breeds")),
    ("gender", Listed("genders")),
    ("duration interval", duration),
    ("cron schedule crontab cron_expression", _one_of(("0 9 * * 1", "*/15 * * * *", "30 2 * * *"))),
    ("code", code),
    ("zone", _placed("zone")),
    ("last4 last_4 pin", texts.digits(4)),
    ("resource_version", texts.digits(6)),
    ("sublocality district neighborhood neighbourhood", Listed("districts")),
    ("administrative_district administrative_district_level_1 administrative_area", _placed("region")),
    ("administrative_district_level_2 administrative_district_level_3", _placed("region")),
    ("website_url homepage_url site_url blog_url home_page_url", texts.site),
    ("cvc cvv", texts.digits(3)),
    ("number serial", serial),
    ("month", Listed("months")),
    ("method http_method", _one_of(("GET", "POST", "PUT", "DELETE"))),
    ("os operating_system platform", _one_of(("Linux", "macOS", "Windows", "iOS", "Android"))),
    ("browser", _one_of(("Firefox", "Chrome", "Safari", "Edge"))),
    ("initials", lambda run: run.person.latin_first[:1] + run.person.latin_last[:1]),
    ("size file_size", lambda run: f"{run.between(12, 980)} KB"),
):
    _KINDS.update((_name, _text) for _name in _names.split())

_WHOLE = frozenset(listed("method browser os platform size month extension interval server position team"))
"""Names with another meaning after another word: a `payment_method` is not an HTTP method."""

_NAMES = frozenset(listed("name title subject headline label heading caption display_name displayname"))
_TEXTS = frozenset(
    listed(
        "description summary bio about message comment note detail details excerpt text body content notes "
        "instructions biography remark remarks memo abstract subtitle tagline statement long_description caption_text"
    )
)
_LONG = frozenset(listed("body content notes instructions biography"))
_REMARKS = frozenset(listed("message comment note notes memo remark remarks content body text statement"))
_OWN_KIND = {"message": "message", "comment": "message", "bio": "person", "biography": "person"}
"""The kinds of texts that do not depend on their record."""

_ROLES = frozenset(
    listed(
        "sender recipient receiver buyer seller author reviewer assignee creator requester reporter approver billing "
        "shipping guest host driver passenger parent child emergency from to manager"
    )
)
"""Roles of people in an object with several: `sender_email`."""

_DATES = frozenset(listed("date day birthday birthdate dob"))
_TIMES = frozenset(listed("at time timestamp datetime expires expiry created updated modified"))
_OF_PLACES = frozenset(listed("address billing shipping place location venue"))
"""Words for objects whose `state` is a region, not a status."""
_SUFFIXES = frozenset(
    listed(
        "response request dto resource schema object base compact full simple minimal read create created update "
        "updated public private model entity view detail details result output input in out v1 v2 v3 data info "
        "params body summary record list item common nullable extended mini short internal external get post put"
    )
)
"""Words in schemas' names that do not name a kind of record."""


_WRAPPERS = frozenset(listed("data items results records values entries rows elements nodes value node edges response"))
_REQUESTS = {("pull", "request"), ("merge", "request"), ("change", "request"), ("access", "request")}


def is_generic(text: Text) -> bool:
    """Return whether a text is the fallback for unknown names."""
    return text is texts.title or (isinstance(text, Listed) and text.generic)


def is_prose(text: Text) -> bool:
    """Return whether a text may be cut or extended to a length."""
    return isinstance(text, Listed) or text in {texts.paragraph, texts.title, texts.words}


def words_of_kind(holder: str) -> list[str]:
    """Return the words of a schema's name that name its kind of record: `SouvenirResponse` -> `["souvenir"]`."""
    words = tokens(holder.rpartition(".")[2])
    kept = list(words)
    while len(kept) > 1 and (kept[-1] in _SUFFIXES or kept[-1].isdigit()) and tuple(kept[-2:]) not in _REQUESTS:
        kept.pop()
    while len(kept) > 1 and kept[0] in _SUFFIXES:
        kept.pop(0)
    return [] if len(kept) == 1 and kept[0] in _SUFFIXES | _WRAPPERS else kept


def kind_of(words: Iterable[str]) -> str | None:
    """Return the kind of record for some words; the last word counts: a `museum ticket` is a ticket."""
    kinds = lexicon("en").kinds
    words = list(words)
    for start in range(len(words)):
        joined = "".join(words[start:])
        for single in (joined, joined.removesuffix("s"), joined.removesuffix("ies") + "y", joined.removesuffix("es")):
            if single in kinds:
                return kinds[single]
    return None


def enumerated_text(hint: Hint) -> Text | None:
    """Return the text that chooses among enumerated currencies, countries, languages or zones: that of the place."""
    words = tokens(hint.name)
    found = next((_KINDS[word] for start in range(len(words)) if (word := "_".join(words[start:])) in _KINDS), None)
    if found is _KINDS["country"]:
        return _KINDS["country_code"]
    return found if found in {texts.currency, texts.locale, texts.language, _placed("code"), _placed("zone")} else None


def role_of(words: Sequence[str]) -> str:
    """Return the role of the person in a property (`sender`); "" for the person that the object describes."""
    return next((word for word in words[:-1] if word in _ROLES), "")


def text_for(hint: Hint) -> Text | None:
    """Return the text for a property; None if its name is unknown."""
    words = tokens(hint.name)
    if not words:
        return None
    if words == ["state"] and _OF_PLACES & set(tokens(hint.holder)):
        return _placed("region")
    found = _described(words, words_of_kind(hint.holder))
    if found is not None:
        return found
    for start in range(len(words)):
        ending = "_".join(words[start:])
        found = None if start and ending in _WHOLE else _KINDS.get(ending)
        if found is texts.url and start:
            return PageUrl("-".join(words[:start]))
        if found is not None:
            role = role_of(words)
            return _in_role(role, found) if role and found in _OF_PEOPLE else found
    return _moment_for(hint.name, words)


_OF_PEOPLE = {*_PARTS.values(), texts.avatar}


def _in_role(role: str, text: Text) -> Text:
    def of_another(run: Generation) -> str:
        before, run.role = run.role, role
        try:
            return text(run)
        finally:
            run.role = before

    return of_another


def _described(words: list[str], holder: list[str]) -> Text | None:
    """Return the text of a name or description, for the kind in the property's name, else for that of its holder."""
    last, before = words[-1], [word for word in words[:-1] if word != "display"]
    whole = "_".join(words)
    if whole in {"nickname", "handle", "nick", "full_name"} and kind_of(holder) not in {None, "person"}:
        return _named([], holder, "name")
    if whole in _KINDS:
        return None
    if last in {"type", "kind"} and not before:
        return texts.word
    if last in _NAMES or whole in _NAMES:
        return _named(before if whole not in _NAMES else [], holder, last)
    if last in _TEXTS or whole in _TEXTS:
        own = _OWN_KIND.get(last)
        kind = (kind_of(before) if before else None) or kind_of(holder)
        if kind == "person" and last in _REMARKS:
            kind = "message" if last in _OWN_KIND else None
        if last in _REMARKS - _LONG and kind is None:
            return texts.sentence
        return _text_of(own if own and not _has(kind, "text") else kind or own, " ".join(holder), long=last in _LONG)
    return None


def _has(kind: str | None, part: str) -> bool:
    return kind is not None and bool(lexicon("en").words(f"{kind}.{part}"))


def _named(before: list[str], holder: list[str], last: str) -> Text | None:
    if last not in {"name", "title"}:
        if before or not holder or kind_of(holder) is None:
            return None if before else texts.title if last in {"subject", "headline", "heading"} else texts.word
        before = []
    kind = kind_of(before) or (None if before and last == "name" and _known(before) else kind_of(holder))
    if before and kind is None:
        return None
    if kind == "person":
        if last in {"name", "displayname"}:
            found: Text = texts.full_name
        else:
            found = Listed("jobs") if last in {"title", "headline"} else texts.full_name
        return _in_role(role, found) if (role := role_of([*before, last])) else found
    if _has(kind, "name"):
        return Listed(f"{kind}.name")
    return Listed("modifiers", ending=" ".join(holder), generic=True) if holder else texts.title


def _known(before: list[str]) -> bool:
    return "_".join([*before, "name"]) in _KINDS


def _text_of(kind: str | None, words: str, *, long: bool) -> Text:
    if _has(kind, "text"):
        return Listed(f"{kind}.text", long=long)
    return Listed("about", words, long=long, generic=True) if words else Listed("remarks", long=long, generic=True)


def _moment_for(name: str, words: list[str]) -> Text | None:
    if words[-1] in _DATES:
        return date(name)
    if words[-1] == "time" and "local" in words:
        return lambda run: time_of_day(run)[:8]
    if words == ["time"] or words[-2:] == ["time", "of"]:
        return time_of_day
    return date_time(name) if words[-1] in _TIMES else None
