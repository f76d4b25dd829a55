package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Answer;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.TextRun;
import java.util.List;
import java.util.UUID;

/** How an answer looks in JSON, whole or as chunks of a stream. */
abstract class Shape {
    private final ServedModel model;
    private final String asked;
    private final String id;
    private final String object;
    private final long created = System.currentTimeMillis() / 1000;

    /**
     * @param asked the name that the call gave the model
     * @param prefix of the id of an answer
     */
    Shape(ServedModel model, String asked, String prefix, String object) {
        this.model = model;
        this.asked = asked;
        this.id = prefix + UUID.randomUUID().toString().replace("-", "");
        this.object = object;
    }

    ServedModel model() {
        return model;
    }

    /** Adds a whole choice. */
    abstract void addChoice(ObjectNode choice, TextRun run, int number);

    /** Adds a piece of the text of a choice, which may be its first. */
    abstract void addPiece(ObjectNode choice, String piece, boolean first);

    /** What chunks call themselves. */
    abstract String chunkObject();

    final ObjectNode whole(List<TextRun> runs, int choices) {
        ObjectNode root = root(object);
        for (int prompt = 0; prompt < runs.size(); prompt++) {
            for (int number = 0; number < choices; number++) {
                ObjectNode choice = root.withArray("choices").addObject().put("index", prompt * choices + number);
                addChoice(choice, runs.get(prompt), number);
                choice.put("finish_reason", reason(runs.get(prompt), number));
            }
        }
        root.set("usage", usage(runs));
        return root;
    }

    final ObjectNode piece(int index, String piece, boolean first) {
        ObjectNode root = root(chunkObject());
        ObjectNode choice = root.withArray("choices").addObject().put("index", index);
        addPiece(choice, piece, first);
        choice.putNull("logprobs").putNull("finish_reason");
        return root;
    }

    final ObjectNode end(int index, TextRun run, int number) {
        ObjectNode root = root(chunkObject());
        ObjectNode choice = root.withArray("choices").addObject().put("index", index);
        addPiece(choice, "", false);
        choice.putNull("logprobs").put("finish_reason", reason(run, number));
        return root;
    }

    final ObjectNode emptyChunk() {
        ObjectNode root = root(chunkObject());
        root.putArray("choices");
        return root;
    }

    final ObjectNode usageChunk(List<TextRun> runs) {
        ObjectNode root = emptyChunk();
        root.set("usage", usage(runs));
        return root;
    }

    private ObjectNode root(String kind) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", kind)
                .put("created", created)
                .put("model", asked);
    }

    private static String reason(TextRun run, int number) {
        return run.answer().choices().get(number).stop() == StopReason.LENGTH ? "length" : "stop";
    }

    private static ObjectNode usage(List<TextRun> runs) {
        int prompt =
                runs.stream().mapToInt(run -> run.request().prompt().length).sum();
        int shared = runs.stream()
                .mapToInt(run -> run.answer().times().sharedTokens())
                .sum();
        int generated = runs.stream()
                .map(TextRun::answer)
                .map(Answer::choices)
                .flatMap(List::stream)
                .mapToInt(choice -> choice.ids().length)
                .sum();
        ObjectNode usage = JsonNodeFactory.instance
                .objectNode()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", generated)
                .put("total_tokens", prompt + generated);
        usage.putObject("prompt_tokens_details").put("cached_tokens", shared);
        return usage;
    }
}
