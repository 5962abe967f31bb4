# SPDX-License-Identifier: GPL-3.0-or-later
# libtorch out of the PyTorch wheel in .deps/python, as imported targets of our own (find_package(Torch) demands a CUDA toolkit).
#
#   foothold::c10, foothold::torch_cpu   the two shared libraries
#   foothold::libtorch                   link this, PRIVATE: both libraries, the include path, DT_RPATH to torch/lib
#   FOOTHOLD_TORCH_DIR                   the wheel's torch folder; give -DFOOTHOLD_TORCH_DIR=... to use another one
include_guard(GLOBAL)

set(FOOTHOLD_TORCH_DIR "" CACHE PATH "The torch folder of a PyTorch wheel (empty: the one that packaging/bootstrap installs)")
if(NOT FOOTHOLD_TORCH_DIR)
  file(GLOB FOOTHOLD_TORCH_FOUND ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/torch)
  if(FOOTHOLD_TORCH_FOUND)
    list(GET FOOTHOLD_TORCH_FOUND 0 FOOTHOLD_TORCH_DIR)
  endif()
endif()
foreach(part lib/libtorch_cpu.so lib/libc10.so include/ATen/ATen.h)
  if(NOT FOOTHOLD_TORCH_DIR OR NOT EXISTS ${FOOTHOLD_TORCH_DIR}/${part})
    message(FATAL_ERROR "libtorch is missing: no torch/${part} in '${FOOTHOLD_TORCH_DIR}'. Run ./packaging/bootstrap, which "
                        "installs it under .deps/, or give -DFOOTHOLD_TORCH_DIR=<the torch folder of a PyTorch wheel>.")
  endif()
endforeach()

foreach(name c10 torch_cpu)
  add_library(foothold::${name} SHARED IMPORTED GLOBAL)
  set_target_properties(foothold::${name} PROPERTIES IMPORTED_LOCATION ${FOOTHOLD_TORCH_DIR}/lib/lib${name}.so)
endforeach()

# -idirafter: the wheel bundles headers of other projects (an fmt of its own among them), which must never win over Debian's.
add_library(foothold_libtorch INTERFACE)
add_library(foothold::libtorch ALIAS foothold_libtorch)
target_compile_options(foothold_libtorch INTERFACE
  "SHELL:-idirafter ${FOOTHOLD_TORCH_DIR}/include"
  "SHELL:-idirafter ${FOOTHOLD_TORCH_DIR}/include/torch/csrc/api/include")
target_link_libraries(foothold_libtorch INTERFACE foothold::torch_cpu foothold::c10)
# DT_RPATH, not DT_RUNPATH: it also holds for what libtorch itself loads later, and for a dlopen of libtorch_cuda.so by its bare name.
target_link_options(foothold_libtorch INTERFACE -Wl,--disable-new-dtags -Wl,-rpath,${FOOTHOLD_TORCH_DIR}/lib)
