package dev.trireme.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Versions of Trireme and its libraries, from their jars; nothing native is loaded. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "trireme " + trireme(),
            "libtorch and its presets " + of("/META-INF/maven/org.bytedeco/pytorch/pom.properties"),
            "JavaCPP " + of("/META-INF/maven/org.bytedeco/javacpp/pom.properties"),
            "Java " + Runtime.version()
        };
    }

    static String trireme() {
        return of("/dev/trireme/cli/version.properties");
    }

    private static String of(String resource) {
        Properties properties = new Properties();
        try (InputStream input = Version.class.getResourceAsStream(resource)) {
            if (input != null) { // a jar that was put together anew may have left it out
                properties.load(input);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "of an unknown version");
    }
}
