#!/bin/sh
# `make lock`: exact versions of all packages, for every Python from 3.11 on, from pyproject.toml.
#   run.lock    what runs the product
#   dev.lock    run.lock and what tests and checks it
#   train.lock  run.lock and what trains the model
#   docs.lock   what builds the documents, alone
set -eu
cd "$(dirname "$0")/.."
uv=$1

compile() {
    name=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --no-annotate \
        --custom-compile-command "make lock" --output-file "requirements/$name.lock" "$@" pyproject.toml
}

compile run
compile dev --extra dev --constraints requirements/run.lock
compile train --extra train --constraints requirements/run.lock
# torch names the exact CUDA packages of its own build itself; a build without CUDA must not pull in gigabytes.
sed -i -E '/^(nvidia-|cuda-|triton)/d' requirements/train.lock
"$uv" pip compile --quiet --universal --python-version 3.11 --no-annotate \
    --custom-compile-command "make lock" --output-file requirements/docs.lock --group pyproject.toml:docs
