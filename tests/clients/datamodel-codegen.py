"""The story of story.ts with the models of datamodel-code-generator, and no client but the standard library's."""

import json
import sys
import urllib.error
import urllib.request

from generated.models import (
    Changes, ColumnChange, MemberChange, NewOrganization, NewProject, NewTask, Organization, OrganizationChange, Problem, ProblemCode, Project,
    ProjectChange, Session, SignupRequest, Task, TaskChange, TaskPage, TaskPatch, TaskPriority, TaskStatus,
)  # fmt: skip

URL, NAME = sys.argv[1:]
headers = {"Content-Type": "application/json"}


def call(method, path, body=None, answer=None):
    """The answer as its model, or a problem. A body says only what was set."""
    data = body and body.model_dump_json(exclude_unset=True).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            text = response.read()
            return answer and answer.model_validate_json(text)
    except urllib.error.HTTPError as error:
        return Problem.model_validate_json(error.read())


def named(change):
    match change:
        case OrganizationChange():
            return f"organization {change.object.name}"
        case MemberChange():
            return f"member {change.object.user.name}"
        case ProjectChange():
            return f"project {change.object.key}"
        case ColumnChange():
            return f"column {change.object.name}"
        case TaskChange():
            return f"task {change.object.key}" if change.object else "a task is gone"


person = SignupRequest(email=f"{NAME}@example.com", password="correct horse battery staple", name="Ann")
session = call("POST", "/v1/auth/signup", person, Session)
headers["Authorization"] = f"Bearer {session.access_token}"
org = call("POST", "/v1/orgs", NewOrganization(name="Lantern"), Organization)
taken = call("POST", "/v1/orgs", NewOrganization(name="Lantern", slug=org.slug), Organization)
assert isinstance(taken, Problem) and taken.code == ProblemCode.slug_taken, taken
here = f"/v1/orgs/{org.slug}"
call("POST", f"{here}/projects", NewProject(name="Website", key="WEB"), Project)
kept, lost = (
    call("POST", f"{here}/projects/WEB/tasks", NewTask(title=title, priority=TaskPriority.high), Task)
    for title in ["Paint the fence", "Sell the fence"]
)
assert kept.due_at is None
moved = call("PATCH", f"{here}/tasks/{kept.key}", TaskPatch(status=TaskStatus.review), Task)
filters = "status=review,done&assignee=none&overdue=false&sort=-priority,due_at&limit=10"
page = call("GET", f"{here}/tasks?{filters}", answer=TaskPage)
copy = call("GET", f"{here}/changes", answer=Changes)
call("DELETE", f"{here}/tasks/{lost.key}")
changes = call("GET", f"{here}/changes?since={copy.next}", answer=Changes)
told = {
    "status": moved.status.value,
    "version": moved.version,
    "listed": [task.key for task in page.items],
    "copy": [named(change.root) for change in copy.items],
    "since": [named(change.root) for change in changes.items],
}
print(json.dumps(told))
