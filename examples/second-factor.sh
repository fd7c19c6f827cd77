#!/usr/bin/env bash
# A second factor from setting up to losing the phone, against a running server:
#
#   examples/second-factor.sh [http://127.0.0.1:8080]
#
# Needs curl, jq and Python 3, which stands for the authenticator app.
set -euo pipefail

BASE=${1:-http://127.0.0.1:8080}
EMAIL=ann-$(date +%s)-$$@example.com
PASSWORD=violet-kettle-harbour

# api TOKEN METHOD PATH [BODY] prints the answer's body, that of a refusal too.
api() {
  curl --silent --show-error --request "$2" "$BASE$3" ${1:+--header "Authorization: Bearer $1"} \
    ${4:+--header 'Content-Type: application/json' --data "$4"}
}

# authenticator SECRET [SECONDS] prints the code for now, or for so many seconds from now (RFC 6238).
authenticator() {
  python3 - "$@" <<'PYTHON'
import base64, hmac, sys, time
secret, later = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
key = base64.b32decode(secret + "=" * (-len(secret) % 8))
digest = hmac.digest(key, (int(time.time() + later) // 30).to_bytes(8, "big"), "sha1")
at = digest[-1] & 15
print(f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}")
PYTHON
}

say() { printf '\n%s\n' "$*"; }

ann=$(api '' POST /v1/auth/signup '{"email": "'"$EMAIL"'", "password": "'$PASSWORD'", "name": "Ann Keller"}')
ANN=$(jq -r .access_token <<<"$ann")

say 'Ann sets up a second factor. The URL is for a QR code.'
setup=$(api "$ANN" POST /v1/me/totp)
jq . <<<"$setup"
SECRET=$(jq -r .secret <<<"$setup")

say 'It is on once its first code has come. The recovery codes are shown this once.'
on=$(api "$ANN" POST /v1/me/totp/confirm '{"code": "'"$(authenticator "$SECRET")"'"}')
jq . <<<"$on"
RECOVERY=$(jq -r '.recovery_codes[0]' <<<"$on")

say 'Now the password is half a login.'
half=$(api '' POST /v1/auth/login '{"email": "'"$EMAIL"'", "password": "'$PASSWORD'"}')
jq '{status, code, mfa_token}' <<<"$half"
MFA_TOKEN=$(jq -r .mfa_token <<<"$half")

say 'The code is the other. Each is good once, so this is the one after that which switched it on.'
CODE=$(authenticator "$SECRET" 30)
session=$(api '' POST /v1/auth/login/mfa '{"mfa_token": "'"$MFA_TOKEN"'", "code": "'"$CODE"'"}')
jq '.user | {name, mfa_enabled}' <<<"$session"

say 'Without the phone, a recovery code does instead; both halves can also come at once.'
session=$(api '' POST /v1/auth/login \
  '{"email": "'"$EMAIL"'", "password": "'$PASSWORD'", "totp_code": "'"$RECOVERY"'"}')
ANN=$(jq -r .access_token <<<"$session")

say 'With that she switches it off.'
api "$ANN" DELETE /v1/me/totp
api "$ANN" GET /v1/me | jq '{name, mfa_enabled}'
