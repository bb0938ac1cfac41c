#!/bin/sh
# `make audit`: are there known vulnerabilities in what the product is made of? Asks the public lists of both registries,
# so it needs the Internet; without it nothing is checked, which is said, and the exit code is 2.
#   0  nothing known      1  something found      2  not checked
set -u
cd "$(dirname "$0")/.."
python=$1
npm=${2:-}
tool=build/audit
result=0

not_checked() {
    echo "$1: NOT CHECKED ($2)."
    [ "$result" = 1 ] || result=2
}

# A tool of its own environment: it is no part of what it looks at.
[ -x "$tool/bin/pip-audit" ] || {
    "$python" -m venv "$tool" && "$tool/bin/python" -m pip install --quiet pip-audit
} >build/audit.log 2>&1 || { mkdir -p build && rm -rf "$tool"; }

for name in run train; do
    echo "== requirements/$name.lock"
    if [ ! -x "$tool/bin/pip-audit" ]; then
        not_checked "requirements/$name.lock" "pip-audit cannot be installed: is there a way to the package registry?"
        continue
    fi
    "$tool/bin/pip-audit" --requirement "requirements/$name.lock" --no-deps --disable-pip --progress-spinner off \
        >build/audit.log 2>&1
    status=$?
    unknown=$(grep -c "could not be audited" build/audit.log)
    if grep -q "^Found [0-9]* known vulnerabilit" build/audit.log; then
        grep -v "could not be audited" build/audit.log
        result=1
    elif [ "$status" = 0 ] && [ "$unknown" = 0 ]; then
        cat build/audit.log
    fi
    if [ "$unknown" != 0 ]; then
        not_checked "requirements/$name.lock" "the registry that is asked here knows nothing of $unknown packages"
    elif [ "$status" != 0 ] && [ "$result" != 1 ]; then
        not_checked "requirements/$name.lock" "$(tail -n 1 build/audit.log)"
    fi
done

echo "== frontend/package-lock.json"
if [ -z "$npm" ]; then
    not_checked "frontend/package-lock.json" "npm was not found"
else
    (cd frontend && "$npm" audit --omit=dev --audit-level=moderate) >build/audit.log 2>&1
    status=$?
    if grep -q "found 0 vulnerabilities" build/audit.log; then
        cat build/audit.log
    elif [ "$status" = 1 ] && grep -q "severity" build/audit.log; then
        cat build/audit.log
        result=1
    else
        not_checked "frontend/package-lock.json" "$(grep -v "complete log" build/audit.log | tail -n 1)"
    fi
fi
exit $result
