package dev.trireme.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command line as a user starts it: a process of its own, its output in files. */
record CommandLineProcess(Process process, Path out, Path err) {
    static CommandLineProcess start(Path folder, Map<String, String> variables, List<String> arguments)
            throws IOException {
        return start(folder, variables, List.of(), arguments);
    }

    /** @param before words of another command that starts this one */
    static CommandLineProcess start(
            Path folder, Map<String, String> variables, List<String> before, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dtrireme.corpora=" + folder.resolve("corpora").toAbsolutePath(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments);
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8"); // as bin/trireme sets it where the locale is not UTF-8
        builder.environment().putAll(variables);
        return new CommandLineProcess(builder.start(), out, err);
    }

    int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    String output() throws IOException {
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    String errors() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }
}
