#!/usr/bin/env bash
# What a front end asks for to show a board, against a running server:
#
#   examples/board.sh [http://127.0.0.1:8080]
#
# Needs curl and jq. The address is new in each run, so it can be run again.
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

session=$(api '' POST /v1/auth/signup \
  '{"email": "ann-'"$RUN"'@example.com", "password": "violet-kettle-harbour", "name": "Ann Keller"}')
ANN=$(jq -r .access_token <<<"$session")
ANN_ID=$(jq -r .user.id <<<"$session")
ORG=$(api "$ANN" POST /v1/orgs '{"name": "Lantern Studio"}' | jq -r .slug)
api "$ANN" POST "/v1/orgs/$ORG/projects" '{"name": "Website", "key": "WEB"}' >/dev/null
for title in 'Write the home page' 'Draw the icons' 'Choose a font' 'Take photos' 'Ask the printer'; do
  api "$ANN" POST "/v1/orgs/$ORG/projects/WEB/tasks" '{"title": "'"$title"'"}' >/dev/null
done
api "$ANN" PUT "/v1/orgs/$ORG/tasks/WEB-2/assignees/$ANN_ID" >/dev/null

say 'A card moves to another column.'
api "$ANN" POST "/v1/orgs/$ORG/tasks/WEB-4/move" '{"status": "in_progress"}' | jq -c '[.key, .status]'

say 'And before another one in its own.'
first=$(api "$ANN" GET "/v1/orgs/$ORG/tasks/WEB-1" | jq -r .id)
api "$ANN" POST "/v1/orgs/$ORG/tasks/WEB-3/move" '{"before": "'"$first"'"}' >/dev/null

say 'The board, in one request.'
board=$(api "$ANN" GET "/v1/orgs/$ORG/projects/WEB/tasks?group_by=column&limit=2")
jq -c '.groups[] | [.column.name, .count, [.items[].key]]' <<<"$board"

say 'The next cards of its first column.'
cursor=$(jq -r '.groups[0].next_cursor' <<<"$board")
api "$ANN" GET "/v1/orgs/$ORG/projects/WEB/tasks?group_by=column&limit=2&cursor=$cursor" \
  | jq -c '.groups[] | [.column.name, .count, [.items[].key]]'

say 'Swim lanes: who has what.'
api "$ANN" GET "/v1/orgs/$ORG/tasks?group_by=assignee" \
  | jq -c '.groups[] | [.assignee.name // .key, .count]'

say 'What a phone shows: little of what Ann has to do, then a task with what lies below it.'
api "$ANN" GET "/v1/me/tasks?fields=key,title&due=none" | jq -c '.items[] | [.key, .title, .organization.name]'
api "$ANN" GET "/v1/orgs/$ORG/tasks/WEB-2?fields=title&include=subtasks,comments" | jq -c 'del(.id)'
