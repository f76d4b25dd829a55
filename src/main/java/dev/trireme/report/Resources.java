package dev.trireme.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Properties;

/** The files that stand inside every page. */
final class Resources {
    private static final String WEB_JAR = "META-INF/maven/org.webjars.npm/uplot/pom.properties";

    private Resources() {}

    /** @param name of a file beside this package's classes */
    static String text(String name) {
        return read("dev/trireme/report/" + name);
    }

    static String uPlot() {
        return read(webJar("uPlot.iife.min.js"));
    }

    static String uPlotStyle() {
        return read(webJar("uPlot.min.css"));
    }

    /** Its folder is named by its version, which the jar tells. */
    private static String webJar(String name) {
        Properties properties = new Properties();
        try (InputStream input = open(WEB_JAR)) {
            properties.load(input);
        } catch (IOException e) {
            throw new UncheckedIOException(WEB_JAR + " cannot be read", e);
        }
        return "META-INF/resources/webjars/uplot/" + properties.getProperty("version") + "/dist/" + name;
    }

    private static String read(String path) {
        try (InputStream input = open(path)) {
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read", e);
        }
    }

    /** Of any module: a class would find only its own. */
    private static InputStream open(String path) {
        return Optional.ofNullable(Resources.class.getClassLoader().getResourceAsStream(path))
                .orElseThrow(() -> new IllegalStateException(
                        path + " is not on the class path; add org.webjars.npm:uplot, which Trireme depends on"));
    }
}
