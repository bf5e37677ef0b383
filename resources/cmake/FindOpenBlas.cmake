# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Finds OpenBLAS, with LAPACK in it, and defines the target OpenBlas::OpenBlas. Debian lets any BLAS stand behind
# libblas.so, so the library is asked for by its own name, and its header by its own.
find_path(OpenBlas_INCLUDE_DIR cblas-openblas.h PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE} openblas)
find_library(OpenBlas_LIBRARY openblas)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBlas
    REQUIRED_VARS OpenBlas_LIBRARY OpenBlas_INCLUDE_DIR
    REASON_FAILURE_MESSAGE "run resources/scripts/setup.sh")

if(OpenBlas_FOUND AND NOT TARGET OpenBlas::OpenBlas)
    add_library(OpenBlas::OpenBlas SHARED IMPORTED)
    set_target_properties(OpenBlas::OpenBlas PROPERTIES
        IMPORTED_LOCATION "${OpenBlas_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${OpenBlas_INCLUDE_DIR}")
endif()
mark_as_advanced(OpenBlas_INCLUDE_DIR OpenBlas_LIBRARY)
