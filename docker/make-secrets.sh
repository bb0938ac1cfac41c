#!/bin/sh
# Makes up the secrets that docker-compose.yml mounts as files. What is there already stays.
#   sh docker/make-secrets.sh [folder]        the folder SECRETS of .env, ./secrets by default
# The folder is closed to everybody else on this machine; the files in it are readable, since each container, whose
# user the machine does not know, sees only those that are mounted into it.
set -eu
folder=${1:-${SECRETS:-secrets}}
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
