"""Kubernetes in Python: namespaces, config maps, pods, deployments, services, secrets and custom resources."""

from kubernetes import client
from kubernetes.client import ApiException
from session import URL, check, equal, error, matches, step, to_the_end

configuration = client.Configuration()
configuration.host = URL
configuration.api_key = {"authorization": "Bearer locum"}
api = client.ApiClient(configuration)
core, apps, batch = client.CoreV1Api(api), client.AppsV1Api(api), client.BatchV1Api(api)
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
Meta = client.V1ObjectMeta


def status(code):
    return lambda problem: problem.status == code


def pages(list_, *args, limit=3):
    """Yield the items of each page, as kubectl does it with `continue`."""
    following = None
    while True:
        page = list_(*args, limit=limit, **({"_continue": following} if following else {}))
        yield from page.items
        following = page.metadata._continue if page.metadata else None
        if not following:
            return


with step("create a namespace"):
    made = core.create_namespace(client.V1Namespace(metadata=Meta(name="shop", labels={"team": "web"})))
    equal((made.api_version, made.kind), ("v1", "Namespace"), "apiVersion, kind")
    equal((made.metadata.name, made.metadata.labels), ("shop", {"team": "web"}), "name, labels")
    matches(made.metadata.uid, UUID, "uid")
    check(made.metadata.resource_version, "resourceVersion is missing")
    check(made.metadata.creation_timestamp, "creationTimestamp is missing")
with step("read the namespace"):
    seen = core.read_namespace("shop")
    equal((seen.kind, seen.metadata.name), ("Namespace", "shop"), "kind, name")
with step("the same namespace again is a conflict"):
    with error(ApiException, status(409), "expected 409"):
        core.create_namespace(client.V1Namespace(metadata=Meta(name="shop")))
with step("list namespaces by pages to the end, each once, the new one among them"):
    found = to_the_end(pages(core.list_namespace), lambda one: one.metadata.name)
    check("shop" in [one.metadata.name for one in found], "the new namespace is not in the list")
with step("a list is of its kind, and has a resourceVersion"):
    page = core.list_namespace()
    equal((page.api_version, page.kind), ("v1", "NamespaceList"), "apiVersion, kind")
    check(page.metadata.resource_version, "metadata.resourceVersion is missing")
with step("create a config map"):
    made = core.create_namespaced_config_map(
        "shop", client.V1ConfigMap(metadata=Meta(name="settings"), data={"colour": "blue", "size": "3"})
    )
    equal(
        (made.kind, made.metadata.name, made.metadata.namespace),
        ("ConfigMap", "settings", "shop"),
        "kind, name, namespace",
    )
    equal(made.data, {"colour": "blue", "size": "3"}, "data")
with step("read the config map"):
    seen = core.read_namespaced_config_map("settings", "shop")
    equal((seen.metadata.name, seen.data), ("settings", {"colour": "blue", "size": "3"}), "name, data")
with step("list the config maps of a namespace: only those of it"):
    found = core.list_namespaced_config_map("shop").items
    check("settings" in [one.metadata.name for one in found], "the new config map is not in the list")
    equal({one.metadata.namespace for one in found}, {"shop"}, "namespaces")
with step("a new config map is in the list of all namespaces"):
    found = core.list_config_map_for_all_namespaces().items
    check(
        ("shop", "settings") in [(one.metadata.namespace, one.metadata.name) for one in found], "it is not in the list"
    )
with step("patch the config map: other members stay"):
    seen = core.patch_namespaced_config_map("settings", "shop", {"data": {"colour": "red"}})
    equal(seen.data, {"colour": "red", "size": "3"}, "data")
with step("replace the config map"):
    body = core.read_namespaced_config_map("settings", "shop")
    body.data = {"only": "this"}
    equal(core.replace_namespaced_config_map("settings", "shop", body).data, {"only": "this"}, "data")
    equal(core.read_namespaced_config_map("settings", "shop").data, {"only": "this"}, "data")
with step("replacing what has changed since is a conflict"):
    old = core.read_namespaced_config_map("settings", "shop")
    core.patch_namespaced_config_map("settings", "shop", {"data": {"more": "1"}})
    with error(ApiException, status(409), "expected 409"):
        core.replace_namespaced_config_map("settings", "shop", old)
with step("create a secret: what was sent as data stands there"):
    made = core.create_namespaced_secret(
        "shop", client.V1Secret(metadata=Meta(name="key"), data={"token": "c2VjcmV0"}, type="Opaque")
    )
    equal((made.kind, made.data, made.type), ("Secret", {"token": "c2VjcmV0"}, "Opaque"), "kind, data, type")
with step("create a pod: it is pending, and keeps its containers"):
    container = client.V1Container(name="web", image="nginx:1.27", ports=[client.V1ContainerPort(container_port=80)])
    pod = client.V1Pod(
        metadata=Meta(name="web-0", labels={"app": "web"}), spec=client.V1PodSpec(containers=[container])
    )
    made = core.create_namespaced_pod("shop", pod)
    equal((made.api_version, made.kind, made.metadata.name), ("v1", "Pod", "web-0"), "apiVersion, kind, name")
    equal(
        (made.spec.containers[0].image, made.spec.containers[0].ports[0].container_port),
        ("nginx:1.27", 80),
        "container",
    )
    check(
        made.status and made.status.phase in {"Pending", "Running"}, f"phase is {made.status and made.status.phase!r}"
    )
with step("list pods by label"):
    found = core.list_namespaced_pod("shop", label_selector="app=web").items
    equal([one.metadata.name for one in found], ["web-0"], "names")
with step("list pods by a field"):
    found = core.list_namespaced_pod("shop", field_selector="metadata.name=web-0").items
    equal([one.metadata.name for one in found], ["web-0"], "names")
with step("read the log of a pod as text"):
    equal(type(core.read_namespaced_pod_log("web-0", "shop")), str, "type")
with step("create a deployment"):
    template = client.V1PodTemplateSpec(
        metadata=Meta(labels={"app": "web"}), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1DeploymentSpec(
        replicas=2, selector=client.V1LabelSelector(match_labels={"app": "web"}), template=template
    )
    made = apps.create_namespaced_deployment("shop", client.V1Deployment(metadata=Meta(name="web"), spec=spec))
    equal((made.api_version, made.kind, made.metadata.name), ("apps/v1", "Deployment", "web"), "apiVersion, kind, name")
    equal((made.spec.replicas, made.spec.template.spec.containers[0].name), (2, "web"), "replicas, container")
with step("scale the deployment"):
    seen = apps.patch_namespaced_deployment("web", "shop", {"spec": {"replicas": 5}})
    equal((seen.spec.replicas, seen.spec.selector.match_labels), (5, {"app": "web"}), "replicas, selector")
with step("read the scale of the deployment"):
    seen = apps.read_namespaced_deployment_scale("web", "shop")
    equal((seen.kind, seen.metadata.name, seen.spec.replicas), ("Scale", "web", 5), "kind, name, replicas")
with step("create a job"):
    spec = client.V1JobSpec(
        template=client.V1PodTemplateSpec(spec=client.V1PodSpec(containers=[container], restart_policy="Never"))
    )
    made = batch.create_namespaced_job("shop", client.V1Job(metadata=Meta(name="once"), spec=spec))
    equal((made.api_version, made.kind, made.metadata.name), ("batch/v1", "Job", "once"), "apiVersion, kind, name")
with step("create a service and delete it"):
    spec = client.V1ServiceSpec(selector={"app": "web"}, ports=[client.V1ServicePort(port=80)])
    made = core.create_namespaced_service("shop", client.V1Service(metadata=Meta(name="front"), spec=spec))
    equal(
        (made.kind, made.spec.ports[0].port, made.spec.selector),
        ("Service", 80, {"app": "web"}),
        "kind, port, selector",
    )
    core.delete_namespaced_service("front", "shop")
    with error(ApiException, status(404), "expected 404"):
        core.read_namespaced_service("front", "shop")
with step("generateName makes a name"):
    made = core.create_namespaced_config_map("shop", client.V1ConfigMap(metadata=Meta(generate_name="run-")))
    matches(made.metadata.name, r"run-\w{3,}", "name")
with step("an object of another kind is rejected"):
    loose = client.CustomObjectsApi(api)
    with error(ApiException, lambda problem: problem.status in {400, 422}, "expected 400 or 422"):
        loose.create_namespaced_custom_object("apps", "v1", "shop", "deployments", {"spec": {"replicas": "many"}})
with step("delete the config map: the answer is a Status of success"):
    gone = core.delete_namespaced_config_map("settings", "shop")
    equal((gone.get("kind"), gone.get("status")), ("Status", "Success"), "kind, status")
with step("reading what was deleted is 404 with a Status"):
    with error(ApiException, lambda problem: problem.status == 404 and '"Status"' in problem.body, "expected a Status"):
        core.read_namespaced_config_map("settings", "shop")
with step("deleting it again is 404"):
    with error(ApiException, status(404), "expected 404"):
        core.delete_namespaced_config_map("settings", "shop")
