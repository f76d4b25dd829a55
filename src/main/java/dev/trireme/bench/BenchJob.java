package dev.trireme.bench;

import dev.trireme.config.ExitCode;
import dev.trireme.launch.Job;
import dev.trireme.launch.JobResult;
import dev.trireme.launch.Launcher;
import dev.trireme.launch.ScratchFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Ranks that measure, in processes of their own; rank 0 answers through a file. */
record BenchJob(int ranks, int threads, Class<?> mainClass, Map<String, String> variables) {
    /** Hands {@code main} the settings as JSON and a file to write to, waits for all ranks, and reads the file. */
    <T extends Record> T run(Record settings, Class<T> answer, OutputStream errors) {
        try (ScratchFolder folder = ScratchFolder.create()) {
            Path file = folder.path().resolve("result.json");
            List<String> arguments = List.of(JsonRecord.write(settings), file.toString());
            Job job = Job.of(ranks, threads, mainClass.getName(), arguments).withVariables(variables);
            JobResult end = Launcher.run(job, errors);
            if (end.exitCode() != ExitCode.OK) {
                throw new BenchFailure(end);
            }
            return JsonRecord.read(Files.readString(file), answer);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot pass the result from rank 0", e);
        }
    }
}
