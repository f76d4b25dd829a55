# Fails when an object of the vector kernels has a weak symbol: code that the linker shares between instruction sets.
#
#   cmake -DNM=nm -DOBJECTS="a.o|b.o" -P native/cmake/no_weak_symbols.cmake
cmake_minimum_required(VERSION 3.25)
string(REPLACE "|" ";" objects "${OBJECTS}")
if(NOT objects)
  message(FATAL_ERROR "there are no kernel objects; src/cpu/*_kernels.cpp must match some")
endif()
foreach(object ${objects})
  execute_process(COMMAND ${NM} --demangle ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(NOT symbols MATCHES " [A-Za-z] ")
    message(FATAL_ERROR "${object} has no symbols; nothing is tested")
  endif()
  string(REGEX MATCHALL "[^\n]* [WwVvu] [^\n]*" weak "${symbols}")
  if(weak)
    list(JOIN weak "\n" weak)
    message(SEND_ERROR "${object} has weak symbols, of which the linker keeps one for all instruction sets; write them as static or in an anonymous namespace:\n${weak}")
  endif()
endforeach()
