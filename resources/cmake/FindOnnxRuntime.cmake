# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Finds ONNX Runtime and defines the target OnnxRuntime::OnnxRuntime. Looked for in this order:
#   1. ONNXRUNTIME_ROOT (CMake variable or environment): a folder with include/ and lib/; an error if it is not there
#   2. the system: Debian 13's libonnxruntime-dev, a distribution package, a vendor's tarball under /usr/local
#   3. what resources/scripts/setup.sh fetched: $QS_DEPS_DIR (default ~/.cache/quantstudio)/onnxruntime-*, newest first
# Sets OnnxRuntime_FOUND, OnnxRuntime_INCLUDE_DIR, OnnxRuntime_LIBRARY.

set(_ort_deps "$ENV{QS_DEPS_DIR}")
if(NOT _ort_deps)
    set(_ort_deps "$ENV{HOME}/.cache/quantstudio")
endif()
file(GLOB _ort_fetched LIST_DIRECTORIES true "${_ort_deps}/onnxruntime-*")
list(SORT _ort_fetched COMPARE NATURAL ORDER DESCENDING)
set(_ort_user_roots ${ONNXRUNTIME_ROOT} $ENV{ONNXRUNTIME_ROOT})

# Debian's headers are in include/onnxruntime; those of a build from source are deeper down.
set(_ort_include_suffixes include include/onnxruntime include/onnxruntime/core/session onnxruntime onnxruntime/core/session)
foreach(_ort_step user system fetched)
    if(_ort_step STREQUAL "user")
        if(NOT _ort_user_roots)
            continue()
        endif()
        set(_ort_args PATHS ${_ort_user_roots} NO_DEFAULT_PATH)
    elseif(_ort_step STREQUAL "system")
        set(_ort_args)
    else()
        set(_ort_args PATHS ${_ort_fetched} NO_DEFAULT_PATH)
    endif()
    # A header of one installation must never meet the library of another, so both are found in one step or neither,
    # and what an earlier run found is looked for again.
    unset(OnnxRuntime_INCLUDE_DIR CACHE)
    unset(OnnxRuntime_LIBRARY CACHE)
    find_path(OnnxRuntime_INCLUDE_DIR onnxruntime_cxx_api.h PATH_SUFFIXES ${_ort_include_suffixes} ${_ort_args})
    find_library(OnnxRuntime_LIBRARY NAMES onnxruntime libonnxruntime.so.1 PATH_SUFFIXES lib lib64 ${_ort_args})
    if(OnnxRuntime_INCLUDE_DIR AND OnnxRuntime_LIBRARY)
        break()
    endif()
    if(_ort_step STREQUAL "user")
        message(FATAL_ERROR "ONNXRUNTIME_ROOT (${_ort_user_roots}) has no include/onnxruntime_cxx_api.h with lib/libonnxruntime.so")
    endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxRuntime
    REQUIRED_VARS OnnxRuntime_LIBRARY OnnxRuntime_INCLUDE_DIR
    REASON_FAILURE_MESSAGE "run resources/scripts/setup.sh, or set ONNXRUNTIME_ROOT to a folder with include/ and lib/")

if(OnnxRuntime_FOUND AND NOT TARGET OnnxRuntime::OnnxRuntime)
    add_library(OnnxRuntime::OnnxRuntime SHARED IMPORTED)
    set_target_properties(OnnxRuntime::OnnxRuntime PROPERTIES
        IMPORTED_LOCATION "${OnnxRuntime_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${OnnxRuntime_INCLUDE_DIR}")
endif()
mark_as_advanced(OnnxRuntime_INCLUDE_DIR OnnxRuntime_LIBRARY)
