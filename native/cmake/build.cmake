# The native part of Maven's build: libtorch, configuring, compiling and binding, each only where something has changed.
#
#   cmake -DBUILD=DIR -DTARGET=all -DJAVACPP=javacpp.jar -DJAVA_HOME=DIR <what libtorch.cmake takes> -P native/cmake/build.cmake
#
# TARGET is what to compile beside the library and its binding. What Java needs is in DIR/classes afterwards.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/libtorch.cmake)
get_filename_component(ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. REALPATH)
get_filename_component(BUILD ${BUILD} REALPATH)

# A build folder holds the names of its files. In a checkout that was copied or renamed they are those of the old one.
if(EXISTS ${BUILD}/CMakeCache.txt)
  file(STRINGS ${BUILD}/CMakeCache.txt places REGEX "^CMAKE_(CACHEFILE_DIR|HOME_DIRECTORY):INTERNAL=")
  list(TRANSFORM places REPLACE "^[^=]*=" "")
  list(SORT places)
  set(expected ${ROOT} ${BUILD})
  list(SORT expected)
  if(NOT places STREQUAL expected)
    message(STATUS "${BUILD} was made elsewhere; it is made again")
    file(REMOVE_RECURSE ${BUILD})
  endif()
endif()

set(options -DLIBTORCH=${OUT} -DJAVACPP=${JAVACPP} -DJAVA_HOME=${JAVA_HOME} -DCMAKE_BUILD_TYPE=Release)
set(configured "")
if(EXISTS ${BUILD}/build.ninja AND EXISTS ${BUILD}/options.txt)
  file(READ ${BUILD}/options.txt configured)
endif()
if(NOT configured STREQUAL options)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${ROOT} -B ${BUILD} -G Ninja ${options} --log-level=WARNING
    OUTPUT_VARIABLE text RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cmake could not configure ${BUILD}:\n${text}")
  endif()
  file(WRITE ${BUILD}/options.txt "${options}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target ${TARGET} bindings -- --quiet
  OUTPUT_VARIABLE text RESULT_VARIABLE failed)
string(REGEX REPLACE "(^|\n)(-- |ninja: no work)[^\n]*" "" text "${text}")
string(STRIP "${text}" text)
if(text)
  execute_process(COMMAND ${CMAKE_COMMAND} -E echo "${text}")  # warnings of compilers; what failed and why
endif()
if(failed)
  message(FATAL_ERROR "the native build failed; see above")
endif()
