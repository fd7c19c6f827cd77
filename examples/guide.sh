#!/usr/bin/env bash
# The commands of the guides, in the order in which a front end needs them, against a running server:
#
#   examples/guide.sh [http://127.0.0.1:8080]
#
# Needs curl and jq. The address is new in each run, so it can be run again.
set -eu

API=${1:-http://127.0.0.1:8080}
EMAIL=ann-$(date +%s)-$$@example.com

say() { printf '\n%s\n' "$*"; }

curl --silent --fail "$API/v1/auth/signup" --header 'Content-Type: application/json' \
  --data '{"email": "'"$EMAIL"'", "password": "violet-kettle-harbour", "name": "Ann Keller"}' >/dev/null

say 'Signing in, and going on when the access token has expired.'
session=$(curl --silent "$API/v1/auth/login" --header 'Content-Type: application/json' \
  --data '{"email": "'"$EMAIL"'", "password": "violet-kettle-harbour"}')
TOKEN=$(jq -r .access_token <<<"$session")
curl --silent "$API/v1/auth/refresh" --header 'Content-Type: application/json' \
  --data "$(jq '{refresh_token}' <<<"$session")" | jq '{token_type, expires_in}'

ORG=$(curl --silent --fail "$API/v1/orgs" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"name": "Lantern Studio"}' | jq -r .slug)
curl --silent --fail "$API/v1/orgs/$ORG/projects" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"name": "Guide", "key": "GUIDE"}' >/dev/null
for title in 'Paint the fence' 'Oil the gate' 'Cut the hedge' 'Sweep the yard' 'Rake the leaves'; do
  curl --silent --fail "$API/v1/orgs/$ORG/projects/GUIDE/tasks" --header "Authorization: Bearer $TOKEN" \
    --header 'Content-Type: application/json' --data '{"title": "'"$title"'"}' >/dev/null
done

say 'Errors say what is wrong, and where.'
curl --silent "$API/v1/orgs/$ORG/projects/GUIDE/tasks" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"title": "", "due_at": "tomorrow"}' \
  | jq -c '.code, (.errors[] | {pointer, code})'
curl --silent "$API/v1/orgs/$ORG/tasks?limit=many" --header "Authorization: Bearer $TOKEN" \
  | jq -c '.code, (.errors[] | {pointer, parameter, code})'

say 'A list, two by two.'
page=$(curl --silent "$API/v1/orgs/$ORG/tasks?status=todo&limit=2" --header "Authorization: Bearer $TOKEN")
jq -r '.items[].title' <<<"$page"
while cursor=$(jq -er .next_cursor <<<"$page"); do
  page=$(curl --silent --get "$API/v1/orgs/$ORG/tasks?status=todo&limit=2" --data-urlencode "cursor=$cursor" \
    --header "Authorization: Bearer $TOKEN")
  jq -r '.items[].title' <<<"$page"
done

say 'A task that is due on a day, which ends in the time zone of the organization.'
curl --silent --request PATCH "$API/v1/orgs/$ORG" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"settings": {"time_zone": "Europe/Zurich"}}' | jq -c .settings.time_zone
curl --silent --request PATCH "$API/v1/orgs/$ORG/tasks/GUIDE-2" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"due_on": "2030-03-31"}' | jq -c '[.key, .due_at, .due_on]'

say 'A search.'
curl --silent --get "$API/v1/orgs/$ORG/search" --data-urlencode 'q=paint fence' --header "Authorization: Bearer $TOKEN" \
  | jq -r '.items[] | "\(.object.key)  \(.object.title)"'

say 'A change of the version that was read, and one that comes too late.'
task=$(curl --silent "$API/v1/orgs/$ORG/tasks/GUIDE-1" --header "Authorization: Bearer $TOKEN")
curl --silent --request PATCH "$API/v1/orgs/$ORG/tasks/GUIDE-1" --header "Authorization: Bearer $TOKEN" \
  --header "If-Match: \"$(jq .version <<<"$task")\"" --header 'Content-Type: application/json' \
  --data '{"status": "in_progress"}' | jq -c '{key, status, version}'
curl --silent --request PATCH "$API/v1/orgs/$ORG/tasks/GUIDE-1" --header "Authorization: Bearer $TOKEN" \
  --header "If-Match: \"$(jq .version <<<"$task")\"" --header 'Content-Type: application/json' \
  --data '{"status": "review"}' | jq -c '{code, current: .current | {key, status, version}}'

say 'A request that is sent twice, and done once.'
for attempt in first second; do
  curl --silent "$API/v1/orgs/$ORG/labels" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
    --header 'Idempotency-Key: 7a1c1f0e-2f5b-4a43-9d0a-8f8a3c1b5a11' --data '{"name": "Indoors"}' | jq -c '{name, version}'
done

say 'Several changes at once.'
curl --silent "$API/v1/orgs/$ORG/batch" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
  --header "Idempotency-Key: spring-$ORG" --data '{"operations": [
    {"method": "POST", "path": "/projects", "ref": "spring", "body": {"name": "Spring", "key": "SPRING"}},
    {"method": "POST", "path": "/projects/{spring}/tasks", "ref": "beds", "body": {"title": "Dig the beds"}},
    {"method": "POST", "path": "/projects/{spring}/tasks", "body": {"title": "Buy seeds", "parent_id": {"$ref": "beds"}}},
    {"method": "PATCH", "path": "/tasks/{beds}", "if_match": "1", "body": {"status": "in_progress"}}
  ]}' | jq -c '[.results[] | .status, .body.key]'

say 'Several tasks changed in the same way.'
curl --silent "$API/v1/orgs/$ORG/tasks/bulk" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
  --data '{"filter": {"project": ["SPRING"], "sort": ["number"]}, "patch": {"priority": "high", "due_on": "2030-04-30"}}' \
  | jq -c '[.results[] | .status, .task.key, .task.priority]'

say 'A comment, a reply, and a settled thread.'
comments="$API/v1/orgs/$ORG/tasks/GUIDE-1/comments"
comment=$(curl --silent "$comments" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
  --data '{"body": "Which color?"}' | jq -r .id)
curl --silent --output /dev/null "$comments" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
  --data '{"body": "Green, like the door.", "parent_id": "'"$comment"'"}'
curl --silent --output /dev/null --request PUT "$comments/$comment/resolved" --header "Authorization: Bearer $TOKEN"
curl --silent "$comments" --header "Authorization: Bearer $TOKEN" | jq -c '.items[] | {body, settled: (.resolved_at != null)}'

say 'A label, and the tasks that have it.'
label=$(curl --silent "$API/v1/orgs/$ORG/labels" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
  --data '{"name": "Outdoors", "color": "#2da44e"}' | jq -r .id)
curl --silent --request PUT "$API/v1/orgs/$ORG/tasks/GUIDE-1/labels/$label" --header "Authorization: Bearer $TOKEN" \
  | jq -c '[.labels[].name]'
curl --silent "$API/v1/orgs/$ORG/tasks?label=$label" --header "Authorization: Bearer $TOKEN" | jq -c '[.items[].key]'

say 'A change, undone, and done again.'
curl --silent --output /dev/null --request PATCH "$API/v1/orgs/$ORG/tasks/GUIDE-2" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"title": "Oil the hinges", "priority": "high"}'
for attempt in undo redo; do
  seq=$(curl --silent "$API/v1/orgs/$ORG/activity?limit=1" --header "Authorization: Bearer $TOKEN" | jq '.items[0].seq')
  curl --silent --request POST "$API/v1/orgs/$ORG/activity/$seq/undo" --header "Authorization: Bearer $TOKEN" \
    | jq -c '.entries[] | [.summary, .changes.title.to]'
done

say 'A copy, and what changed since.'
changes=$(curl --silent "$API/v1/orgs/$ORG/changes" --header "Authorization: Bearer $TOKEN")
SINCE=$(jq -r .next <<<"$changes")
curl --silent --request PATCH "$API/v1/orgs/$ORG/tasks/GUIDE-2" --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' --data '{"status": "done"}' >/dev/null
curl --silent --get "$API/v1/orgs/$ORG/changes" --data-urlencode "since=$SINCE" --header "Authorization: Bearer $TOKEN" \
  | jq -c '.items[] | [.kind, .object.key, .object.status]'

say 'An agent, with a token of its own.'
AGENT=$(curl --silent "$API/v1/me/tokens" --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \
  --data '{"name": "Helper", "scopes": ["read", "write"]}' | jq -r .token)
curl --silent "$API/mcp" --header "Authorization: Bearer $AGENT" --header 'Content-Type: application/json' \
  --header 'Accept: application/json, text/event-stream' --header 'MCP-Protocol-Version: 2025-11-25' \
  --data '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "comment",
    "arguments": {"organization": "'"$ORG"'", "task": "GUIDE-2", "body": "Oiled twice"}}}' \
  | jq -c '.result | .isError, .structuredContent.result.body'
curl --silent "$API/v1/orgs/$ORG/activity?limit=1" --header "Authorization: Bearer $TOKEN" | jq -r '.items[0].summary'

say 'What was done, as events. They go on coming; one second is enough here.'
ticket=$(curl --silent --request POST "$API/v1/orgs/$ORG/events/ticket" --header "Authorization: Bearer $TOKEN")
curl --silent --no-buffer --max-time 1 --get "$API/v1/orgs/$ORG/events" --data-urlencode last_event_id=0 \
  --data-urlencode "ticket=$(jq -r .ticket <<<"$ticket")" | sed -n 's/^data: //p' | jq -r .summary
