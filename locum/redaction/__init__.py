"""Redaction: what locum shows of an exchange or a record, without the secrets in it.

- `names` says which members, headers and parameters hold secrets;
- `texts` finds secrets in free text, by their form or by the name before them;
- `places` is what a declared schema says of a place;
- `known` finds secrets whose values are known, however they are written;
- `exchanges` applies all of these to a request and its response, `records` to the records of a world.
"""

from locum.redaction.exchanges import Redaction, Secrets
from locum.redaction.known import Known
from locum.redaction.places import Place
from locum.redaction.records import RecordRedaction
from locum.redaction.texts import REDACTED

__all__ = ["REDACTED", "Known", "Place", "RecordRedaction", "Redaction", "Secrets"]
