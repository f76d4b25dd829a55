package dev.trireme.launch;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a new JVM has to be told to find the classes of this one.
 *
 * <pre>
 *   module path             -p PATH --add-modules those of this process -m MODULE/MAIN
 *   class path              -cp PATH MAIN
 *   executable jar (Boot)   -Dloader.main=MAIN -cp JAR PropertiesLauncher
 *   other class loaders     -cp their files MAIN
 * </pre>
 */
final class JavaClasses {
    /** Spring Boot's, of version 3.2 and later and of earlier ones: they open the jars within a jar. */
    private static final List<String> JAR_LAUNCHERS = List.of(
            "org.springframework.boot.loader.launch.PropertiesLauncher",
            "org.springframework.boot.loader.PropertiesLauncher");

    private JavaClasses() {}

    /**
     * Options of {@code java}, with the main class at their end.
     *
     * @throws IllegalStateException when no new JVM could find the class
     */
    static List<String> options(Class<?> main) {
        if (main.getModule().isNamed()) {
            return onModulePath(main);
        }
        if (isOnClassPath(main.getName())) {
            return List.of("-cp", classPath(), main.getName());
        }
        return JAR_LAUNCHERS.stream()
                .filter(JavaClasses::isOnClassPath)
                .findFirst()
                .map(launcher -> List.of("-Dloader.main=" + main.getName(), "-cp", classPath(), launcher))
                .orElseGet(() -> List.of("-cp", filesOf(main), main.getName()));
    }

    private static List<String> onModulePath(Class<?> main) {
        List<String> options = new ArrayList<>();
        Optional.ofNullable(System.getProperty("jdk.module.path"))
                .ifPresent(path -> options.addAll(List.of("-p", path)));
        if (!classPath().isEmpty()) {
            options.addAll(List.of("-cp", classPath()));
        }
        // An automatic module requires nothing, so those that it needs are named, as this process resolved them.
        String modules = ModuleLayer.boot().modules().stream()
                .map(Module::getName)
                .sorted()
                .collect(Collectors.joining(","));
        options.addAll(List.of("--add-modules", modules, "-m", main.getModule().getName() + "/" + main.getName()));
        return options;
    }

    private static String classPath() {
        return System.getProperty("java.class.path", "");
    }

    private static boolean isOnClassPath(String type) {
        return ClassLoader.getSystemResource(type.replace('.', '/') + ".class") != null;
    }

    private static String filesOf(Class<?> main) {
        String files = Stream.iterate(main.getClassLoader(), loader -> loader != null, ClassLoader::getParent)
                .filter(URLClassLoader.class::isInstance)
                .flatMap(loader -> Arrays.stream(((URLClassLoader) loader).getURLs()))
                .filter(url -> url.getProtocol().equals("file"))
                .map(JavaClasses::path)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        if (files.isEmpty()) {
            throw new IllegalStateException(main.getName() + " was loaded by " + main.getClassLoader()
                    + ", whose classes a new JVM cannot find; put Trireme on the class path, on the module path or into "
                    + "an executable jar of Spring Boot, or train in this process");
        }
        return files;
    }

    private static String path(URL url) {
        try {
            return Path.of(new URI(url.toString())).toString();
        } catch (URISyntaxException e) {
            return url.getPath(); // a blank in a name that was not encoded
        }
    }
}
