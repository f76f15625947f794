"""Box in Python: folders, files with uploads and downloads, comments, web links, users, groups and collaborations."""

import hashlib
import io

from box_sdk_gen import (
    BaseUrls,
    BoxAPIError,
    BoxClient,
    BoxDeveloperTokenAuth,
    CreateCommentItem,
    CreateFolderParent,
    NetworkSession,
    UploadFileAttributes,
    UploadFileAttributesParentField,
)
from box_sdk_gen.managers.comments import CreateCommentItemTypeField
from box_sdk_gen.managers.web_links import CreateWebLinkParent
from session import URL, check, equal, error, have, matches, step, to_the_end

network = NetworkSession(base_urls=BaseUrls(base_url=URL, upload_url=f"{URL}/api", oauth_2_url=URL))
client = BoxClient(BoxDeveloperTokenAuth("locum"), network_session=network)


def status(code):
    return lambda problem: problem.response_info.status_code == code


def marked(list_, **options):
    """Yield the entries of each page, as the SDK's users do it with markers."""
    following = None
    while True:
        page = list_(limit=3, usemarker=True, marker=following, **options)
        yield from page.entries or []
        following = page.next_marker
        if not following:
            return


def counted(list_, **options):
    """Yield the entries of each page by offset, up to total_count."""
    offset = 0
    while True:
        page = list_(limit=3, offset=offset, **options)
        yield from page.entries or []
        offset += len(page.entries or [])
        if not page.entries or offset >= (page.total_count or 0):
            return


with step("the current user"):
    seen = client.users.get_user_me()
    equal(seen.type.value, "user", "type")
    check("@" in (seen.login or ""), f"login is {seen.login!r}")
with step("the root folder"):
    seen = client.folders.get_folder_by_id("0")
    equal((seen.id, seen.type.value), ("0", "folder"), "id, type")
with step("create a folder in the root folder"):
    made = client.folders.create_folder("Plans", CreateFolderParent(id="0"))
    have.folder = made.id
    matches(made.id, r"\d+")
    equal((made.type.value, made.name, made.parent.id), ("folder", "Plans", "0"), "type, name, parent")
with step("get the folder"):
    seen = client.folders.get_folder_by_id(have.folder)
    equal((seen.id, seen.name), (have.folder, "Plans"), "id, name")
with step("update the folder: its name stays"):
    seen = client.folders.update_folder_by_id(have.folder, description="All plans")
    equal((seen.name, seen.description), ("Plans", "All plans"), "name, description")
with step("the items of the root folder hold it, to the end, each once"):
    found = to_the_end(counted(client.folders.get_folder_items, folder_id="0"), lambda one: (one.type, one.id))
    check(have.folder in [one.id for one in found], "the new folder is not in the list")
with step("the items by markers, to the end"):
    found = to_the_end(marked(client.folders.get_folder_items, folder_id="0"), lambda one: (one.type, one.id))
    check(have.folder in [one.id for one in found], "the new folder is not in the list")
with step("upload a file"):
    attributes = UploadFileAttributes(name="plan.txt", parent=UploadFileAttributesParentField(id=have.folder))
    made = client.uploads.upload_file(attributes, io.BytesIO(b"one two three")).entries[0]
    have.file = made.id
    equal((made.type.value, made.name, made.size), ("file", "plan.txt", 13), "type, name, size")
    equal(made.parent.id, have.folder, "parent")
with step("the sha1 of the file is that of its content"):
    digest = hashlib.sha1(b"one two three").hexdigest()
    equal(client.files.get_file_by_id(have.file).sha_1, digest, "sha1")
with step("download the file"):
    equal(client.downloads.download_file(have.file).read(), b"one two three", "content")
with step("the folder holds the file"):
    found = client.folders.get_folder_items(have.folder).entries
    equal([(one.id, one.name) for one in found], [(have.file, "plan.txt")], "items")
with step("rename the file"):
    seen = client.files.update_file_by_id(have.file, name="plan-2.txt")
    equal((seen.id, seen.name), (have.file, "plan-2.txt"), "id, name")
with step("copy the file"):
    from box_sdk_gen.managers.files import CopyFileParent

    seen = client.files.copy_file(have.file, CopyFileParent(id="0"), name="copy.txt")
    equal((seen.type.value, seen.name, seen.parent.id), ("file", "copy.txt", "0"), "type, name, parent")
    check(seen.id != have.file, "the copy has the id of the file")
with step("fields choose members"):
    seen = client.files.get_file_by_id(have.file, fields=["name"])
    equal({"id", "type", "name"} & set(seen.raw_data or {}), {"id", "type", "name"}, "members")
    check("description" not in (seen.raw_data or {}), "description was not asked for")
with step("comment on the file"):
    item = CreateCommentItem(id=have.file, type=CreateCommentItemTypeField.FILE)
    made = client.comments.create_comment("Nice", item)
    have.comment = made.id
    equal((made.type.value, made.message, made.item.id), ("comment", "Nice", have.file), "type, message, item")
with step("the comments of the file"):
    found = to_the_end(counted(client.comments.get_file_comments, file_id=have.file), lambda one: one.id)
    check(have.comment in [one.id for one in found], "the new comment is not in the list")
with step("create a web link"):
    made = client.web_links.create_web_link("https://example.com/", CreateWebLinkParent(id=have.folder), name="Site")
    equal((made.type.value, made.url, made.name), ("web_link", "https://example.com/", "Site"), "type, url, name")
    equal(client.web_links.get_web_link_by_id(made.id).url, "https://example.com/", "url")
with step("create a user: active"):
    made = client.users.create_user("Ada Lovelace", login="ada@example.com")
    have.user = made.id
    equal((made.type.value, made.name, made.login), ("user", "Ada Lovelace", "ada@example.com"), "type, name, login")
    equal(made.status.value, "active", "status")
with step("list users by markers to the end, each once"):
    found = to_the_end(marked(client.users.get_users), lambda one: one.id)
    check(have.user in [one.id for one in found], "the new user is not in the list")
with step("create a group and a membership of it"):
    from box_sdk_gen.managers.memberships import CreateGroupMembershipGroup, CreateGroupMembershipUser

    group = client.groups.create_group("Engineers")
    equal((group.type.value, group.name), ("group", "Engineers"), "type, name")
    made = client.memberships.create_group_membership(
        CreateGroupMembershipUser(id=have.user), CreateGroupMembershipGroup(id=group.id)
    )
    equal((made.user.id, made.group.id, made.group.name), (have.user, group.id, "Engineers"), "user, group")
with step("a folder without a name is 400"):
    with error(BoxAPIError, status(400), "expected 400"):
        client.folders.create_folder(None, CreateFolderParent(id="0"))
with step("an unknown file is 404"):
    with error(BoxAPIError, status(404), "expected 404"):
        client.files.get_file_by_id("999999999999")
with step("delete the comment: it is 404 after"):
    client.comments.delete_comment_by_id(have.comment)
    with error(BoxAPIError, status(404), "expected 404"):
        client.comments.get_comment_by_id(have.comment)
with step("delete the file: it is 404 after"):
    client.files.delete_file_by_id(have.file)
    with error(BoxAPIError, status(404), "expected 404"):
        client.files.get_file_by_id(have.file)
with step("delete the folder: it is 404 after"):
    client.folders.delete_folder_by_id(have.folder, recursive=True)
    with error(BoxAPIError, status(404), "expected 404"):
        client.folders.get_folder_by_id(have.folder)
