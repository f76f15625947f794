"""The known defects of stock Connexion 3.3, and the test that shows that locum does not have them.

The defects were found by running it (docs/decisions/0001-one-pass-inside-connexion.md). The tests
are in the modules of their subjects.
"""

from __future__ import annotations

import importlib

import pytest

# Requests that cause a 500.
SERVER_ERRORS = {
    "any value of a query parameter with anyOf, oneOf, allOf or no type": "parameters.query_parameters_are_read_by_their_style_and_schema",
    "a form field with anyOf": "forms.a_form_field_has_the_type_of_its_schema",
    "'.' or '-' for a number in the path": "parameters.path_parameters_are_read_by_their_style_and_schema",
    "an integer of more than 4,300 digits in the path": "paths.an_invalid_integer_in_the_path_is_rejected_with_a_declared_status",
    "a JSON body that is not UTF-8": "bodies.json_that_is_not_utf_8_is_rejected",
    "an unknown charset": "bodies.media_types_are_matched_in_any_case_and_with_parameters",
    "Application/JSON in capitals": "bodies.media_types_are_matched_in_any_case_and_with_parameters",
    "Content-Type: foo on a GET": "bodies.an_undeclared_body_is_ignored",
    "a multipart form without a boundary": "forms.a_multipart_form_that_cannot_be_read_is_malformed",
    "a Content-Length that is not a number": "bodies.an_invalid_content_length_is_never_a_500",
    "any request, where a path parameter has content or a list of types": "openapi_31.parameters_support_type_lists_and_prefix_items",
    "a pattern of ECMA 262 that Python cannot read": "schemas.valid_values_are_accepted_in_requests_and_responses",
    "any request, where an operation has no operationId": "documents_as_written.an_operation_id_is_not_required",
}
# Requests and responses that are validated incorrectly.
VALIDATION = {
    "an absent optional body is rejected": "bodies.an_optional_body_may_be_absent",
    "a chunked body is rejected": "bodies.a_chunked_body_is_accepted",
    "typed header parameters always fail": "parameters.header_parameters_are_read_by_their_schema",
    "typed cookie parameters always fail": "parameters.cookie_parameters_are_read_by_their_schema",
    "'; charset=x' with the usual space is ignored": "bodies.media_types_are_matched_in_any_case_and_with_parameters",
    "a required readOnly property is required in requests": "one_way_properties.read_only_properties_are_not_required_in_requests",
    "a readOnly property in a request is accepted": "one_way_properties.a_read_only_property_in_a_request_is_rejected",
    "a required writeOnly property is required in responses": "one_way_properties.write_only_properties_are_not_required_in_responses",
    "format: uuid is never checked": "schemas.invalid_values_are_rejected_in_requests_and_responses",
    "a text that ends in a newline fits ^...$": "schemas.invalid_values_are_rejected_in_requests_and_responses",
    "NaN is accepted and sent back": "bodies.nan_and_infinity_are_rejected",
    "application/x-ndjson is taken for JSON": "bodies.a_body_of_another_media_type_reaches_the_handler_as_bytes",
    "a 204 has a content type": "methods.a_response_without_content_has_neither_body_nor_content_type",
    "two declared media types and a mapping are a 500": "negotiation.the_media_type_with_the_highest_quality_is_sent",
    "an operation's own parameter does not override its path's": "parameters_together.an_operations_own_parameters_override_those_of_its_path",
    "an undeclared status passes": "handler_responses.a_response_that_breaks_the_contract_is_never_sent",
    "a wrong body under 4XX passes": "handler_responses.a_response_that_breaks_the_contract_is_never_sent",
    "a wrong response header passes": "handler_responses.a_response_that_breaks_the_contract_is_never_sent",
    "a response of an error handler is not validated": "failures.a_rendered_error_that_breaks_its_schema_is_never_sent",
    "the keywords of OpenAPI 3.1 are ignored": "openapi_31.invalid_values_are_rejected_in_requests_and_responses",
}
# Incorrect routing.
ROUTES = {
    "Allow lists the methods of one route only": "methods.options_and_405_name_every_method_of_the_path",
    "a trailing slash is redirected": "paths.an_unknown_path_is_404_without_a_redirect",
    "text for an integer in the path is 404 before authentication": "order_of_checks.the_first_failing_check_determines_the_error",
    "/users/me after /users/{id} is never reached": "paths.a_concrete_path_takes_precedence_over_a_templated_one_declared_before_it",
    "of three documents on one base path the middle one is 404": "several_documents.many_documents_share_a_base_path",
    "a base path /api shadows another's /api/keys": "several_documents.nested_base_paths_are_both_served",
    "a document at the root loses its paths under another's base": "several_documents.a_document_at_the_root_keeps_its_paths_below_anothers_base",
    "one path with methods in two documents is 405": "several_documents.one_path_can_have_methods_in_two_documents",
    "equal operationIds in two documents collide": "several_documents.each_document_has_its_own_error_format_schemas_and_security",
    "a relative server URL is no mount": "several_documents.a_document_is_served_below_the_path_of_its_first_server",
    "/ui and /openapi.json shadow paths of the API": "paths.paths_such_as_ui_and_openapi_json_belong_to_the_api",
}
# Unsupported documents, handlers and security.
DOCUMENTS_AND_HANDLERS = {
    "OpenAPI 3.1 is not loaded": "openapi_31.valid_values_are_accepted_in_requests_and_responses",
    "{{ x }} in a description or an example is rendered": "documents_as_written.braces_in_an_example_survive",
    "YAML dates become dates": "documents_as_written.texts_that_look_like_dates_or_numbers_stay_texts",
    "a property named $ref crashes the loading": "schemas.valid_values_are_accepted_in_requests_and_responses",
    "an anchor and a recursive schema crash the loading": "documents_as_written.a_recursive_schema_beside_an_anchor_is_served",
    "the document of a recursive schema is a 500": "documents_as_written.a_recursive_document_is_served_as_json_with_its_references",
    "a broken document starts, and every request is a 500": "documents_as_written.a_document_with_problems_is_served_and_they_are_reported",
    "an error handler cannot see the operation under uvicorn": "failures.a_handler_that_raises_is_a_500_in_the_apis_error_format",
    "an error of the router does not have the error format of the contract": "failures.an_error_is_rendered_in_the_apis_format_with_its_violations",
    "a parameter named id reaches the handler as id_": "several_documents.one_path_template_can_have_two_spellings",
    "a bearer scheme without a function rejects every request": "security.the_declared_credentials_are_accepted",
    "Prefer is honoured before authentication": "order_of_checks.a_preference_requires_authentication",
}
EVERY = SERVER_ERRORS | VALIDATION | ROUTES | DOCUMENTS_AND_HANDLERS


@pytest.mark.parametrize("defect", EVERY)
def test_every_defect_has_its_test(defect):
    module, _, fact = EVERY[defect].partition(".")

    assert callable(getattr(importlib.import_module(f"tests.wire.test_{module}"), f"test_{fact}", None)), EVERY[defect]
