# Java's side of the core, by JavaCPP: core.h → sources → classes → the library with the JNI functions. All that Java needs
# comes to lie in ${CMAKE_BINARY_DIR}/classes, as it does in the jar.
find_program(JAVA java HINTS ${JAVA_HOME}/bin REQUIRED)
find_program(JAVAC javac HINTS ${JAVA_HOME}/bin REQUIRED)
set(package dev/trireme/engine)
set(presets_source ${PROJECT_SOURCE_DIR}/src/main/java/${package}/CorePresets.java)
set(headers ${PROJECT_SOURCE_DIR}/native/include)
set(presets ${CMAKE_BINARY_DIR}/presets)
set(sources ${CMAKE_BINARY_DIR}/bindings)
set(classes ${CMAKE_BINARY_DIR}/classes)
set(libraries ${classes}/${package}/bindings/linux-x86_64)
set(quietly ${PROJECT_SOURCE_DIR}/native/cmake/quietly.sh)
set(javac ${JAVAC} --release 17 -encoding UTF-8 -proc:none -nowarn)
set(javacpp ${JAVA} -cp ${JAVACPP}:${presets}:${classes} org.bytedeco.javacpp.tools.Builder -classpath ${presets}:${classes}
    -properties linux-x86_64
    -Dplatform.includepath=${headers})
file(GLOB_RECURSE bound CONFIGURE_DEPENDS ${headers}/*.h)

add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/bindings.stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${presets} ${sources} ${classes}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${presets} ${sources} ${libraries}
  COMMAND ${quietly} ${javac} -cp ${JAVACPP} -d ${presets} ${presets_source}
  COMMAND ${quietly} ${javacpp} -nogenerate -d ${sources} dev.trireme.engine.CorePresets
  COMMAND bash -c "find '${sources}' -name '*.java' -printf '\"%p\"\\n' > '${sources}/all'"
  COMMAND ${quietly} ${javac} -cp ${JAVACPP}:${presets} -d ${classes} @${sources}/all
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/bindings.stamp
  DEPENDS ${presets_source} ${bound} COMMENT "Binding core.h" VERBATIM)
# -L, not -rpath: no machine path in the jar
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/jni/libjnitrireme.so
  COMMAND ${quietly} ${javacpp} -Dplatform.linkpath=$<TARGET_FILE_DIR:trireme> -Dplatform.linkpath.prefix2=-L -Xcompiler -O2
          -d ${CMAKE_BINARY_DIR}/jni dev.trireme.engine.bindings.**
  DEPENDS ${CMAKE_BINARY_DIR}/bindings.stamp COMMENT "Compiling libjnitrireme.so" VERBATIM)
add_custom_command(OUTPUT ${libraries}/libjnitrireme.so ${libraries}/libtrireme.so
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_BINARY_DIR}/jni/libjnitrireme.so $<TARGET_FILE:trireme> ${libraries}
  DEPENDS ${CMAKE_BINARY_DIR}/jni/libjnitrireme.so trireme COMMENT "" VERBATIM)
add_custom_target(bindings ALL DEPENDS ${libraries}/libjnitrireme.so ${libraries}/libtrireme.so)
add_dependencies(bindings trireme)  # JavaCPP links with it
