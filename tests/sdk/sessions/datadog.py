"""Datadog in Python: monitors, dashboards, downtimes, SLOs, users and notebooks."""

import contextlib

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.downtimes_api import DowntimesApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi
from datadog_api_client.v1.api.users_api import UsersApi
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.dashboard_layout_type import DashboardLayoutType
from datadog_api_client.v1.model.downtime import Downtime
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_type import MonitorType
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest
from datadog_api_client.v1.model.service_level_objective_request import ServiceLevelObjectiveRequest
from datadog_api_client.v1.model.slo_threshold import SLOThreshold
from datadog_api_client.v1.model.slo_timeframe import SLOTimeframe
from datadog_api_client.v1.model.slo_type import SLOType
from datadog_api_client.v1.model.user import User
from session import URL, check, equal, error, have, matches, step, to_the_end

configuration = Configuration(api_key={"apiKeyAuth": "locum", "appKeyAuth": "locum"})
configuration.server_index, configuration.server_variables = (
    1,
    {"name": URL.removeprefix("http://"), "protocol": "http"},
)
configuration.enable_retry = False
api = ApiClient(configuration)
monitors, dashboards, downtimes = MonitorsApi(api), DashboardsApi(api), DowntimesApi(api)
objectives, users = ServiceLevelObjectivesApi(api), UsersApi(api)
QUERY = "avg(last_5m):avg:system.load.1{*} > 4"

with step("create a monitor"):
    made = monitors.create_monitor(
        Monitor(
            name="Load", type=MonitorType("metric alert"), query=QUERY, message="High", tags=["team:web"], priority=3
        )
    )
    have.monitor = made.id
    check(isinstance(made.id, int), f"id is {made.id!r}")
    equal((made.name, str(made.type), made.query), ("Load", "metric alert", QUERY), "name, type, query")
    equal((list(made.tags), made.message, made.priority), (["team:web"], "High", 3), "tags, message, priority")
with step("get the monitor"):
    seen = monitors.get_monitor(have.monitor)
    equal((seen.id, seen.name), (have.monitor, "Load"), "id, name")
with step("update the monitor: other members stay"):
    seen = monitors.update_monitor(have.monitor, MonitorUpdateRequest(name="Load 2"))
    equal((seen.name, seen.message), ("Load 2", "High"), "name, message")
with step("list monitors to the end by the SDK's pagination, each once"):
    found = to_the_end(monitors.list_monitors_with_pagination(page_size=3), lambda one: one.id)
    check(have.monitor in [one.id for one in found], "the new monitor is not in the list")
with step("list monitors by a name"):
    found = monitors.list_monitors(name="Load 2")
    equal([one.id for one in found], [have.monitor], "ids")
with step("delete the monitor: it is not found after"):
    equal(monitors.delete_monitor(have.monitor).deleted_monitor_id, have.monitor, "deleted_monitor_id")
    with error(NotFoundException):
        monitors.get_monitor(have.monitor)
with step("create a dashboard"):
    made = dashboards.create_dashboard(
        Dashboard(title="Web", layout_type=DashboardLayoutType.ORDERED, widgets=[], description="All")
    )
    have.dashboard = made.id
    equal(
        (made.title, str(made.layout_type), made.description),
        ("Web", "ordered", "All"),
        "title, layout_type, description",
    )
    check(made.created_at and made.author_handle, "created_at or author_handle is missing")
with step("get the dashboard"):
    seen = dashboards.get_dashboard(have.dashboard)
    equal((seen.id, seen.title), (have.dashboard, "Web"), "id, title")
with step("list dashboards, the new one among them, each once"):
    found = to_the_end(iter(dashboards.list_dashboards().dashboards), lambda one: one.id)
    check(have.dashboard in [one.id for one in found], "the new dashboard is not in the list")
with step("delete the dashboard: it is not found after"):
    equal(dashboards.delete_dashboard(have.dashboard).deleted_dashboard_id, have.dashboard, "deleted_dashboard_id")
    with error(NotFoundException):
        dashboards.get_dashboard(have.dashboard)
with step("create a downtime: active or not yet, and not cancelled"):
    made = downtimes.create_downtime(Downtime(scope=["env:prod"], message="Work", start=1900000000, end=1900003600))
    have.downtime = made.id
    equal(
        (list(made.scope), made.message, made.start, made.end),
        (["env:prod"], "Work", 1900000000, 1900003600),
        "scope, message, start, end",
    )
    equal(made.get("canceled") or None, None, "canceled")
with step("list downtimes, the new one among them"):
    check(have.downtime in [one.id for one in downtimes.list_downtimes()], "the new downtime is not in the list")
with step("cancel the downtime"):
    downtimes.cancel_downtime(have.downtime)
    with contextlib.suppress(NotFoundException):
        check(downtimes.get_downtime(have.downtime).get("canceled"), "canceled is null")
with step("create an SLO"):
    watched = monitors.create_monitor(Monitor(name="Up", type=MonitorType("metric alert"), query=QUERY))
    request = ServiceLevelObjectiveRequest(
        name="Up", type=SLOType.MONITOR, monitor_ids=[watched.id], tags=["team:web"],
        thresholds=[SLOThreshold(target=99.9, timeframe=SLOTimeframe.SEVEN_DAYS)],
    )  # fmt: skip
    made = objectives.create_slo(request).data[0]
    have.slo = made.id
    equal((made.name, str(made.type), list(made.tags)), ("Up", "monitor", ["team:web"]), "name, type, tags")
    equal((made.thresholds[0].target, str(made.thresholds[0].timeframe)), (99.9, "7d"), "threshold")
with step("get the SLO"):
    seen = objectives.get_slo(have.slo).data
    equal((seen.id, seen.name), (have.slo, "Up"), "id, name")
with step("list SLOs to the end by the SDK's pagination, each once"):
    found = to_the_end(objectives.list_slos_with_pagination(limit=3), lambda one: one.id)
    check(have.slo in [one.id for one in found], "the new SLO is not in the list")
with step("delete the SLO: it is not found after"):
    equal(list(objectives.delete_slo(have.slo).data), [have.slo], "data")
    with error(NotFoundException):
        objectives.get_slo(have.slo)
with step("create a user"):
    made = users.create_user(User(handle="ada@example.com", email="ada@example.com", name="Ada")).user
    equal((made.handle, made.name), ("ada@example.com", "Ada"), "handle, name")
    equal(made.get("disabled") or False, False, "disabled")
with step("get the user by the handle"):
    equal(users.get_user("ada@example.com").user.name, "Ada", "name")
with step("disable the user"):
    matches(users.disable_user("ada@example.com").message, r".+", "message")
    equal(users.get_user("ada@example.com").user.disabled, True, "disabled")
with step("a monitor without a query is an error"):
    with error(ApiException, lambda problem: problem.status == 400, "expected 400"):
        unchecked = Monitor(name="None", type=MonitorType("metric alert"), query=QUERY)
        del unchecked._data_store["query"]
        monitors.create_monitor(unchecked)
with step("an unknown monitor is not found"):
    with error(NotFoundException):
        monitors.get_monitor(999999999)
