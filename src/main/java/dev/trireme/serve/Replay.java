package dev.trireme.serve;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.TextModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** Runs the calls of a log again and compares receipts. */
public final class Replay {
    /**
     * What became of a line.
     *
     * @param line its number, from 1
     * @param request SHA-256 of the request, as its receipt has it; empty if it has none
     * @param differences names of the parts of the receipt that are not equal: none if every byte is
     * @param failure why it could not be run, if so
     */
    public record Result(int line, String request, List<String> differences, Optional<String> failure) {
        /** Keeps an unmodifiable copy. */
        public Result {
            NullChecks.require("request", request, "differences", differences, "failure", failure);
            differences = List.copyOf(differences);
        }

        /**
         * Whether every byte is equal.
         *
         * @return true if nothing differs and it ran
         */
        public boolean isEqual() {
            return differences.isEmpty() && failure.isEmpty();
        }
    }

    private final TextModel model;
    private final Fingerprints here;
    private final double sample;
    private final TextService texts;

    /**
     * A replay.
     *
     * @param model that runs the calls
     * @param fingerprints of the model
     * @param sample share of the lines to run, above 0 up to 1; which ones is the same each time
     * @throws IllegalArgumentException if the share is not within
     */
    public Replay(TextModel model, Fingerprints fingerprints, double sample) {
        NullChecks.require("model", model, "fingerprints", fingerprints);
        if (!(sample > 0 && sample <= 1)) {
            throw new IllegalArgumentException("sample is " + sample + "; use a share above 0 up to 1");
        }
        this.model = model;
        this.here = fingerprints;
        this.sample = sample;
        this.texts = new TextService(model, Optional.empty());
    }

    /**
     * Runs a log.
     *
     * @param log of a server
     * @param onResult told of each line that was chosen, in order
     * @return how many lines there are
     * @throws BadInputException when it cannot be read
     * @throws InterruptedException when the thread is interrupted
     */
    public int run(Path log, Consumer<Result> onResult) throws InterruptedException {
        NullChecks.require("log", log, "onResult", onResult);
        Random chosen = new Random(1);
        int number = 0;
        try (BufferedReader lines = Files.newBufferedReader(log, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                requireNoInterrupt();
                number++;
                if (chosen.nextDouble() < sample) {
                    onResult.accept(compare(number, line));
                }
            }
        } catch (IOException e) {
            throw new BadInputException(log + ": cannot be read (" + e + "); name the log of a server", e);
        }
        return number;
    }

    private static void requireNoInterrupt() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("the replay was interrupted");
        }
    }

    /** A line that cannot be run is told, and the others go on. */
    private Result compare(int number, String text) throws InterruptedException {
        String request = "";
        try {
            JsonNode line = Json.STRICT_FILE.readTree(text);
            JsonNode then = line.path("receipt");
            request = then.path(Receipt.REQUEST).asText();
            return new Result(number, request, differences(then, receipt(LoggedCall.read(line))), Optional.empty());
        } catch (JacksonException e) {
            return failed(number, request, "it is no JSON (" + e.getOriginalMessage() + "); it was cut or edited");
        } catch (RuntimeException e) {
            requireNoInterrupt(); // which ends what is computed by an exception of its own
            return failed(number, request, String.valueOf(e.getMessage()));
        }
    }

    private ObjectNode receipt(LoggedCall call) throws InterruptedException {
        CallStamp stamp = CallStamp.of(call, false);
        if (call.path().equals(EmbeddingCall.PATH)) {
            return Receipt.ofVectors(
                    here, stamp, EmbeddingCall.read(call.body(), model).vectors(model));
        }
        return Receipt.ofTexts(here, stamp, texts.runs(call.job(model).withLogProbabilities()));
    }

    private static Result failed(int number, String request, String why) {
        return new Result(number, request, List.of(), Optional.of(why));
    }

    private static List<String> differences(JsonNode then, ObjectNode now) {
        List<String> names = new ArrayList<>();
        now.properties().forEach(part -> {
            String before = then.path(part.getKey()).toString(); // as text: a small number is read as an int
            if (!part.getValue().toString().equals(before)) {
                names.add(part.getKey());
            }
        });
        return names;
    }
}
