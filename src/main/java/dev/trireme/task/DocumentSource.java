package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Documents that are read from the beginning as often as they are needed. */
interface DocumentSource {
    /** Bytes of a line. */
    int LONGEST_LINE = 16 << 20;

    /** Takes documents one after the other. */
    interface Sink {
        /**
         * A document, or a piece of one.
         *
         * @param document its number, from 0
         * @param line JSON
         */
        void accept(int document, String line);
    }

    /** For documents that were checked before. */
    Consumer<JsonNode> NO_CHECK = row -> {};

    /**
     * Hands all documents on.
     *
     * @param check what each must pass first
     * @return how many there are
     */
    int read(Consumer<JsonNode> check, Sink sink);

    /** The one plain text that there is, if there is just one. */
    default Optional<Path> onlyText() {
        return Optional.empty();
    }

    /** Documents of a program, which gives the same ones each time that it is asked. */
    static DocumentSource of(Iterable<Document> documents, DocumentForm form) {
        return (check, sink) -> {
            int number = 0;
            for (Document document : documents) {
                String name = "document " + (number + 1);
                JsonNode row;
                try {
                    row = TaskFinder.parse(document.json());
                    check.accept(row);
                } catch (IllegalArgumentException e) {
                    throw new BadInputException(name + ": " + e.getMessage(), e);
                }
                for (String line : form.lines(row, Json.text(Json.WRITER, row))) {
                    sink.accept(number, line);
                }
                number++;
            }
            return number;
        };
    }
}
