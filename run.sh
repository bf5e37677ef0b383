#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what is missing, builds, and starts the program.
#   ./run.sh         with a display: opens the window with the bundled example and its data, ready to run;
#                    without: quantizes the bundled example, evaluates it, and says where the report is
#   ./run.sh ARGS…   runs the command line program with these arguments: ./run.sh list strategies
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
example=$root/resources/example
output=$root/build/example

program=quantstudio-cli
if [[ $# -eq 0 && -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    program=quantstudio
fi

# Messages of the build go to stderr: stdout belongs to the program. Only that is built, for the tests take as long again.
resources/scripts/setup.sh
[[ -f build/build.ninja ]] || cmake --preset dev >&2
cmake --build build --target "$program" >&2

if [[ $# -gt 0 ]]; then
    cd "$caller"
    exec "$root/build/bin/quantstudio-cli" "$@"
fi
if [[ $program == quantstudio ]]; then
    exec build/bin/quantstudio "$example/shapes.onnx" \
        --calibration "$example/calibration" --evaluation "$example/evaluation"
fi

mkdir -p "$output"
build/bin/quantstudio-cli quantize "$example/shapes.onnx" -o "$output/shapes-int8.onnx" \
    --strategy static --target onnxruntime-cpu --calibration "$example/calibration" \
    --evaluation "$example/evaluation" --report "$output/report"
echo "Quantized model: $output/shapes-int8.onnx"
echo "Report: $output/report/index.html"
