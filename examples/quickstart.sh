#!/usr/bin/env bash
# From two sign-ups to a record of who did what, against a running server:
#
#   examples/quickstart.sh [http://127.0.0.1:8080]
#
# Needs curl and jq. The addresses are new in each run, so it can be run again.
set -euo pipefail

BASE=${1:-http://127.0.0.1:8080}
RUN=$(date +%s)-$$

# api TOKEN METHOD PATH [BODY] prints the answer's body; a refusal goes to standard error and ends the script.
api() {
  local answer status
  answer=$(curl --silent --show-error --request "$2" "$BASE$3" --write-out '\n%{http_code}' \
    ${1:+--header "Authorization: Bearer $1"} \
    ${4:+--header 'Content-Type: application/json' --data "$4"})
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [[ $status != 2?? ]]; then
    echo "$2 $3 answered $status: $answer" >&2
    return 1
  fi
  echo "$answer"
}

say() { printf '\n%s\n' "$*"; }

say 'Ann signs up and founds an organization; she is its owner.'
ann=$(api '' POST /v1/auth/signup \
  '{"email": "ann-'"$RUN"'@example.com", "password": "violet-kettle-harbour", "name": "Ann Keller"}')
ANN=$(jq -r .access_token <<<"$ann")
org=$(api "$ANN" POST /v1/orgs '{"name": "Lantern Studio"}')
ORG=$(jq -r .slug <<<"$org")
jq '{name, slug, role, can}' <<<"$org"

say 'She invites David. Without mail, the token comes back to her, this once, to pass on.'
invitation=$(api "$ANN" POST "/v1/orgs/$ORG/invitations" \
  '{"email": "david-'"$RUN"'@example.com", "role": "member"}')
jq '{email, role, state, expires_at}' <<<"$invitation"
TOKEN=$(jq -r .token <<<"$invitation")

say 'David signs up and accepts.'
david=$(api '' POST /v1/auth/signup \
  '{"email": "david-'"$RUN"'@example.com", "password": "copper-meadow-lantern", "name": "David Osei"}')
DAVID=$(jq -r .access_token <<<"$david")
DAVID_ID=$(jq -r .user.id <<<"$david")
api "$DAVID" POST /v1/invitations/accept '{"token": "'"$TOKEN"'"}' | jq '{name, role, can}'

say 'Ann makes a project and, in it, a task for David.'
api "$ANN" POST "/v1/orgs/$ORG/projects" '{"name": "Website", "key": "WEB"}' | jq '{key, name, visibility}'
task=$(api "$ANN" POST "/v1/orgs/$ORG/projects/WEB/tasks" \
  '{"title": "Write the home page", "priority": "high", "assignee_ids": ["'"$DAVID_ID"'"]}')
TASK=$(jq -r .key <<<"$task")
jq '{key, title, status, priority, assignees: [.assignees[].name]}' <<<"$task"

say 'She labels it, and David asks something about it.'
LABEL=$(api "$ANN" POST "/v1/orgs/$ORG/labels" '{"name": "Text", "color": "#2da44e"}' | jq -r .id)
api "$ANN" PUT "/v1/orgs/$ORG/tasks/$TASK/labels/$LABEL" | jq '{key, labels: [.labels[].name]}'
api "$DAVID" POST "/v1/orgs/$ORG/tasks/$TASK/comments" '{"body": "How long may it be?"}' | jq '{author: .author.name, body}'

say 'David finds it among his tasks and moves it through the statuses.'
api "$DAVID" GET "/v1/orgs/$ORG/tasks?assignee=me&status=todo" | jq -r '.items[] | "\(.key)  \(.title)"'
api "$DAVID" PATCH "/v1/orgs/$ORG/tasks/$TASK" '{"status": "in_progress"}' >/dev/null
api "$DAVID" PATCH "/v1/orgs/$ORG/tasks/$TASK" '{"status": "review"}' >/dev/null
api "$DAVID" PATCH "/v1/orgs/$ORG/tasks/$TASK" '{"status": "done"}' | jq '{key, status, completed_at}'

say 'Ann reads who did what, the newest first.'
activity=$(api "$ANN" GET "/v1/orgs/$ORG/activity")
jq -r '.items[] | "\(.at)  \(.summary)"' <<<"$activity"

jq --exit-status '.items[0].summary | endswith("from Review to Done")' <<<"$activity" >/dev/null
