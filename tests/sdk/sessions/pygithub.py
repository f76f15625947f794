"""PyGithub in Python: repositories, issues, labels, pull requests, organisations, gists and keys."""

from github import Auth, Github, GithubException, UnknownObjectException
from session import URL, check, equal, error, have, step, to_the_end

client = Github(
    auth=Auth.Token("ghp_locum"),
    base_url=URL,
    retry=None,
    timeout=15,
    per_page=4,
    seconds_between_requests=0,
    seconds_between_writes=0,
)

with step("me"):
    me = client.get_user()
    have.login = me.login
    check(isinstance(me.id, int), f"id is {me.id!r}")
with step("create a repository"):
    made = client.get_user().create_repo("orchard", description="Trees", private=True)
    have.name = made.full_name
    equal((made.name, made.description, made.private), ("orchard", "Trees", True), "name, description, private")
    equal(made.full_name, f"{have.login}/orchard", "full_name")
with step("get the repository by its full name"):
    seen = client.get_repo(f"{have.login}/orchard")
    equal((seen.name, seen.description), ("orchard", "Trees"), "name, description")
with step("edit the repository: other members stay"):
    seen = client.get_repo(f"{have.login}/orchard")
    seen.edit(description="All trees")
    equal((seen.description, seen.name), ("All trees", "orchard"), "description, name")
with step("my repositories to the end, each once"):
    found = to_the_end(client.get_user().get_repos(), lambda one: one.id)
    check("orchard" in [one.name for one in found], "the new repository is not in the list")
with step("create an issue with labels: open"):
    repo = client.get_repo(f"{have.login}/orchard")
    made = repo.create_issue("Rot", body="On one", labels=["bug"])
    have.number = made.number
    equal((made.title, made.body, made.state), ("Rot", "On one", "open"), "title, body, state")
    equal([one.name for one in made.labels], ["bug"], "labels")
with step("the user of the issue is me"):
    equal(client.get_repo(f"{have.login}/orchard").get_issue(have.number).user.login, have.login, "login")
with step("issues to the end, each once"):
    found = to_the_end(client.get_repo(f"{have.login}/orchard").get_issues(state="all"), lambda one: one.number)
    check(have.number in [one.number for one in found], "the new issue is not in the list")
with step("close the issue"):
    seen = client.get_repo(f"{have.login}/orchard").get_issue(have.number)
    seen.edit(state="closed")
    equal((seen.state, seen.title), ("closed", "Rot"), "state, title")
    check(seen.closed_at, "closed_at is null")
with step("comment on the issue"):
    seen = client.get_repo(f"{have.login}/orchard").get_issue(have.number)
    made = seen.create_comment("Cut it")
    equal(made.body, "Cut it", "body")
    equal(seen.get_comment(made.id).body, "Cut it", "body")
with step("assign the issue to me"):
    seen = client.get_repo(f"{have.login}/orchard").get_issue(have.number)
    seen.add_to_assignees(have.login)
    equal(
        [one.login for one in client.get_repo(f"{have.login}/orchard").get_issue(have.number).assignees],
        [have.login],
        "assignees",
    )
with step("create a milestone, and put the issue into it"):
    repo = client.get_repo(f"{have.login}/orchard")
    made = repo.create_milestone("Spring")
    equal((made.title, made.state), ("Spring", "open"), "title, state")
    seen = repo.get_issue(have.number)
    seen.edit(milestone=made)
    equal(repo.get_issue(have.number).milestone.title, "Spring", "milestone")
with step("create a file, and read it"):
    repo = client.get_repo(f"{have.login}/orchard")
    repo.create_file("apples.txt", "Add", "red\n")
    equal(repo.get_contents("apples.txt").decoded_content, b"red\n", "content")
with step("the branches have names and commits"):
    found = to_the_end(client.get_repo(f"{have.login}/orchard").get_branches(), lambda one: one.name)
    check(found[0].commit.sha, "sha is missing")
with step("a branch of the list is found by its name"):
    repo = client.get_repo(f"{have.login}/orchard")
    name = repo.get_branches()[0].name
    equal(repo.get_branch(name).name, name, "name")
with step("create a pull request, and list it"):
    repo = client.get_repo(f"{have.login}/orchard")
    made = repo.create_pull(base="main", head="topic", title="Graft", body="New")
    equal((made.title, made.state, made.merged), ("Graft", "open", False), "title, state, merged")
    check(
        made.number in [one.number for one in repo.get_pulls(state="open")], "the new pull request is not in the list"
    )
with step("create a gist, and read its file"):
    from github import InputFileContent

    made = client.get_user().create_gist(False, {"a.txt": InputFileContent("one")}, "Note")
    equal((made.description, made.files["a.txt"].content), ("Note", "one"), "description, content")
    equal(client.get_gist(made.id).files["a.txt"].content, "one", "content")
with step("add a key, list and delete it"):
    made = client.get_user().create_key("laptop", "ssh-ed25519 AAAA")
    equal((made.title, made.key), ("laptop", "ssh-ed25519 AAAA"), "title, key")
    check(made.id in [one.id for one in client.get_user().get_keys()], "the new key is not in the list")
    made.delete()
    check(made.id not in [one.id for one in client.get_user().get_keys()], "the deleted key is in the list")
with step("an organisation of mine is found by its login"):
    login = to_the_end(client.get_user().get_orgs())[0].login
    equal(client.get_organization(login).login, login, "login")
with step("the limits of the rate are numbers"):
    seen = client.get_rate_limit()
    check(isinstance(seen.resources.core.limit, int), "limit is no number")
with step("an unknown repository is not found"):
    with error(UnknownObjectException):
        client.get_repo(f"{have.login}/no-such-repository")
with step("an issue whose title is a list is an error"):
    with error(GithubException, lambda problem: problem.status == 422, "expected 422"):
        client.requester.requestJsonAndCheck("POST", f"/repos/{have.login}/orchard/issues", input={"title": ["no"]})
with step("delete the repository: it is not found after"):
    client.get_repo(f"{have.login}/orchard").delete()
    with error(UnknownObjectException):
        client.get_repo(f"{have.login}/orchard")
