#!/bin/sh
# Makes up the secrets that docker-compose.yml mounts as files. What is there already stays.
#   sh docker/make-secrets.sh [folder]        the folder SECRETS of .env, ./secrets by default
# The folder is closed to everybody else on this machine; the files in it are readable, since each container, whose
# user the machine does not know, sees only those that are mounted into it.
set -eu
# as docker compose reads it: the last line counts, quotes and a comment behind are no part of the value
set_in_env=$(sed -n 's/^SECRETS=//p' .env 2>/dev/null | tail -n 1 | sed 's/[[:space:]]#.*//; s/[[:space:]]*$//' | tr -d "\"'")
folder=${1:-${SECRETS:-${set_in_env:-secrets}}}
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres_password redis_password secret_key admin_password; do
    file=$folder/$name
    if [ -s "$file" ]; then
        echo "$file: kept"
        continue
    fi
    # 48 random bytes as letters, digits, - and _
    head -c 48 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n=' > "$file.new"
    chmod 444 "$file.new"
    mv "$file.new" "$file"
    echo "$file: made"
done
