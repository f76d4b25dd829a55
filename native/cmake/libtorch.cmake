# Puts a libtorch for the native build together from what registries have, in a folder that outlives `mvn clean`:
#   include/  the headers, from PyPI's smallest torch wheel of the pinned version (they are the same for every platform);
#             a link, so that headers of one's own can take their place and give it back
#   lib/      the libraries, from the JavaCPP presets' jars
#
#   cmake -DOUT=DIR -DJARS="a.jar|b.jar" [-DINCLUDE=DIR] -P native/cmake/libtorch.cmake
#
# INCLUDE names headers of one's own instead of the wheel's. Every step is done once, into a temporary name that is then
# renamed, so that an interrupted run is taken up again.
cmake_minimum_required(VERSION 3.25)
set(VERSION 2.10.0)
set(WHEEL torch-2.10.0-2-cp311-none-macosx_11_0_arm64.whl)
set(SHA256 418997cb02d0a0f1497cf6a09f63166f9f5df9f3e16c8a716ab76a72127c714f)

function(fetch_headers)
  find_program(PYTHON NAMES python3 python)
  if(NOT PYTHON)
    message(FATAL_ERROR "python3 is missing; install python3 with pip (Debian: apt-get install python3-pip), or give libtorch ${VERSION}'s headers with -Dlibtorch.include=DIR")
  endif()
  execute_process(COMMAND ${PYTHON} -m pip --version RESULT_VARIABLE no_pip OUTPUT_QUIET ERROR_QUIET)
  if(no_pip)
    message(FATAL_ERROR "pip is missing; install it (Debian: apt-get install python3-pip), or give libtorch ${VERSION}'s headers with -Dlibtorch.include=DIR")
  endif()
  message(STATUS "fetching the headers of libtorch ${VERSION} (79 MB, once)")
  execute_process(COMMAND ${PYTHON} -m pip download -q --no-deps --only-binary=:all: --platform macosx_11_0_arm64
    --python-version 3.11 --implementation cp -d ${OUT}/download torch==${VERSION} RESULT_VARIABLE failed ERROR_VARIABLE text)
  if(failed)
    message(FATAL_ERROR "pip could not download torch==${VERSION}: ${text}; give the headers with -Dlibtorch.include=DIR")
  endif()
  file(SHA256 ${OUT}/download/${WHEEL} sum)
  if(NOT sum STREQUAL SHA256)
    message(FATAL_ERROR "${WHEEL} has SHA-256 ${sum} but ${SHA256} is pinned; it is not the file that this build was made with")
  endif()
  file(REMOVE_RECURSE ${OUT}/unpacked)
  file(ARCHIVE_EXTRACT INPUT ${OUT}/download/${WHEEL} DESTINATION ${OUT}/unpacked PATTERNS "torch/include/*")
  file(RENAME ${OUT}/unpacked/torch/include ${OUT}/headers)
  file(REMOVE_RECURSE ${OUT}/unpacked ${OUT}/download)
endfunction()

function(unpack_libraries)
  message(STATUS "unpacking the libraries of libtorch ${VERSION} (once)")
  file(REMOVE_RECURSE ${OUT}/unpacked ${OUT}/lib.part)
  file(MAKE_DIRECTORY ${OUT}/lib.part)
  string(REPLACE "|" ";" jars "${JARS}")
  foreach(jar ${jars})
    file(ARCHIVE_EXTRACT INPUT ${jar} DESTINATION ${OUT}/unpacked PATTERNS "*.so" "*.so.*")
  endforeach()
  file(GLOB_RECURSE libraries ${OUT}/unpacked/*.so ${OUT}/unpacked/*.so.*)
  foreach(library ${libraries})
    get_filename_component(name ${library} NAME)
    file(RENAME ${library} ${OUT}/lib.part/${name})
  endforeach()
  file(REMOVE_RECURSE ${OUT}/unpacked)
  file(RENAME ${OUT}/lib.part ${OUT}/lib)
endfunction()

file(MAKE_DIRECTORY ${OUT})
file(LOCK ${OUT} DIRECTORY GUARD PROCESS TIMEOUT 600)
if(INCLUDE AND NOT EXISTS ${INCLUDE}/torch/csrc/api/include/torch/torch.h)
  message(FATAL_ERROR "-Dlibtorch.include=${INCLUDE} has no torch/csrc/api/include/torch/torch.h; give the include folder of libtorch ${VERSION}")
elseif(NOT INCLUDE)
  set(INCLUDE ${OUT}/headers)
  if(NOT EXISTS ${INCLUDE})
    fetch_headers()
  endif()
endif()
file(CREATE_LINK ${INCLUDE} ${OUT}/include.new SYMBOLIC)
file(RENAME ${OUT}/include.new ${OUT}/include)
if(NOT EXISTS ${OUT}/lib)
  unpack_libraries()
endif()
file(LOCK ${OUT} DIRECTORY RELEASE) # another checkout may build now
