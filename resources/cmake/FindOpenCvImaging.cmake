# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Finds the three OpenCV modules used (core, imgproc, imgcodecs) and defines OpenCvImaging::OpenCvImaging, and
# OpenCvImaging::Processing without imgcodecs, which loads a hundred libraries at the start of a program. Debian puts
# OpenCV's own CMake files into libopencv-dev, which pulls in every module there is; these three packages do not need it.
find_path(OpenCvImaging_INCLUDE_DIR opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4)
set(OpenCvImaging_LIBRARIES "")
set(_ocv_required OpenCvImaging_INCLUDE_DIR)
foreach(_ocv_module imgcodecs imgproc core)
    find_library(OpenCvImaging_${_ocv_module}_LIBRARY opencv_${_ocv_module})
    list(APPEND OpenCvImaging_LIBRARIES ${OpenCvImaging_${_ocv_module}_LIBRARY})
    list(APPEND _ocv_required OpenCvImaging_${_ocv_module}_LIBRARY)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCvImaging REQUIRED_VARS ${_ocv_required})

if(OpenCvImaging_FOUND AND NOT TARGET OpenCvImaging::Processing)
    add_library(OpenCvImaging::Processing INTERFACE IMPORTED)
    set_target_properties(OpenCvImaging::Processing PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${OpenCvImaging_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${OpenCvImaging_imgproc_LIBRARY};${OpenCvImaging_core_LIBRARY}")
endif()
if(OpenCvImaging_FOUND AND NOT TARGET OpenCvImaging::OpenCvImaging)
    add_library(OpenCvImaging::OpenCvImaging INTERFACE IMPORTED)
    set_target_properties(OpenCvImaging::OpenCvImaging PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${OpenCvImaging_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${OpenCvImaging_LIBRARIES}")
endif()
