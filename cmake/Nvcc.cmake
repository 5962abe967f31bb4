# SPDX-License-Identifier: GPL-3.0-or-later
# nvcc 13 and the two of NVIDIA's libraries that the CUDA module links: those that packaging/bootstrap --with-nvcc puts
# under .deps, or a toolkit. Custom commands rather than CMake's CUDA language, which wants a toolkit's layout and, in
# Debian's CMake, does not know that nvcc 13 has C++20.
#
#   FOOTHOLD_NVCC      the compiler; empty where there is none, and then there is no CUDA module
#   FOOTHOLD_CUDART, FOOTHOLD_CUBLAS   the shared libraries
#   foothold_cuda_objects(OUT file.cu...)   their object files
include_guard(GLOBAL)

file(GLOB FOOTHOLD_NVIDIA ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/nvidia/cu13)
# Looked for anew every time: what is installed later counts.
unset(FOOTHOLD_NVCC_FOUND)
find_program(FOOTHOLD_NVCC_FOUND nvcc HINTS ${FOOTHOLD_NVIDIA}/bin PATHS /usr/local/cuda/bin NO_CACHE)
set(FOOTHOLD_NVCC "" CACHE FILEPATH "nvcc 13 (empty: that of packaging/bootstrap --with-nvcc, or a toolkit's; OFF: none)")
set(nvcc "${FOOTHOLD_NVCC}")
if("${nvcc}" STREQUAL "")
  set(nvcc ${FOOTHOLD_NVCC_FOUND})
endif()
if(nvcc)
  execute_process(COMMAND ${nvcc} --version OUTPUT_VARIABLE version ERROR_QUIET)
  if(NOT version MATCHES "release 13\\.")
    message(STATUS "No CUDA module: ${nvcc} is not nvcc 13")
    set(nvcc "")
  endif()
endif()
if(nvcc)
  file(REAL_PATH ${nvcc} real)
  get_filename_component(toolkit ${real} DIRECTORY)
  get_filename_component(toolkit ${toolkit} DIRECTORY)
  unset(FOOTHOLD_CUDART)
  unset(FOOTHOLD_CUBLAS)
  find_library(FOOTHOLD_CUDART NAMES libcudart.so.13 PATHS ${toolkit}/lib ${toolkit}/lib64 NO_DEFAULT_PATH NO_CACHE)
  find_library(FOOTHOLD_CUBLAS NAMES libcublas.so.13 PATHS ${toolkit}/lib ${toolkit}/lib64 NO_DEFAULT_PATH NO_CACHE)
  if(NOT FOOTHOLD_CUDART OR NOT FOOTHOLD_CUBLAS OR NOT EXISTS ${toolkit}/include/cublas_v2.h)
    message(STATUS "No CUDA module: cudart or cuBLAS are not beside ${nvcc}")
    set(nvcc "")
  endif()
endif()
set(FOOTHOLD_NVCC_USED "${nvcc}")

# A100, H100, B200 and RTX 50; everything else since A100 takes the A100's code or compiles it at the first use.
set(FOOTHOLD_CUDA_ARCHITECTURES 80 90 100 120 CACHE STRING "What the CUDA module is compiled for")

function(foothold_cuda_objects out)
  # g++ compiles the hosts' part also where clang compiles the rest: nvcc 13 knows its headers.
  find_program(FOOTHOLD_NVCC_HOST NAMES g++-12 g++ REQUIRED)
  set(flags -std=c++20 -O3 --expt-relaxed-constexpr -ccbin ${FOOTHOLD_NVCC_HOST} -I${CMAKE_SOURCE_DIR}/core
      -Xcompiler -fPIC,-Wall,-Wextra,-fvisibility=hidden -Werror all-warnings)
  foreach(architecture ${FOOTHOLD_CUDA_ARCHITECTURES})
    list(APPEND flags -gencode arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  list(GET FOOTHOLD_CUDA_ARCHITECTURES 0 oldest)
  list(APPEND flags -gencode arch=compute_${oldest},code=compute_${oldest})
  set(objects "")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME_WE)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.cu.o)
    add_custom_command(OUTPUT ${object} DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} DEPFILE ${object}.d
                       COMMAND ${CCACHE} ${FOOTHOLD_NVCC_USED} ${flags} -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${file} -o ${object}
                       COMMENT "Building CUDA object ${name}.cu.o" VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()
