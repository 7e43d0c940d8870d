#!/usr/bin/env bash
# Build the gear's image, named as in manifest.json.
#
# With docker or podman, whichever is there. IMAGE_BUILD names another builder, which is called as
# "IMAGE_BUILD -t NAME FOLDER". BASE_IMAGE=python:3.13-slim builds on another base.
set -euo pipefail
cd "$(dirname "$0")/.."

image=$(sed -n 's/.*"image": "\(.*\)".*/\1/p' manifest.json)
arguments=(-t "$image")
if [ -n "${BASE_IMAGE:-}" ]; then
    arguments+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
fi

if [ -n "${IMAGE_BUILD:-}" ]; then
    "$IMAGE_BUILD" "${arguments[@]}" .
elif command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    docker build "${arguments[@]}" .
elif command -v podman >/dev/null; then
    podman build --format docker "${arguments[@]}" .
else
    echo "image: neither a running docker nor podman is here; install one, or name a builder" \
        "in IMAGE_BUILD (and for image-test a runner in IMAGE_RUN)" >&2
    exit 1
fi
echo "image: built $image"
