#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what is missing, builds everything with warnings as errors, runs every test and the checks of the sources.
# Ends with 'N passed, N failed, N skipped' (test programs and checks) and a non-zero exit code if anything failed.
# Arguments go to ctest: ./test.sh -R tst_model
# Tests with real models use ../shared and are skipped where it is absent.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

passed=0 failed=0 skipped=0
failures=()

finish() {
    [[ ${#failures[@]} -eq 0 ]] || printf 'FAILED  %s\n' "${failures[@]}"
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ $failed -eq 0 ]] || exit 1
    exit 0
}

# run_check <name> <command…>: exit code 0 passes, 77 skips.
run_check() {
    local name=$1 code=0
    shift
    "$@" || code=$?
    case $code in
    0) ((passed += 1)) ;;
    77) ((skipped += 1)) ;;
    *)
        ((failed += 1))
        failures+=("$name")
        ;;
    esac
}

fatal() {
    ((failed += 1))
    failures+=("$1")
    finish
}

resources/scripts/setup.sh --tests || fatal "setup"
cmake --preset dev || fatal "configure"
cmake --build build || fatal "build"

for check in format licences layers; do
    run_check "check-$check" resources/scripts/check-$check.sh
done

results=$PWD/build/test-results.xml
rm -f "$results"
# Whole output, because Qt Test tells only there which functions were skipped.
ctest --preset dev -j "$(nproc)" --output-junit "$results" \
    --test-output-size-passed 100000000 --test-output-size-failed 100000000 "$@"
[[ -s $results ]] || fatal "ctest"

while read -r outcome name; do
    case $outcome in
    passed) ((passed += 1)) ;;
    skipped) ((skipped += 1)) ;;
    *)
        ((failed += 1))
        failures+=("$name")
        ;;
    esac
done < <(awk -f resources/scripts/junit-outcomes.awk "$results")
finish
