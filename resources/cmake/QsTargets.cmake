# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Options every target of ours is compiled with.
add_library(qs_options INTERFACE)
target_compile_options(qs_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
target_include_directories(qs_options INTERFACE ${CMAKE_SOURCE_DIR})
if(QS_WERROR)
    target_compile_options(qs_options INTERFACE -Werror)
endif()
if(QS_SANITIZE)
    target_compile_options(qs_options INTERFACE -fsanitize=${QS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    # GCC 12 warns falsely here: the sanitizers' checks hide from it that a std::variant's member is set (paramspec.cpp).
    # Builds without sanitizers keep the warning.
    target_compile_options(qs_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    # An index outside a vector but inside its capacity is nothing AddressSanitizer sees; the library's own checks do.
    target_compile_definitions(qs_options INTERFACE _GLIBCXX_ASSERTIONS)
    target_link_options(qs_options INTERFACE -fsanitize=${QS_SANITIZE})
endif()

# qs_builtin_list(<target> <folder> <suffix> <list>)
# Makes <list>.inc in the build folder: one QS_BUILTIN(register_<file>) line for each <folder>/*<suffix>.cpp.
# A new strategy, target, observer or pass is thereby one new file; no list is edited by hand.
function(qs_builtin_list target folder suffix list)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*${suffix}.cpp)
    list(SORT files)
    set(text "")
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME_WE)
        if(NOT name STREQUAL "${suffix}")
            string(APPEND text "QS_BUILTIN(register_${name})\n")
        endif()
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/${list}.inc CONTENT "${text}")
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
endfunction()
