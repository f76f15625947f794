"""docker in Python: containers, images, volumes, networks, and the engine itself."""

import docker
from docker.errors import APIError, NotFound
from session import URL, check, equal, error, have, matches, step

# the SDK appends `/v1.56`, which is the base path of the document
client = docker.DockerClient(base_url=URL.replace("http:", "tcp:"), version="1.56", timeout=15)

with step("ping"):
    equal(client.ping(), True, "ping")
with step("the version of the engine"):
    seen = client.version()
    check("ApiVersion" in seen and "Version" in seen, f"members are {sorted(seen)}")
with step("information about the engine"):
    seen = client.info()
    check(isinstance(seen["Containers"], int), "Containers is no number")
with step("create a container"):
    made = client.containers.create("nginx:1.27", name="web", command="nginx -g 'daemon off;'", labels={"team": "shop"})
    have.id = made.id
    matches(made.id, r"[0-9a-f]{64}")
    equal(made.name, "web", "name")
    equal(made.labels, {"team": "shop"}, "labels")
with step("the new container is created, of its image, with its command"):
    seen = client.containers.get(have.id)
    equal((seen.id, seen.status), (have.id, "created"), "id, status")
    equal(seen.attrs["Config"]["Image"], "nginx:1.27", "image")
    equal(seen.attrs["Config"]["Cmd"], ["nginx", "-g", "daemon off;"], "command")
with step("get the container by its name"):
    equal(client.containers.get("web").id, have.id, "id")
with step("start the container: it runs"):
    seen = client.containers.get(have.id)
    seen.start()
    seen.reload()
    equal(seen.status, "running", "status")
with step("list running containers: the new one is among them, each once"):
    found = client.api.containers()
    ids = [one["Id"] for one in found]
    check(have.id in ids, "the new container is not in the list")
    equal(len(set(ids)), len(ids), "ids")
    one = next(one for one in found if one["Id"] == have.id)
    equal((one["Names"], one["Image"], one["State"]), (["/web"], "nginx:1.27", "running"), "Names, Image, State")
with step("list through the object API, which inspects each container"):
    found = client.containers.list(all=True)
    check(have.id in [one.id for one in found], "the new container is not in the list")
with step("the logs of the container are bytes"):
    equal(type(client.containers.get(have.id).logs()), bytes, "type")
with step("execute a command in the container"):
    made = client.api.exec_create(have.id, ["ls", "/"])
    matches(made["Id"], r"[0-9a-f]{16,64}")
    seen = client.api.exec_inspect(made["Id"])
    equal((seen["ID"], seen["ContainerID"]), (made["Id"], have.id), "ID, ContainerID")
with step("the processes of the container"):
    seen = client.containers.get(have.id).top()
    check(seen["Titles"] and seen["Processes"], "Titles or Processes are empty")
with step("rename the container"):
    seen = client.containers.get(have.id)
    seen.rename("front")
    equal(client.containers.get("front").id, have.id, "id")
with step("pause the container"):
    seen = client.containers.get(have.id)
    seen.pause()
    seen.reload()
    equal(seen.status, "paused", "status")
with step("stop the container: it has exited"):
    seen = client.containers.get(have.id)
    seen.stop()
    seen.reload()
    equal(seen.status, "exited", "status")
with step("wait for the container: it has a status code"):
    equal(type(client.containers.get(have.id).wait()["StatusCode"]), int, "StatusCode")
with step("remove the container: it is not found after"):
    client.containers.get(have.id).remove()
    with error(NotFound):
        client.containers.get(have.id)
with step("an unknown container is not found"):
    with error(NotFound):
        client.containers.get("0" * 64)
with step("create a volume"):
    made = client.volumes.create("data", driver="local", labels={"keep": "yes"})
    equal(
        (made.name, made.attrs["Driver"], made.attrs["Labels"]),
        ("data", "local", {"keep": "yes"}),
        "name, driver, labels",
    )
with step("list volumes: the new one is among them"):
    check("data" in [one.name for one in client.volumes.list()], "the new volume is not in the list")
with step("read and remove the volume"):
    seen = client.volumes.get("data")
    equal(seen.attrs["Labels"], {"keep": "yes"}, "labels")
    seen.remove()
    with error(NotFound):
        client.volumes.get("data")
with step("create a network"):
    made = client.networks.create("back", driver="bridge", labels={"team": "shop"})
    have.network = made.id
    matches(made.id, r"[0-9a-f]{64}")
    seen = client.networks.get(have.network)
    equal(
        (seen.name, seen.attrs["Driver"], seen.attrs["Labels"]),
        ("back", "bridge", {"team": "shop"}),
        "name, driver, labels",
    )
with step("list networks: the new one is among them"):
    check(have.network in [one["Id"] for one in client.api.networks()], "the new network is not in the list")
with step("remove the network: it is not found after"):
    client.api.remove_network(have.network)
    with error(NotFound):
        client.networks.get(have.network)
with step("list images: each can be inspected, under its id"):
    found = client.api.images()
    check(found, "there is no image")
    for one in found[:3]:
        equal(client.api.inspect_image(one["Id"])["Id"], one["Id"], "Id")
with step("tag an image: it is found by the tag"):
    image = client.api.images()[0]["Id"]
    equal(client.api.tag(image, "shop/web", tag="1.0"), True, "response")
    check("shop/web:1.0" in client.api.inspect_image("shop/web:1.0")["RepoTags"], "the tag is not in RepoTags")
with step("the history of an image"):
    check(client.api.history(client.api.images()[0]["Id"]), "the history is empty")
with step("creating without an image is an error"):
    with error(APIError, lambda problem: problem.status_code in {400, 404}, "expected 400 or 404"):
        client.api._result(
            client.api._post(client.api._url("/containers/create"), data="{}", headers={"Content-Type": "text/plain"}),
            True,
        )
