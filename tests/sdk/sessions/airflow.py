"""Apache Airflow in Python: variables, connections, pools, DAGs and their runs."""

import airflow_client.client as airflow
from airflow_client.client.exceptions import ApiException, NotFoundException
from session import URL, check, equal, error, have, step, to_the_end

api = airflow.ApiClient(airflow.Configuration(host=URL, access_token="locum", retries=0))
variables, connections, pools = airflow.VariableApi(api), airflow.ConnectionApi(api), airflow.PoolApi(api)
dags, runs = airflow.DAGApi(api), airflow.DagRunApi(api)


def pages(list_, name, *above):
    """Yield the records of each page by offset, up to total_entries."""
    offset = 0
    while True:
        page = list_(*above, limit=3, offset=offset)
        found = getattr(page, name)
        yield from found
        offset += len(found)
        if not found or offset >= page.total_entries:
            return


with step("the version"):
    check(airflow.VersionApi(api).get_version().version, "version is missing")
with step("create a variable"):
    made = variables.post_variable(airflow.VariableBody(key="colour", value="blue", description="Of all"))
    equal((made.key, made.value, made.description), ("colour", "blue", "Of all"), "key, value, description")
with step("get the variable by its key"):
    seen = variables.get_variable("colour")
    equal((seen.key, seen.value), ("colour", "blue"), "key, value")
with step("a key that is taken is a conflict"):
    with error(ApiException, lambda problem: problem.status == 409, "expected 409"):
        variables.post_variable(airflow.VariableBody(key="colour", value="red"))
with step("update the variable"):
    seen = variables.patch_variable("colour", airflow.VariableBody(key="colour", value="red"))
    equal((seen.key, seen.value), ("colour", "red"), "key, value")
with step("list variables by offset to the end, each once"):
    found = to_the_end(pages(variables.get_variables, "variables"), lambda one: one.key)
    equal([one.value for one in found if one.key == "colour"], ["red"], "value in the list")
with step("delete the variable: it is not found after"):
    variables.delete_variable("colour")
    with error(NotFoundException):
        variables.get_variable("colour")
with step("create a connection"):
    made = connections.post_connection(
        airflow.ConnectionBody(connection_id="db", conn_type="postgres", host="db.example.com", port=5432)
    )
    equal(
        (made.connection_id, made.conn_type, made.host, made.port),
        ("db", "postgres", "db.example.com", 5432),
        "connection",
    )
with step("get the connection, and list it"):
    equal(connections.get_connection("db").host, "db.example.com", "host")
    found = to_the_end(pages(connections.get_connections, "connections"), lambda one: one.connection_id)
    check("db" in [one.connection_id for one in found], "the new connection is not in the list")
with step("update a part of the connection by update_mask"):
    body = airflow.ConnectionBody(connection_id="db", conn_type="postgres", port=5433)
    seen = connections.patch_connection("db", body, update_mask=["port"])
    equal((seen.port, seen.host), (5433, "db.example.com"), "port, host")
with step("delete the connection: it is not found after"):
    connections.delete_connection("db")
    with error(NotFoundException):
        connections.get_connection("db")
with step("create a pool: its slots are open"):
    made = pools.post_pool(airflow.PoolBody(name="small", slots=4))
    equal((made.name, made.slots), ("small", 4), "name, slots")
    equal((made.occupied_slots, made.open_slots), (0, 4), "occupied_slots, open_slots")
with step("get, list and delete the pool"):
    equal(pools.get_pool("small").slots, 4, "slots")
    check(
        "small" in [one.name for one in to_the_end(pages(pools.get_pools, "pools"))], "the new pool is not in the list"
    )
    pools.delete_pool("small")
    with error(NotFoundException):
        pools.get_pool("small")
with step("list DAGs by offset to the end, each once"):
    found = to_the_end(pages(dags.get_dags, "dags"), lambda one: one.dag_id)
    have.dag = found[0].dag_id
with step("get a listed DAG"):
    equal(dags.get_dag(have.dag).dag_id, have.dag, "dag_id")
with step("pause the DAG"):
    seen = dags.patch_dag(have.dag, airflow.DAGPatchBody(is_paused=True))
    equal((seen.dag_id, seen.is_paused), (have.dag, True), "dag_id, is_paused")
    equal(dags.get_dag(have.dag).is_paused, True, "is_paused")
with step("the total of a list is the number of its records"):
    page = dags.get_dags(limit=100)
    equal(page.total_entries, len(page.dags), "total_entries")
with step("trigger a run of the DAG: queued, of the DAG"):
    made = runs.trigger_dag_run(
        have.dag, airflow.TriggerDAGRunPostBody(dag_run_id="manual-1", logical_date=None, conf={"x": 1})
    )
    have.run = made.dag_run_id
    equal((made.dag_run_id, made.dag_id, made.conf), ("manual-1", have.dag, {"x": 1}), "dag_run_id, dag_id, conf")
    check(made.state in {"queued", "running"}, f"state is {made.state!r}")
with step("get the run"):
    seen = runs.get_dag_run(have.dag, have.run)
    equal((seen.dag_run_id, seen.dag_id), (have.run, have.dag), "dag_run_id, dag_id")
with step("list the runs of the DAG: only its own"):
    found = to_the_end(pages(runs.get_dag_runs, "dag_runs", have.dag), lambda one: one.dag_run_id)
    check(have.run in [one.dag_run_id for one in found], "the new run is not in the list")
    equal({one.dag_id for one in found}, {have.dag}, "dag ids")
with step("mark the run as failed"):
    equal(runs.patch_dag_run(have.dag, have.run, airflow.DAGRunPatchBody(state="failed")).state, "failed", "state")
with step("a pool with slots that are no number is 422"):
    with error(ApiException, lambda problem: problem.status == 422, "expected 422"):
        pools.post_pool(airflow.PoolBody.model_construct(name="bad", slots="many"))
with step("an unknown DAG is not found"):
    with error(NotFoundException):
        dags.get_dag("no-such-dag")
