"""Names of properties, and the texts that suit them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.synthesis.vocabulary import texts
from locum.synthesis.vocabulary.hints import tokens
from locum.synthesis.vocabulary.moments import date, date_time, duration, time_of_day
from locum.synthesis.vocabulary.words import (
    ANIMALS,
    BREEDS,
    COLOURS,
    CURRENCIES,
    DEPARTMENTS,
    JOBS,
    LANGUAGES,
    MEDIA_TYPES,
    PETS,
    SPECIES,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.synthesis.vocabulary.hints import Hint
    from locum.synthesis.vocabulary.texts import Text

__all__ = ["PROSE", "text_for"]


def _one_of(values: Sequence[str]) -> Text:
    return lambda run: run.pick(values)


PROSE = frozenset({texts.sentence, texts.paragraph, texts.title, texts.word, texts.words})
"""What may be cut or drawn out to a length."""

_PEOPLE = frozenset(
    listed(
        "account author assignee buyer caller contact creator customer driver employee friend guest holder manager "
        "member owner passenger patient people person player profile recipient reviewer seller sender student "
        "subscriber teacher traveler traveller user visitor"
    )
)
_COMPANIES = frozenset(listed("agency brand business company employer merchant org organisation organization vendor"))
_PRODUCTS = frozenset(listed("article item product sku souvenir"))
_FILES = frozenset(listed("attachment document file"))
_CITIES = frozenset(listed("city location place station town"))

_KINDS: dict[str, Text] = {}
"""What a property's name, or the end of it, stands for."""

for _names, _text in (
    ("email mail email_address e_mail recipient_email", texts.email),
    ("first_name firstname given_name givenname forename", lambda run: run.person.first),
    ("last_name lastname family_name familyname surname", lambda run: run.person.last),
    ("full_name fullname display_name displayname author owner person contact_name", texts.full_name),
    ("user_name username login handle nickname nick screen_name", texts.username),
    ("phone phone_number phonenumber telephone mobile tel fax msisdn cell", texts.phone),
    ("address street_address formatted_address full_address", texts.address),
    ("street address_line address_line1 address_line_1 address1 line1 street_name addr1", texts.street),
    ("address_line2 address_line_2 address2 line2 addr2", lambda run: f"Floor {run.between(1, 12)}"),
    ("city town locality origin destination location venue", lambda run: run.place.city),
    ("region province county", lambda run: run.place.region),
    ("country country_name", lambda run: run.place.country),
    ("country_code countrycode country_iso", lambda run: run.place.code),
    ("zip zip_code zipcode postal_code postalcode postcode post_code", lambda run: run.place.postcode),
    ("timezone time_zone tz", lambda run: run.place.zone),
    ("latitude lat", lambda run: f"{run.place.latitude}"),
    ("longitude lng lon", lambda run: f"{run.place.longitude}"),
    ("url uri link href webhook callback endpoint html_url location_url target_url", texts.url),
    ("website homepage site web_site home_page", texts.site),
    ("image avatar photo picture thumbnail logo icon image_url avatar_url photo_url logo_url", texts.image),
    ("domain host hostname domain_name host_name server", texts.domain),
    ("ip ip_address ipaddress ipv4", texts.ipv4),
    ("ipv6", texts.ipv6),
    ("mac mac_address", texts.mac),
    ("user_agent useragent", texts.user_agent),
    ("company company_name organization organisation employer merchant vendor business_name", texts.company),
    ("product product_name item_name", texts.product),
    ("job job_title occupation profession position", _one_of(JOBS)),
    ("department team", _one_of(DEPARTMENTS)),
    ("color colour", _one_of(COLOURS)),
    ("hex_color hex_colour color_hex hex", texts.colour_code),
    ("currency currency_code", _one_of(CURRENCIES)),
    ("locale language lang language_code", _one_of(LANGUAGES)),
    ("mime_type mimetype content_type media_type", _one_of(MEDIA_TYPES)),
    ("id identifier guid uid ref reference", texts.identifier),
    ("uuid", texts.uuid),
    ("token secret api_key access_token refresh_token cursor nonce next_page_token", lambda run: texts.token(run, 32)),
    ("password passwd passphrase", lambda run: texts.token(run, 14)),
    ("sha sha1 commit revision commit_id", texts.hexadecimal(40)),
    ("md5 etag", texts.hexadecimal(32)),
    ("sha256 digest checksum hash fingerprint", texts.hexadecimal(64)),
    ("slug permalink", texts.slug),
    ("title subject headline label heading caption name", texts.title),
    ("tag keyword category topic kind type group genre", texts.word),
    ("description summary bio about message comment note detail details reason excerpt text", texts.sentence),
    ("body content notes instructions biography", texts.paragraph),
    ("version", texts.version),
    ("path file_path filepath directory folder instance", texts.path),
    ("filename file_name", texts.file_name),
    ("price amount cost total subtotal balance fee", texts.price),
    ("iban", lambda run: f"GB33BUKB2020155555{texts.token(run, 4, '0123456789')}"),
    ("sku", lambda run: texts.token(run, 3, "ABCDEFGHJKLMNP") + "-" + texts.token(run, 4, "0123456789")),
    ("isbn", lambda run: f"978-3-16-{texts.token(run, 6, '0123456789')}-0"),
    ("status state", _one_of(("active", "pending", "closed"))),
    ("species", _one_of(SPECIES)),
    ("breed", _one_of(BREEDS)),
    ("gender", _one_of(("female", "male", "other"))),
    ("duration interval", duration),
    ("cron schedule", _one_of(("0 9 * * 1", "*/15 * * * *", "30 2 * * *"))),
    ("code", lambda run: texts.token(run, 6, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")),
    ("zone", lambda run: run.place.zone),
    ("last4 pin", texts.digits(4)),
    ("cvc cvv", texts.digits(3)),
    ("number serial", texts.digits(8)),
):
    _KINDS.update((_name, _text) for _name in _names.split())

_NAMES: tuple[tuple[frozenset[str], Text], ...] = (
    (_PEOPLE, texts.full_name),
    (_COMPANIES, texts.company),
    (_PRODUCTS, texts.product),
    (_FILES, texts.file_name),
    (ANIMALS, _one_of(PETS)),
    (_CITIES, lambda run: run.place.city),
    (frozenset({"country"}), lambda run: run.place.country),
)
"""What `name` is, by what it is the name of."""

_DATES = frozenset(listed("date day birthday birthdate dob"))
_TIMES = frozenset(listed("at time timestamp datetime expires expiry created updated modified"))
_PLACED = frozenset(listed("address billing shipping place location venue"))
"""What has a state on the map rather than one of progress."""


def text_for(hint: Hint) -> Text | None:
    """Find the text that suits a property; None where its name says nothing."""
    said = tokens(hint.name)
    if not said:
        return None
    holder = set(tokens(hint.holder))
    if said == ["name"]:
        return next((text for names, text in _NAMES if names & holder), texts.title)
    if said == ["state"] and holder & _PLACED:
        return lambda run: run.place.region
    if said[-1] == "name" and len(said) > 1:
        found = next((text for names, text in _NAMES if names & set(said)), None)
        if found is not None:
            return found
    for start in range(len(said)):
        found = _KINDS.get("_".join(said[start:]))
        if found is not None:
            return found
    return _moment_for(hint.name, said)


def _moment_for(name: str, said: list[str]) -> Text | None:
    if said[-1] in _DATES:
        return date(name)
    if said == ["time"] or said[-2:] == ["time", "of"]:
        return time_of_day
    return date_time(name) if said[-1] in _TIMES else None
