package dev.trireme.launch;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Options by which a new JVM finds the classes of this one.
 *
 * <pre>
 *   module path             -cp its jars and those of the class path, MAIN
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
        String modulePath = System.getProperty("jdk.module.path", "");
        if (main.getModule().isNamed() && !modulePath.isEmpty()) {
            return fromModulePath(main, modulePath);
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

    /**
     * Puts everything on one class path. Ranks need the classes only, not the program's modules, and on a class path
     * missing optional modules do no harm.
     */
    private static List<String> fromModulePath(Class<?> main, String modulePath) {
        String files = Stream.concat(
                        Arrays.stream(modulePath.split(File.pathSeparator)).map(JavaClasses::withJars),
                        Stream.of(classPath()).filter(path -> !path.isEmpty()))
                .collect(Collectors.joining(File.pathSeparator));
        return List.of("-cp", files, main.getName());
    }

    /** A folder on a module path is one module, or holds jars. */
    private static String withJars(String entry) {
        File[] jars = new File(entry).listFiles((folder, name) -> name.endsWith(".jar"));
        return jars == null || jars.length == 0 ? entry : entry + File.separator + "*";
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
