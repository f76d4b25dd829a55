package dev.trireme.machine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code doctor}: what this machine has, and what is missing.
 *
 * @param sections facts by topic, in the order in which to show them
 * @param problems why training on CPUs does not work here; empty when it does
 */
public record Diagnosis(List<Section> sections, List<String> problems) {
    /** Copies the lists. */
    public Diagnosis {
        NullChecks.require("sections", sections, "problems", problems);
        sections = List.copyOf(sections);
        problems = List.copyOf(problems);
    }

    /**
     * Facts that belong together.
     *
     * @param title a few words
     * @param facts at least one
     */
    public record Section(String title, List<Fact> facts) {
        /** Checks that no component is null. */
        public Section {
            NullChecks.require("title", title, "facts", facts);
        }
    }

    /**
     * One fact.
     *
     * @param name of the fact, a word or two
     * @param value that was found
     */
    public record Fact(String name, String value) {
        /** Checks that no component is null. */
        public Fact {
            NullChecks.require("name", name, "value", value);
        }
    }

    /**
     * Examines this machine. Loads the native library and repairs its cache.
     *
     * @param environment the process's variables, of which {@code LD_LIBRARY_PATH} counts
     * @return what was found; a missing part is reported, not thrown
     */
    public static Diagnosis of(Map<String, String> environment) {
        Objects.requireNonNull(environment, "environment");
        List<String> problems = new ArrayList<>();
        List<Section> sections = new ArrayList<>(List.of(software(), machine()));
        try {
            sections.add(libraries());
            sections.add(configuration());
        } catch (IllegalStateException e) {
            problems.add(e.getMessage());
        }
        sections.add(gpus(environment.getOrDefault("LD_LIBRARY_PATH", ""), problems.isEmpty()));
        return new Diagnosis(sections, problems);
    }

    private static Section software() {
        return new Section(
                "Software",
                List.of(
                        new Fact("trireme", version("dev/trireme/cli/version.properties")),
                        new Fact(
                                "java",
                                Runtime.version() + ", " + System.getProperty("java.vendor") + ", heap up to "
                                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB"),
                        new Fact(
                                "presets",
                                "pytorch " + presets("pytorch") + ", openblas "
                                        + presets("openblas") + ", javacpp "
                                        + presets("javacpp"))));
    }

    private static Section machine() {
        Machine machine = Machine.here();
        return new Section(
                "Machine",
                List.of(
                        new Fact(
                                "system",
                                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                                        + System.getProperty("os.arch")),
                        new Fact("processor", machine.cpu()),
                        new Fact(
                                "cores",
                                String.format(
                                        Locale.ROOT,
                                        "%d, shared out as threads among the ranks of a job; load %.2f",
                                        machine.cores(),
                                        machine.load())),
                        new Fact("memory", memory())));
    }

    private static Section libraries() {
        List<Path> repaired = NativeLibrary.warmCache();
        String state =
                repaired.isEmpty() ? "whole" : repaired.size() + " libraries were missing or broken and are repaired";
        return new Section(
                "Native libraries",
                List.of(
                        new Fact("cache", NativeLibrary.cacheFolder() + ": " + state),
                        new Fact("devices", "cpu" + gpuNames(NativeLibrary.gpuCount()))));
    }

    private static Section configuration() {
        List<Fact> facts = NativeLibrary.describe()
                .lines()
                .map(line -> line.replaceFirst("^[ -]+", "").replaceFirst("CXX_FLAGS=[^,]*, ", ""))
                .filter(line -> !line.isEmpty())
                .map(line -> new Fact("", line))
                .toList();
        return new Section("libtorch", facts);
    }

    private static Section gpus(String libraryPath, boolean loaded) {
        List<Fact> facts = new ArrayList<>();
        if (loaded && NativeLibrary.gpuCount() > 0) {
            facts.add(new Fact("ready", NativeLibrary.gpuCount() + " GPU(s): use --device cuda:0"));
        }
        if (resource("org/bytedeco/pytorch/linux-x86_64-gpu/libjnitorch.so") == null) {
            facts.add(new Fact("missing", "org.bytedeco:pytorch with classifier linux-x86_64-gpu on the class path"));
        }
        for (GpuLibrary library : GpuLibrary.missingFrom(GpuLibrary.loaderFolders(libraryPath))) {
            facts.add(new Fact("missing", library.file() + ", from " + library.source()));
        }
        return new Section("GPUs", facts.isEmpty() ? List.of(new Fact("ready", "nothing is missing")) : facts);
    }

    private static String gpuNames(int count) {
        StringBuilder names = new StringBuilder();
        for (int gpu = 0; gpu < count; gpu++) {
            names.append(", cuda:").append(gpu);
        }
        return names.toString();
    }

    private static String memory() {
        return gigabytes("MemTotal") + " GB, of which " + gigabytes("MemAvailable") + " GB are available";
    }

    private static String gigabytes(String key) {
        return Machine.lines("/proc/meminfo").stream()
                .filter(line -> line.startsWith(key + ":"))
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .map(kilobytes -> String.format(Locale.ROOT, "%.1f", kilobytes / 1e6))
                .findFirst()
                .orElse("?");
    }

    private static String presets(String artifact) {
        return version("META-INF/maven/org.bytedeco/" + artifact + "/pom.properties");
    }

    /** What Maven wrote into a jar or a folder of classes. */
    private static String version(String name) {
        Properties properties = new Properties();
        try (InputStream file = resource(name)) {
            if (file != null) {
                properties.load(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the class path is broken at " + name, e);
        }
        return properties.getProperty("version", "of an unknown version");
    }

    private static @Nullable InputStream resource(String name) {
        return Diagnosis.class.getClassLoader().getResourceAsStream(name);
    }
}
