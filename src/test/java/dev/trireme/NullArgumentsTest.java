package dev.trireme;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** All public constructors and methods of all packages that programs call, found in the compiled classes. */
class NullArgumentsTest {
    private static final Path CLASSES = Path.of("target/classes");

    /** For parameters that take any record. */
    private record Anything() {}

    /** Fewer would mean that the classes were not found. */
    private static final int FLOOR = 400;

    @Test
    void aNullArgumentIsToldByTheNameOfItsParameter() throws Exception {
        List<String> wrong = new ArrayList<>();
        int arguments = 0;
        for (Class<?> type : publicTypes()) {
            for (Executable executable : executables(type)) {
                Parameter[] parameters = executable.getParameters();
                for (int i = 0; i < parameters.length; i++) {
                    if (!parameters[i].getType().isPrimitive()
                            && !parameters[i].getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                        arguments++;
                        Optional<Throwable> thrown = call(type, executable, i);
                        if (!isNamed(thrown, parameters[i].getName())) {
                            wrong.add(executable + ", " + parameters[i].getName() + ": " + thrown);
                        }
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(arguments).isGreaterThan(FLOOR);
    }

    private static boolean isNamed(Optional<Throwable> thrown, String name) {
        return thrown.filter(NullPointerException.class::isInstance)
                .filter(e -> name.equals(e.getMessage()))
                .isPresent();
    }

    private static List<Class<?>> publicTypes() throws IOException, ClassNotFoundException {
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.sorted().toList()) {
                String name = CLASSES.relativize(file).toString().replace('/', '.');
                if (name.endsWith(".class") && !name.matches(".*(-info|\\.bindings\\.|\\.cli\\.|CorePresets).*")) {
                    Class<?> type = Class.forName(
                            name.substring(0, name.length() - ".class".length()),
                            false,
                            NullArgumentsTest.class.getClassLoader());
                    if (isPublic(type) && !Throwable.class.isAssignableFrom(type)) {
                        types.add(type);
                    }
                }
            }
        }
        return types;
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
    }

    /** Without what Java defines, what a main class is, and the methods that listeners leave empty. */
    private static List<Executable> executables(Class<?> type) {
        return Stream.<Executable>concat(
                        Stream.of(type.getDeclaredConstructors()), Stream.of(type.getDeclaredMethods()))
                .filter(executable -> Modifier.isPublic(executable.getModifiers())
                        && !Modifier.isAbstract(executable.getModifiers())
                        && !executable.isSynthetic()
                        && !executable.isVarArgs()
                        && !Set.of("equals", "main").contains(executable.getName())
                        && !(type.isEnum() && executable.getName().equals("valueOf"))
                        && !(type.isInterface() && !Modifier.isStatic(executable.getModifiers())))
                .toList();
    }

    /** With a null at one place, and elsewhere something that need not make sense: what is missing is told first. */
    private static Optional<Throwable> call(Class<?> type, Executable executable, int missing) throws Exception {
        Class<?>[] types = executable.getParameterTypes();
        @Nullable Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            values[i] = i == missing ? null : anything(types[i]);
        }
        try {
            if (executable instanceof Constructor<?> constructor) {
                constructor.newInstance(values);
            } else {
                boolean isStatic = Modifier.isStatic(executable.getModifiers());
                ((Method) executable).invoke(isStatic ? null : anything(type), values);
            }
            return Optional.empty();
        } catch (InvocationTargetException e) {
            return Optional.of(e.getTargetException());
        }
    }

    private static Object anything(Class<?> type) throws ReflectiveOperationException {
        Map<Class<?>, Object> known = Map.ofEntries(
                Map.entry(String.class, "x"),
                Map.entry(Object.class, "x"),
                Map.entry(Class.class, String.class),
                Map.entry(Record.class, new Anything()),
                Map.entry(Path.class, Path.of("x")),
                Map.entry(List.class, List.of()),
                Map.entry(Collection.class, List.of()),
                Map.entry(Iterable.class, List.of()),
                Map.entry(Map.class, Map.of()),
                Map.entry(Optional.class, Optional.empty()),
                Map.entry(JsonNode.class, MissingNode.getInstance()),
                Map.entry(ByteBuffer.class, ByteBuffer.allocate(1)),
                Map.entry(FloatBuffer.class, FloatBuffer.allocate(1)),
                Map.entry(OutputStream.class, OutputStream.nullOutputStream()));
        Object value = known.get(type);
        if (value != null) {
            return value;
        }
        if (type.isPrimitive()) {
            return Array.get(Array.newInstance(type, 1), 0);
        }
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 0);
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type.isInterface()) {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> {
                throw new UnsupportedOperationException(method + " is not asked before all arguments are looked at");
            });
        }
        return withoutConstructor(type);
    }

    /** An object whose constructor never ran, for owners of native memory too: nothing of it may be touched. */
    private static Object withoutConstructor(Class<?> type) throws ReflectiveOperationException {
        Class<?> unsafe = Class.forName("sun.misc.Unsafe");
        Field instance = unsafe.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        return unsafe.getMethod("allocateInstance", Class.class).invoke(instance.get(null), type);
    }
}
