"""Cohere in Python: chat with a stream, embeddings, rerank, tokens, datasets, connectors and models."""

import io

import cohere
from cohere.errors import BadRequestError, NotFoundError, UnprocessableEntityError
from session import URL, check, equal, error, have, step, to_the_end

client = cohere.ClientV2("locum", base_url=URL, timeout=15)

with step("chat: the answer is of the assistant, with text"):
    seen = client.chat(model="command-r", messages=[{"role": "user", "content": "Hello"}])
    equal(seen.message.role, "assistant", "role")
    check(seen.id and seen.message.content[0].text, "id or text is missing")
with step("chat as a stream: it begins, has text and ends"):
    events = list(client.chat_stream(model="command-r", messages=[{"role": "user", "content": "Hello"}]))
    types = [one.type for one in events]
    check(types and types[0] == "message-start" and types[-1] == "message-end", f"types are {types[:6]}")
with step("embeddings: one for each text, of the type that was asked for"):
    seen = client.embed(
        model="embed-v4.0", input_type="search_document", texts=["one", "two"], embedding_types=["float"]
    )
    equal(len(seen.embeddings.float_ or []), 2, "number of embeddings")
    check(all(isinstance(one, float) for one in seen.embeddings.float_[0]), "the embedding has other than numbers")
with step("rerank: indices of the documents, by falling score"):
    seen = client.rerank(model="rerank-v3.5", query="b", documents=["a", "b", "c"], top_n=2)
    equal(len(seen.results), 2, "number of results")
    check(all(0 <= one.index < 3 for one in seen.results), f"indices are {[one.index for one in seen.results]}")
    scores = [one.relevance_score for one in seen.results]
    equal(scores, sorted(scores, reverse=True), "scores")
with step("tokenize: whole numbers and as many texts"):
    seen = client.tokenize(text="hello there", model="command-r", offline=False)
    check(seen.tokens and len(seen.tokens) == len(seen.token_strings), "tokens and token_strings differ in number")
with step("detokenize: a text"):
    check(client.detokenize(tokens=[1, 2], model="command-r", offline=False).text, "text is empty")
with step("create a connector"):
    made = client.connectors.create(name="Docs", url="https://example.com/search", description="All docs").connector
    have.connector = made.id
    equal(
        (made.name, made.url, made.description),
        ("Docs", "https://example.com/search", "All docs"),
        "name, url, description",
    )
with step("get the connector"):
    seen = client.connectors.get(have.connector).connector
    equal((seen.id, seen.name), (have.connector, "Docs"), "id, name")
with step("update the connector: other members stay"):
    seen = client.connectors.update(have.connector, name="Papers").connector
    equal((seen.id, seen.name, seen.url), (have.connector, "Papers", "https://example.com/search"), "id, name, url")
with step("list connectors, the new one among them, and count them"):
    seen = client.connectors.list(limit=100)
    check(have.connector in [one.id for one in seen.connectors], "the new connector is not in the list")
    equal(seen.total_count, len(seen.connectors), "total_count")
with step("a page of connectors by limit and offset"):
    everything = [one.id for one in client.connectors.list(limit=100).connectors]
    equal([one.id for one in client.connectors.list(limit=2, offset=2).connectors], everything[2:4], "ids")
with step("delete the connector: it is not found after"):
    client.connectors.delete(have.connector)
    with error(NotFoundError):
        client.connectors.get(have.connector)
with step("create a dataset by uploading a file"):
    made = client.datasets.create(
        name="Reviews", type="embed-input", data=("reviews.csv", io.BytesIO(b"text\ngood\nbad\n"), "text/csv")
    )
    have.dataset = made.id
    check(made.id, "id is missing")
with step("get the dataset"):
    seen = client.datasets.get(have.dataset).dataset
    equal((seen.id, seen.name, seen.dataset_type), (have.dataset, "Reviews", "embed-input"), "id, name, dataset_type")
with step("list datasets, the new one among them, each once"):
    found = to_the_end(iter(client.datasets.list(limit=100).datasets), lambda one: one.id)
    check(have.dataset in [one.id for one in found], "the new dataset is not in the list")
with step("list datasets of a type: only those"):
    found = client.datasets.list(dataset_type="embed-input", limit=100).datasets
    equal({one.dataset_type for one in found}, {"embed-input"}, "types")
with step("create an embed job of the dataset"):
    made = client.embed_jobs.create(model="embed-english-v3.0", dataset_id=have.dataset, input_type="search_document")
    seen = client.embed_jobs.get(made.job_id)
    equal((seen.job_id, seen.input_dataset_id), (made.job_id, have.dataset), "job_id, input_dataset_id")
    check(seen.status in {"processing", "complete"}, f"status is {seen.status!r}")
with step("delete the dataset: it is not found after"):
    client.datasets.delete(have.dataset)
    with error(NotFoundError):
        client.datasets.get(have.dataset)
with step("list models to the end by page tokens, each once"):
    found, token = [], None
    for _ in range(40):
        page = client.models.list(page_size=3, **({"page_token": token} if token else {}))
        found += [one.name for one in page.models]
        token = page.next_page_token
        if not token:
            break
    check(found and not token, "the pages do not end")
    equal(len(set(found)), len(found), "different names")
    have.model = found[0]
with step("get a listed model by its name"):
    equal(client.models.get(have.model).name, have.model, "name")
with step("a chat without messages is an error"):
    with error((BadRequestError, UnprocessableEntityError)):
        client.rerank(model="rerank-v3.5", query="b", documents="none")
