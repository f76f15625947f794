"""Codes of behaviour, which no schema forbids: records (L100s to L150s), identities (L160s), safety (L170s)."""

from __future__ import annotations

from locum.verify.codes.code import Code

__all__ = ["BEHAVIOUR"]

_HTTP = "RFC 9110"
_INFERRED = "What paths, methods and names imply; `locum routes` shows what locum infers from them."


def _code(  # noqa: PLR0913, PLR0917 (the columns of the table)
    code: str, rule: str, check: str, title: str, meaning: str, source: str, remedy: str, example: str
) -> Code:
    return Code(code, rule, check, title, meaning, source, remedy, example)


BEHAVIOUR = (
    _code(
        "L100", "create_not_kept", "create-is-kept", "A new record does not have the values that were sent.",
        "A member of the request is also a member of the record, and shows another value.", _INFERRED,
        "Store what was sent, or reject it; declare members that the server sets as `readOnly`.",
        "POST /things is sent a name of 40 characters; GET /things/7 shows 32 of them.",
    ),
    _code(
        "L101", "reads_differ", "reads-are-equal", "Two reads of an unchanged record differ.",
        "Nothing was changed between two equal requests, and their responses differ.", f"{_HTTP}, section 9.2.1.",
        "Show stored values; leave out what is made up at each read.", "GET /things/7 shows price 5, then 6.",
    ),
    _code(
        "L102", "head_differs", "head-agrees-with-get", "HEAD does not agree with GET.",
        "The status or a header of a HEAD response differs from that of GET.", f"{_HTTP}, section 9.3.2.",
        "Serve HEAD by the code of GET, without the body.", "HEAD /things/7 responds 404, GET 200.",
    ),
    _code(
        "L103", "location_wrong", "location-leads-to-the-record", "Location of a new record leads nowhere.",
        "The URL in the Location header of a create does not return the record.", f"{_HTTP}, section 10.2.2.",
        "Build the URL from the identifier and the base path.", "Location: /thing/7 responds 404.",
    ),
    _code(
        "L104", "default_not_applied", "defaults-apply", "A declared default is not applied.",
        "A member that was not sent has another value than its `default`.", "JSON Schema, `default`.",
        "Apply the default, or declare the one that is applied.", "`priority` defaults to 3, and is 0.",
    ),
    _code(
        "L105", "choice_not_kept", "choices-are-kept", "A declared value of a new record is replaced by another one.",
        "A client sends one of the listed values, and the record shows another.", _INFERRED,
        "Store the value, or do not list it for requests.", "A task is created with status done, and is open.",
    ),
    _code(
        "L106", "duplicate_accepted", "unique-members-conflict", "Two records share a unique member.",
        "A create declares 409, and accepts a value that identifies another record.", f"{_HTTP}, section 15.5.10.",
        "Add a unique index, and respond 409.", "Two users are created with one e-mail address.",
    ),
    _code(
        "L107", "identifier_reused", "identifiers-are-unique", "A new record has the identifier of another.",
        "A create returns an identifier that the list already showed.", _INFERRED,
        "Never derive identifiers from the number of records.", "POST /things returns id 7 twice.",
    ),
    _code(
        "L110", "created_not_listed", "list-contains-created", "A new record is not in its list.",
        "A create succeeded, and no page of the list shows the record.", _INFERRED,
        "Check the query of the list, its cache and its last page.", "POST /things, then GET /things lacks it.",
    ),
    _code(
        "L111", "listed_twice", "list-has-no-duplicates", "A list shows a record more than once.",
        "One identifier is at several places of a list.", _INFERRED,
        "Remove duplicates that joins produce.", "A thing with two tags is listed twice.",
    ),
    _code(
        "L112", "total_wrong", "totals-are-exact", "The total of a list is wrong.",
        "The total does not follow creates and deletes, or is not the number of records on all pages.", _INFERRED,
        "Count the records with the same conditions, without the page.", "`total` is 20 on each page of 20.",
    ),
    _code(
        "L113", "list_differs", "list-agrees-with-item", "The list and the item show different values of a record.",
        "A member that a client set differs between the two.", _INFERRED,
        "Read both from one place; check caches.", "A renamed thing has its old name in GET /things.",
    ),
    _code(
        "L114", "wrong_parent", "parents-select-children", "A record is shown below another parent than its own.",
        "A path with another parent shows it.", _INFERRED,
        "Select by all identifiers of the path.", "GET /lists/2/tasks shows a task of list 1.",
    ),
    _code(
        "L120", "update_not_kept", "update-is-kept", "An update is not kept.",
        "An update succeeded, and the record still shows another value than was sent.", "RFC 5789, RFC 7396.",
        "Store every member that the request may contain, also 0, false and empty ones.",
        'PATCH /tasks/7 {"done": false} responds 200, and `done` is still true.',
    ),
    _code(
        "L121", "update_changes_others", "update-keeps-other-members", "An update changes members that were not sent.",
        "A member that only clients set has changed without being in the request.", "RFC 5789, RFC 7396.",
        "Change only what the request contains; do not apply defaults to an update.",
        "PATCH /tasks/7 with a title resets `done`.",
    ),
    _code(
        "L122", "write_reaches_others", "writes-concern-one-record", "A change of one record changes another one.",
        "The path names one record, and another one has changed or is gone.", _INFERRED,
        "Select by the identifier; copy default values instead of sharing them.", "Two tasks share one list of tags.",
    ),
    _code(
        "L123", "replace_not_kept", "replace-is-kept", "A replacement is not kept.",
        "A PUT succeeded, and the record shows another value than was sent.", f"{_HTTP}, section 9.3.4.",
        "Store every member of the request.", "PUT /tasks/7 with title B, and it is still A.",
    ),
    _code(
        "L124", "replace_keeps_rest", "replace-is-complete", "A replacement keeps members that it does not contain.",
        "A PUT without an optional member keeps its value, although there is a PATCH.", f"{_HTTP}, section 9.3.4.",
        "Remove the member or set its default; offer PATCH for partial changes.",
        "PUT /tasks/7 without `note` keeps the note.",
    ),
    _code(
        "L125", "response_differs", "response-shows-the-change",
        "The response of a change does not show what is stored.",
        "The record has the new value, and the response of the change shows another.", _INFERRED,
        "Render the response after the change.", "PATCH responds with the record as it was before.",
    ),
    _code(
        "L130", "deleted_still_listed", "delete-is-final", "A deleted record is still in its list.",
        "A DELETE succeeded, and the list shows the record.", f"{_HTTP}, section 9.3.5.",
        "Check the query of the list and its cache.", "DELETE /things/7, then GET /things shows 7.",
    ),
    _code(
        "L131", "delete_removes_others", "delete-concerns-one-record", "A delete removes other records.",
        "The path names one record, and another one is gone.", _INFERRED,
        "Select by the identifier alone, and delete exactly one record.", "DELETE /things/7 removes all open things.",
    ),
    _code(
        "L132", "children_remain", "delete-removes-children", "The children of a deleted record are still shown.",
        "A path below a deleted record shows records.", _INFERRED,
        "Delete them too, or reject the DELETE with 409.", "DELETE /lists/1, and GET /lists/1/tasks shows tasks.",
    ),
    _code(
        "L133", "second_delete_fails", "delete-can-be-repeated", "A second delete is a server error.",
        "A DELETE of a record that is gone responds 5xx.", f"{_HTTP}, section 9.2.2.",
        "Respond 404 or 204.", "The second DELETE /things/7 responds 500.",
    ),
    _code(
        "L140", "limit_ignored", "limits-are-respected", "A page has more records than were asked for.",
        "The parameter for the size of a page has no effect, or its default has none.", _INFERRED,
        "Apply the limit.", "GET /things?limit=2 returns 20 things.",
    ),
    _code(
        "L141", "pages_overlap", "pages-are-disjoint", "Two pages show the same record.",
        "Paging through a list that does not change shows a record twice.", _INFERRED,
        "Check the offset; sort by a unique member.", "Page 2 begins with the last record of page 1.",
    ),
    _code(
        "L142", "pages_incomplete", "pages-are-complete", "Pages leave out records.",
        "All pages together show fewer records than the list.", _INFERRED,
        "Check the offset; sort by a unique member.", "Five things, and pages of 2 show four of them.",
    ),
    _code(
        "L143", "next_link_wrong", "links-lead-on", "The links of a list do not lead through all pages.",
        "Following the links or cursors of responses ends too early.", "RFC 8288; the links of the response.",
        "Return a link as long as there are records.", "The second page has no `next`, and there are three pages.",
    ),
    _code(
        "L144", "order_unstable", "order-is-stable", "A list changes its order.",
        "Two equal requests show the same records in different orders.", _INFERRED,
        "Always sort, last by a unique member.", "GET /things shows 1, 2, 3, then 2, 1, 3.",
    ),
    _code(
        "L145", "sort_wrong", "sort-sorts", "A list is not sorted as requested.",
        "The order of records does not follow the requested member or direction.", _INFERRED,
        "Sort by the member, numbers as numbers.", "GET /things?sort=-price shows 1, 5, 3.",
    ),
    _code(
        "L146", "filter_ignored", "filter-selects", "A filter shows records that do not match.",
        "A query parameter is named like a member, and records with another value are shown.", _INFERRED,
        "Apply the parameter, or remove it.", "GET /things?status=open shows closed things.",
    ),
    _code(
        "L147", "filter_incomplete", "filter-is-complete", "A filter leaves out records that match.",
        "A record has the value that was asked for, and is not shown.", _INFERRED,
        "Filter before the page is cut; compare values, not their text.", "GET /things?status=open lacks one.",
    ),
    _code(
        "L148", "search_wrong", "search-finds", "A search does not select by its words.",
        "A record with the word is not shown, or one without it is.", _INFERRED,
        "Search the text of records.", "GET /things?q=velora shows things without that word.",
    ),
    _code(
        "L150", "tag_unchanged", "etag-follows-the-record", "The ETag does not change with the record.",
        "A record was changed, and its ETag is the same.", f"{_HTTP}, section 8.8.3.",
        "Derive the ETag from all that is shown, or from a version.", 'PATCH /things/7, and the ETag is still "1".',
    ),
    _code(
        "L151", "not_modified_wrong", "if-none-match-works", "If-None-Match is not evaluated.",
        "A GET with the current ETag is not 304, or one with a former ETag is.", f"{_HTTP}, section 13.1.2.",
        "Compare with the current ETag.", "GET with its own ETag responds 200, and 304 is declared.",
    ),
    _code(
        "L152", "stale_write_accepted", "if-match-protects", "If-Match does not protect a record.",
        "A change with a former ETag succeeds, or one with the current ETag is rejected.", f"{_HTTP}, section 13.1.1.",
        "Compare before the change, and respond 412.", "PATCH with If-Match of an old ETag responds 200.",
    ),
    _code(
        "L153", "key_creates_twice", "idempotency-key-creates-once", "An idempotency key creates two records.",
        "The same request with the same key creates two records.", "draft-ietf-httpapi-idempotency-key-header.",
        "Store keys with their response.", "POST /things twice with one Idempotency-Key creates 7 and 8.",
    ),
    _code(
        "L160", "other_lists", "objects-have-owners", "A list shows records of another user.",
        "A second user sees in a list what the first one created.", "OWASP API Security 2023, API1.",
        "Select by the owner; pass --shared if records are common.", "Bram's GET /things shows Ada's.",
    ),
    _code(
        "L161", "other_changes", "objects-have-owners", "A user can change a record of another user.",
        "A change by a second user succeeds.", "OWASP API Security 2023, API1.",
        "Check the owner in every operation that takes an id.", "Bram's PATCH of Ada's thing responds 200.",
    ),
    _code(
        "L162", "other_deletes", "objects-have-owners", "A user can delete a record of another user.",
        "A delete by a second user succeeds, and the record is gone.", "OWASP API Security 2023, API1.",
        "Check the owner in every operation that takes an id.", "Bram's DELETE of Ada's thing responds 204.",
    ),
    _code(
        "L170", "read_changes", "reads-change-nothing", "A GET changes something.",
        "A record or its list differs after a GET or HEAD.", f"{_HTTP}, section 9.2.1.",
        "Use POST for what has effects.", "GET /things/7/preview marks it as published.",
    ),
    _code(
        "L171", "rejection_changes", "rejections-change-nothing", "A rejected request changes something.",
        "A request gets 4xx, and a record or its list differs after it.", _INFERRED,
        "Check everything before the first change, or undo it.", "An update with one invalid member stores the others.",
    ),
)  # fmt: skip
"""In order."""
