"""Asana in Python: projects, tasks, subtasks, sections, tags, stories and attachments."""

import tempfile

import asana
from asana.rest import ApiException
from session import URL, check, equal, error, have, matches, step, to_the_end

configuration = asana.Configuration()
configuration.host, configuration.access_token = f"{URL}/api/1.0", "locum"
configuration.page_limit = 4
api = asana.ApiClient(configuration)
tasks, projects, sections = asana.TasksApi(api), asana.ProjectsApi(api), asana.SectionsApi(api)
tags, stories, users = asana.TagsApi(api), asana.StoriesApi(api), asana.UsersApi(api)
GID = r"\d+"


def gone(problem):
    return problem.status == 404


with step("the workspaces: each has a gid and is a workspace"):
    found = to_the_end(asana.WorkspacesApi(api).get_workspaces({}), lambda one: one["gid"])
    have.workspace = found[0]["gid"]
    matches(found[0]["gid"], GID, "gid")
    equal({one["resource_type"] for one in found}, {"workspace"}, "resource types")
with step("me is a user"):
    seen = users.get_user("me", {})
    have.me = seen["gid"]
    equal(seen["resource_type"], "user", "resource_type")
    check("@" in seen["email"], f"email is {seen['email']!r}")
with step("create a project"):
    made = projects.create_project({"data": {"name": "Launch", "notes": "All of it", "workspace": have.workspace}}, {})
    have.project = made["gid"]
    matches(made["gid"], GID, "gid")
    equal(
        (made["name"], made["notes"], made["resource_type"]),
        ("Launch", "All of it", "project"),
        "name, notes, resource_type",
    )
    equal(made["workspace"]["gid"], have.workspace, "workspace")
with step("update the project: other members stay"):
    seen = projects.update_project({"data": {"name": "Launch 2"}}, have.project, {})
    equal((seen["name"], seen["notes"]), ("Launch 2", "All of it"), "name, notes")
with step("create a task in the project"):
    body = {"name": "Write", "notes": "A page", "projects": [have.project], "assignee": have.me, "due_on": "2026-02-01"}
    made = tasks.create_task({"data": {**body, "workspace": have.workspace}}, {})
    have.task = made["gid"]
    matches(made["gid"], GID, "gid")
    equal((made["name"], made["notes"], made["due_on"]), ("Write", "A page", "2026-02-01"), "name, notes, due_on")
    equal((made["resource_type"], made["completed"]), ("task", False), "resource_type, completed")
with step("the projects and the assignee of the task are records"):
    seen = tasks.get_task(have.task, {})
    equal([one["gid"] for one in seen["projects"]], [have.project], "projects")
    equal((seen["assignee"]["gid"], seen["assignee"]["resource_type"]), (have.me, "user"), "assignee")
    equal(seen["projects"][0]["name"], "Launch 2", "name of the project")
with step("a task that is not completed has no completed_at"):
    equal(tasks.get_task(have.task, {})["completed_at"], None, "completed_at")
with step("list the tasks of the project: the new one is among them"):
    found = to_the_end(tasks.get_tasks_for_project(have.project, {}), lambda one: one["gid"])
    check(have.task in [one["gid"] for one in found], "the new task is not in the list")
    equal({one["resource_type"] for one in found}, {"task"}, "resource types")
with step("list projects by pages to the end, each once"):
    found = to_the_end(projects.get_projects({"workspace": have.workspace}), lambda one: one["gid"])
    check(have.project in [one["gid"] for one in found], "the new project is not in the list")
    equal({one["resource_type"] for one in found}, {"project"}, "resource types")
with step("opt_fields chooses members"):
    seen = tasks.get_task(have.task, {"opt_fields": "name,due_on"})
    equal(set(seen), {"gid", "name", "due_on"}, "members")
with step("complete the task: it has completed_at"):
    seen = tasks.update_task({"data": {"completed": True}}, have.task, {})
    equal((seen["completed"], seen["name"]), (True, "Write"), "completed, name")
    check(seen["completed_at"], "completed_at is null")
with step("create a subtask: its parent is the task"):
    made = tasks.create_subtask_for_task({"data": {"name": "Draft"}}, have.task, {})
    have.subtask = made["gid"]
    equal((made["name"], made["parent"]["gid"]), ("Draft", have.task), "name, parent")
with step("list the subtasks of the task"):
    found = to_the_end(tasks.get_subtasks_for_task(have.task, {}), lambda one: one["gid"])
    check(have.subtask in [one["gid"] for one in found], "the new subtask is not in the list")
with step("create a section in the project, and list it"):
    made = sections.create_section_for_project(have.project, {"body": {"data": {"name": "Doing"}}})
    have.section = made["gid"]
    equal((made["name"], made["resource_type"]), ("Doing", "section"), "name, resource_type")
    found = to_the_end(sections.get_sections_for_project(have.project, {}), lambda one: one["gid"])
    check(have.section in [one["gid"] for one in found], "the new section is not in the list")
with step("add the task to the section"):
    sections.add_task_for_section(have.section, {"body": {"data": {"task": have.task}}})
    found = to_the_end(tasks.get_tasks_for_section(have.section, {}), lambda one: one["gid"])
    check(have.task in [one["gid"] for one in found], "the task is not in the section")
with step("create a tag and add it to the task"):
    made = tags.create_tag({"data": {"name": "urgent", "workspace": have.workspace}}, {})
    equal((made["name"], made["resource_type"]), ("urgent", "tag"), "name, resource_type")
    tasks.add_tag_for_task({"data": {"tag": made["gid"]}}, have.task)
    seen = tasks.get_task(have.task, {})
    equal([one["gid"] for one in seen["tags"]], [made["gid"]], "tags")
with step("comment on the task"):
    made = stories.create_story_for_task({"data": {"text": "Good start"}}, have.task, {})
    have.story = made["gid"]
    equal((made["text"], made["resource_type"]), ("Good start", "story"), "text, resource_type")
    found = to_the_end(stories.get_stories_for_task(have.task, {}), lambda one: one["gid"])
    check(have.story in [one["gid"] for one in found], "the new comment is not in the list")
with step("upload an attachment"):
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(b"hello")
        file.flush()
        opts = {"resource_subtype": "asana", "file": file.name, "parent": have.task, "name": "hello.txt"}
        made = asana.AttachmentsApi(api).create_attachment_for_object(opts)
    equal((made["name"], made["resource_type"]), ("hello.txt", "attachment"), "name, resource_type")
with step("a task with a completed that is no boolean is an error"):
    with error(ApiException, lambda problem: problem.status == 400, "expected 400"):
        tasks.create_task({"data": {"name": "Bad", "completed": "perhaps"}}, {})
with step("an unknown task is not found"):
    with error(ApiException, gone, "expected 404"):
        tasks.get_task("9999999999999999", {})
with step("delete the task: the answer is empty, and it is not found after"):
    equal(tasks.delete_task(have.task), {}, "data")
    with error(ApiException, gone, "expected 404"):
        tasks.get_task(have.task, {})
with step("delete the project"):
    projects.delete_project(have.project)
    with error(ApiException, gone, "expected 404"):
        projects.get_project(have.project, {})
