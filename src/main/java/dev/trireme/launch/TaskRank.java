package dev.trireme.launch;

import dev.trireme.config.Json;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The main class of every rank of a {@link TaskJob}. */
public final class TaskRank {
    private TaskRank() {}

    /** The arguments of {@link #main}: class names, settings and the file for the answer. */
    static List<String> arguments(Class<?> task, Record settings, Path answer) {
        return List.of(
                task.getName(), settings.getClass().getName(), Json.text(Json.WRITER, settings), answer.toString());
    }

    /**
     * Runs a task.
     *
     * @param arguments its class, the class of its settings, these as JSON, and the file that rank 0 writes its answer to
     * @throws ReflectiveOperationException when there is no such class
     * @throws IOException when the answer cannot be written
     */
    public static void main(String[] arguments) throws ReflectiveOperationException, IOException {
        run(Class.forName(arguments[1]).asSubclass(Record.class), arguments);
    }

    private static <S extends Record> void run(Class<S> type, String[] arguments)
            throws ReflectiveOperationException, IOException {
        PrintStream lines = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // lines of others would break the task's
        S settings = Json.READER.forType(type).readValue(arguments[2]);
        RankEnvironment environment = RankEnvironment.of(System.getenv());
        Optional<?> answer = TaskRank.<S>task(arguments[0]).run(settings, environment, lines::println);
        if (environment.rank() == 0) {
            Files.writeString(Path.of(arguments[3]), Json.text(Json.WRITER, answer.orElseThrow()));
        }
    }

    /** A job's type parameters tie the task to its settings. */
    @SuppressWarnings("unchecked")
    private static <S extends Record> RankTask<S, ?> task(String name) throws ReflectiveOperationException {
        Constructor<?> constructor = Class.forName(name).getDeclaredConstructor();
        constructor.setAccessible(true); // tasks are no part of what their packages offer
        return (RankTask<S, ?>) constructor.newInstance();
    }
}
