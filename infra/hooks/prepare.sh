#!/bin/sh
# Before anything is made: what azd's environment must remember from the first time on.
set -eu
if [ -z "${BUDGET_START:-}" ]; then
    azd env set BUDGET_START "$(date -u +%Y-%m-01)" # the start of a budget cannot be changed
fi
# What azd packages from must exist before `make package` fills it.
mkdir -p build/package
