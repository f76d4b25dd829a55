package dev.trireme.cli.output;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.checkpoint.OutputFile;
import dev.trireme.schedule.ChromeTrace;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineSvg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The output file of a timeline. The ending of its name chooses the format: {@code .svg} a chart, {@code .json} a
 * trace.
 */
public record TimelineFile(Path path) {
    /** Refuses a file that could not be written, before minutes of work. */
    public TimelineFile {
        String name = path.toString();
        if (!name.endsWith(".svg") && !name.endsWith(".json")) {
            throw new IllegalArgumentException("timeline " + path
                    + " has neither of the known endings; use FILE.svg for a chart or FILE.json for Perfetto");
        }
        OutputFile.require(path);
    }

    public void write(String title, Timeline theory, Timeline measured) {
        boolean chart = path.toString().endsWith(".svg");
        try {
            Files.writeString(
                    path,
                    chart ? TimelineSvg.draw(title, theory, measured) : ChromeTrace.write(title, theory, measured));
        } catch (IOException e) {
            throw new CheckpointException(path, e);
        }
    }

    /** Copies the timeline that a run drew into its folder. */
    public void copyFrom(Path folder) {
        Path drawn = folder.resolve(path.toString().endsWith(".svg") ? "timeline.svg" : "timeline.json");
        try {
            Files.copy(drawn, path, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) { // the disk was full then, which the run said
            throw new CheckpointException(Files.exists(drawn) ? path : drawn, e);
        } catch (IOException e) {
            throw new CheckpointException(path, e);
        }
    }
}
