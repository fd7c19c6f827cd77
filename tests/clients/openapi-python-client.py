"""The story of story.ts with the client of openapi-python-client."""

import json
import sys

from generated.python_client import AuthenticatedClient, Client
from generated.python_client.api.accounts import accounts_signup
from generated.python_client.api.changes import changes_list
from generated.python_client.api.organizations import orgs_create
from generated.python_client.api.projects import projects_create
from generated.python_client.api.tasks import tasks_create, tasks_delete, tasks_list, tasks_update
from generated.python_client.models import (
    ColumnChange, MemberChange, NewOrganization, NewProject, NewTask, OrganizationChange, Problem, ProblemCode, ProjectChange,
    SignupRequest, TaskChange, TaskPatch, TaskPriority, TaskSortKey, TaskStatus,
)  # fmt: skip

URL, NAME = sys.argv[1:]
PERSON = SignupRequest(email=f"{NAME}@example.com", password="correct horse battery staple", name="Ann")


def named(change):
    match change:
        case OrganizationChange():
            return f"organization {change.object_.name}"
        case MemberChange():
            return f"member {change.object_.user.name}"
        case ProjectChange():
            return f"project {change.object_.key}"
        case ColumnChange():
            return f"column {change.object_.name}"
        case TaskChange():
            return f"task {change.object_.key}" if change.object_ else "a task is gone"


session = accounts_signup.sync(client=Client(URL, raise_on_unexpected_status=True), body=PERSON)
client = AuthenticatedClient(URL, token=session.access_token, raise_on_unexpected_status=True)
org = orgs_create.sync(client=client, body=NewOrganization(name="Lantern"))
taken = orgs_create.sync(client=client, body=NewOrganization(name="Lantern", slug=org.slug))
assert isinstance(taken, Problem) and taken.code == ProblemCode.SLUG_TAKEN, taken
projects_create.sync(org.slug, client=client, body=NewProject(name="Website", key="WEB"))
kept, lost = (
    tasks_create.sync(org.slug, "WEB", client=client, body=NewTask(title=title, priority=TaskPriority.HIGH))
    for title in ["Paint the fence", "Sell the fence"]
)
assert kept.due_at is None
moved = tasks_update.sync(org.slug, kept.key, client=client, body=TaskPatch(status=TaskStatus.REVIEW))
page = tasks_list.sync(
    org.slug, client=client, status=[TaskStatus.REVIEW, TaskStatus.DONE], assignee=["none"], overdue=False,
    sort=[TaskSortKey.PRIORITY_DESC, TaskSortKey.DUE_AT], limit=10,
)  # fmt: skip
copy = changes_list.sync(org.slug, client=client)
tasks_delete.sync_detailed(org.slug, lost.key, client=client)
changes = changes_list.sync(org.slug, client=client, since=copy.next_)
told = {
    "status": moved.status,
    "version": moved.version,
    "listed": [task.key for task in page.items],
    "copy": [named(change) for change in copy.items],
    "since": [named(change) for change in changes.items],
}
print(json.dumps(told))
