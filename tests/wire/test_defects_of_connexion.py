"""Every defect of stock Connexion 3.3 that was found, and the test that holds locum to better.

The defects were found by running it (docs/decisions/0001-one-pass-inside-connexion.md). Here is
the whole list; the tests stand with what they are about.
"""

from __future__ import annotations

import importlib

import pytest

# Client input that it answers with 500.
SERVER_ERRORS = {
    "any value of a query parameter with anyOf, oneOf, allOf or no type": "parameters.a_query_parameter_is_read_as_its_style_and_schema_say",
    "a form field with anyOf": "forms.a_field_has_the_type_that_its_schema_asks_for",
    "'.' or '-' for a number in the path": "parameters.a_path_parameter_is_read_as_its_style_and_schema_say",
    "an integer of more than 4,300 digits in the path": "paths.what_is_no_integer_is_refused_with_the_status_that_is_declared",
    "a JSON body that is not UTF-8": "bodies.json_that_is_not_utf_8_is_refused",
    "an unknown charset": "bodies.a_media_type_is_known_in_any_case_and_with_parameters",
    "Application/JSON in capitals": "bodies.a_media_type_is_known_in_any_case_and_with_parameters",
    "Content-Type: foo on a GET": "bodies.a_body_that_no_operation_declares_is_let_be",
    "a multipart form without a boundary": "forms.a_multipart_form_that_cannot_be_read_is_malformed",
    "a Content-Length that is no number": "bodies.a_length_that_is_no_number_is_never_a_500",
    "any request, where a path parameter has content or a list of types": "openapi_31.parameters_take_type_lists_and_prefix_items",
    "a pattern of ECMA 262 that Python cannot read": "schemas.what_fits_its_schema_passes_both_ways",
    "any request, where an operation has no operationId": "documents_as_written.operations_need_no_operation_id",
}
# Requests and answers that it judges wrongly.
VERDICTS = {
    "an absent optional body is refused": "bodies.an_optional_body_may_be_absent",
    "a body in chunks is refused": "bodies.a_body_in_chunks_is_a_body",
    "typed header parameters always fail": "parameters.a_header_parameter_is_read_as_its_schema_says",
    "typed cookie parameters always fail": "parameters.a_cookie_parameter_is_read_as_its_schema_says",
    "'; charset=x' with the usual space is ignored": "bodies.a_media_type_is_known_in_any_case_and_with_parameters",
    "a required readOnly property is asked for in requests": "one_way_properties.a_request_needs_no_read_only_property",
    "a readOnly property in a request is accepted": "one_way_properties.a_read_only_property_in_a_request_is_refused",
    "a required writeOnly property is asked for in answers": "one_way_properties.an_answer_needs_no_write_only_property",
    "format: uuid is never checked": "schemas.what_breaks_its_schema_passes_neither_way",
    "a text that ends in a newline fits ^...$": "schemas.what_breaks_its_schema_passes_neither_way",
    "NaN is accepted and sent back": "bodies.what_no_number_can_hold_is_refused",
    "application/x-ndjson is taken for JSON": "bodies.what_locum_cannot_read_reaches_the_handler_as_bytes",
    "a 204 has a content type": "methods.an_answer_without_content_has_neither_body_nor_its_type",
    "two declared media types and a mapping are a 500": "negotiation.the_best_liked_media_type_is_sent",
    "an operation's own parameter does not override its path's": "parameters_together.an_operations_own_parameters_override_those_of_its_path",
    "an undeclared status passes": "answers.a_wrong_answer_never_leaves",
    "a wrong body under 4XX passes": "answers.a_wrong_answer_never_leaves",
    "a wrong response header passes": "answers.a_wrong_answer_never_leaves",
    "a refusal of an error handler is not validated": "failures.words_for_a_refusal_that_break_their_shape_never_leave",
    "the keywords of OpenAPI 3.1 are ignored": "openapi_31.what_breaks_its_schema_passes_neither_way",
}
# Routes that it gets wrong.
ROUTES = {
    "Allow lists the methods of one route only": "methods.options_and_405_name_every_method_of_the_path",
    "a trailing slash is redirected": "paths.another_path_is_not_found_and_nobody_is_sent_elsewhere",
    "text for an integer in the path is 404 before authentication": "order.what_is_judged_first_is_told_first",
    "/users/me after /users/{id} is never reached": "paths.a_concrete_path_beats_a_templated_one_that_is_declared_before_it",
    "of three documents on one base path the middle one is 404": "several_documents.many_documents_share_a_base_path",
    "a base path /api shadows another's /api/keys": "several_documents.a_base_path_within_another_is_served_as_is_the_other",
    "a document at the root loses its paths under another's base": "several_documents.a_document_at_the_root_keeps_its_paths_below_anothers_base",
    "one path with methods in two documents is 405": "several_documents.one_path_may_have_methods_in_two_documents",
    "equal operationIds in two documents collide": "several_documents.each_document_has_its_own_words_schemas_and_security",
    "a relative server URL is no mount": "several_documents.a_document_is_served_below_the_path_of_its_first_server",
    "/ui and /openapi.json shadow paths of the API": "paths.paths_that_a_framework_may_take_for_itself_belong_to_the_api",
}
# Documents, handlers and security that it cannot take.
DOCUMENTS_AND_HANDLERS = {
    "OpenAPI 3.1 is not loaded": "openapi_31.what_fits_its_schema_passes_both_ways",
    "{{ x }} in a description or an example is rendered": "documents_as_written.braces_in_an_example_survive",
    "YAML dates become dates": "documents_as_written.what_looks_like_a_date_or_a_number_to_yaml_stays_text",
    "a property named $ref crashes the loading": "schemas.what_fits_its_schema_passes_both_ways",
    "an anchor and a recursive schema crash the loading": "documents_as_written.a_recursive_schema_beside_an_anchor_is_served",
    "the document of a recursive schema is a 500": "documents_as_written.a_recursive_document_is_given_out_as_json_with_its_references",
    "a broken document starts, and every request is a 500": "documents_as_written.a_document_with_problems_is_served_and_they_are_reported",
    "an error handler cannot see the operation under uvicorn": "failures.a_handler_that_raises_is_a_500_in_the_apis_own_shape",
    "a refusal of a router is in no shape of the contract's": "failures.a_refusal_is_said_in_the_apis_own_shape_with_its_violations",
    "a parameter named id reaches the handler as id_": "several_documents.one_template_may_have_two_spellings",
    "a bearer scheme without a function refuses everybody": "security.the_declared_credentials_are_enough",
    "Prefer is honoured before authentication": "order.an_answer_is_asked_for_only_by_who_is_signed_in",
}
EVERY = SERVER_ERRORS | VERDICTS | ROUTES | DOCUMENTS_AND_HANDLERS


@pytest.mark.parametrize("defect", EVERY)
def test_every_defect_has_its_test(defect):
    module, _, fact = EVERY[defect].partition(".")

    assert callable(getattr(importlib.import_module(f"tests.wire.test_{module}"), f"test_{fact}", None)), EVERY[defect]
