"""Words of which believable values are made."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ADJECTIVES",
    "ANIMALS",
    "BREEDS",
    "COLOURS",
    "COMPANIES",
    "CURRENCIES",
    "DEPARTMENTS",
    "DOMAINS",
    "FIRST_NAMES",
    "JOBS",
    "KEYS",
    "LANGUAGES",
    "LAST_NAMES",
    "MEDIA_TYPES",
    "NOUNS",
    "PETS",
    "PLACES",
    "PRODUCTS",
    "SPECIES",
    "STREETS",
    "VERBS",
    "Person",
    "Place",
    "listed",
]


def listed(text: str, between: str | None = None) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split(between))


class Person(NamedTuple):
    """Somebody."""

    first: str
    last: str


class Place(NamedTuple):
    """Somewhere: `code` is ISO 3166-1's, `zone` the time zone's name."""

    city: str
    region: str
    country: str
    code: str
    postcode: str
    zone: str
    latitude: float
    longitude: float


FIRST_NAMES = listed(
    "Ada Alan Amara Anna Bram Carlos Chiara Dele Edsger Elena Emma Farid Grace Hana Ines Ivan Jamal Joan Kofi Lars "
    "Leila Liam Lucia Maya Mei Nadia Noah Olga Omar Priya Ravi Rosa Sofia Tariq Tomas Uma Vera Yuki Zoe"
)
LAST_NAMES = listed(
    "Adeyemi Andersson Bakker Becker Bianchi Castillo Chen Costa Diallo Dubois Evans Fischer Garcia Haddad Hughes "
    "Ito Jansen Kaya Keller Kim Kowalski Larsen Lindqvist Lopez Mensah Moreau Murphy Nakamura Novak Okafor Patel "
    "Rossi Santos Silva Singh Tanaka Turner Virtanen Walker Weber"
)
PLACES = (
    Place("Amsterdam", "North Holland", "Netherlands", "NL", "1012 AB", "Europe/Amsterdam", 52.3728, 4.8936),
    Place("Berlin", "Berlin", "Germany", "DE", "10117", "Europe/Berlin", 52.5174, 13.3951),
    Place("Boston", "Massachusetts", "United States", "US", "02108", "America/New_York", 42.3554, -71.0605),
    Place("Kyoto", "Kyoto", "Japan", "JP", "600-8216", "Asia/Tokyo", 35.0116, 135.7681),
    Place("Lagos", "Lagos", "Nigeria", "NG", "101233", "Africa/Lagos", 6.4550, 3.3941),
    Place("Lisbon", "Lisbon", "Portugal", "PT", "1100-148", "Europe/Lisbon", 38.7078, -9.1366),
    Place("Lyon", "Rhone-Alpes", "France", "FR", "69002", "Europe/Paris", 45.7578, 4.8320),
    Place("Montreal", "Quebec", "Canada", "CA", "H2Y 1C6", "America/Toronto", 45.5032, -73.5698),
    Place("Mumbai", "Maharashtra", "India", "IN", "400001", "Asia/Kolkata", 19.0550, 72.8692),
    Place("Oslo", "Oslo", "Norway", "NO", "0150", "Europe/Oslo", 59.9133, 10.7390),
    Place("Portland", "Oregon", "United States", "US", "97204", "America/Los_Angeles", 45.5202, -122.6742),
    Place("Wellington", "Wellington", "New Zealand", "NZ", "6011", "Pacific/Auckland", -41.2888, 174.7772),
)
STREETS = listed(
    "Abbey Lane|Bridge Street|Canal Road|Cedar Avenue|Chapel Street|Church Lane|Garden Street|Harbour Road|"
    "High Street|Hill Road|Linden Avenue|Market Square|Mill Lane|Orchard Road|Park Avenue|Station Road",
    "|",
)
COMPANIES = listed(
    "Alder & Finch|Blue Heron Labs|Brightwater|Copperfield Systems|Eastgate Logistics|Fernhill Foods|Greyfriars|"
    "Halcyon Press|Lantern Works|Meridian Supply|Northwind Traders|Oakline|Pinecrest Energy|Quarry Bank|"
    "Silverbirch Media|Tidewater Group",
    "|",
)
DOMAINS = ("example.com", "example.net", "example.org")
"""Kept for examples by RFC 2606, section 3."""

PRODUCTS = listed(
    "Canvas bag|Ceramic mug|Cotton shirt|Desk lamp|Field notebook|Folding chair|Glass bottle|Leather belt|Oak table|"
    "Rain jacket|Reading lamp|Steel kettle|Travel pillow|Trail shoes|Wall clock|Wool blanket",
    "|",
)
JOBS = listed(
    "Accountant|Analyst|Architect|Data engineer|Designer|Editor|Librarian|Nurse|Office manager|Product manager|"
    "Researcher|Sales manager|Software engineer|Support agent|Teacher|Technician",
    "|",
)
DEPARTMENTS = ("Design", "Engineering", "Finance", "Legal", "Marketing", "Operations", "People", "Sales", "Support")
COLOURS = ("amber", "black", "blue", "coral", "green", "grey", "indigo", "ivory", "navy", "olive", "red", "teal")
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "CHF", "CAD", "SEK", "AUD")
ANIMALS = frozenset(listed("animal cat dog horse kitten pet pets puppy rabbit"))
PETS = listed("Bella Biscuit Clover Daisy Hazel Jasper Luna Maple Milo Nutmeg Oscar Pepper Poppy Rufus Tilly Willow")
SPECIES = listed("canary cat dog ferret goldfish hamster parrot pony rabbit tortoise")
BREEDS = listed("Beagle|Border collie|Burmese|Dachshund|Labrador|Maine Coon|Poodle|Siamese|Spaniel|Terrier", "|")
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "ja", "sv")
MEDIA_TYPES = ("application/json", "application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain")
KEYS = ("colour", "region", "channel", "priority", "source", "team", "stage", "origin", "segment", "tier")
ADJECTIVES = listed(
    "amber autumn bold bright calm clear cold deep early fair gentle golden green late light little long new north "
    "open plain quick quiet round silent silver small soft south steady tall warm west wide wild"
)
NOUNS = listed(
    "anchor atlas basin beacon birch bridge brook canyon cedar cliff cloud compass copper delta dune ember falcon "
    "field forest garden harbour haven heron hill island lake lantern maple meadow mill moss orchard otter peak pine "
    "prairie quarry reef ridge river robin shore spruce stone summit thicket tide trail valley willow"
)
VERBS = listed(
    "answers carries crosses finds follows greets holds joins keeps leads leaves meets passes reaches remembers "
    "shapes shelters shows surrounds turns"
)
