package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Answer;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.TextModel;
import dev.trireme.generate.TextRun;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** How an answer looks in JSON, whole or as chunks of a stream. Used by one thread. */
abstract class Shape {
    private final TextModel model;
    private final String asked;
    private final boolean logProbabilities;
    private final String id;
    private final String object;
    private final long created = System.currentTimeMillis() / 1000;

    /**
     * @param asked the name that the call gave the model
     * @param logProbabilities whether they were asked for
     * @param prefix of the id of an answer
     */
    Shape(TextModel model, String asked, boolean logProbabilities, String prefix, String object) {
        this.model = model;
        this.asked = asked;
        this.logProbabilities = logProbabilities;
        this.id = prefix + UUID.randomUUID().toString().replace("-", "");
        this.object = object;
    }

    TextModel model() {
        return model;
    }

    /** Whether log-probabilities were asked for. A receipt has them computed anyway. */
    boolean tellsLogProbabilities() {
        return logProbabilities;
    }

    /** Whether texts begin with their prompt. */
    boolean echoes() {
        return false;
    }

    /** Adds a whole text. */
    abstract void addText(ObjectNode choice, String text);

    /** Adds a piece of the text of a choice, which may be its first. */
    abstract void addPiece(ObjectNode choice, String piece, boolean first);

    /**
     * How probable tokens were.
     *
     * @param index of the choice
     * @param tokens that follow those of the last call for this choice
     */
    abstract ObjectNode scores(int index, List<Scored> tokens);

    /** What chunks call themselves. */
    abstract String chunkObject();

    final ObjectNode whole(List<TextRun> runs, int choices) {
        ObjectNode root = root(object);
        for (int prompt = 0; prompt < runs.size(); prompt++) {
            TextRun run = runs.get(prompt);
            for (int number = 0; number < choices; number++) {
                int index = prompt * choices + number;
                ObjectNode choice = root.withArray("choices").addObject().put("index", index);
                addText(choice, (echoes() ? text(run.request().prompt()) : "") + run.text(number));
                if (logProbabilities) {
                    choice.set("logprobs", scores(index, scored(run, number)));
                } else {
                    choice.putNull("logprobs");
                }
                choice.put("finish_reason", reason(run, number));
            }
        }
        root.set("usage", usage(runs));
        return root;
    }

    private List<Scored> scored(TextRun run, int number) {
        List<Scored> scored = new ArrayList<>();
        if (echoes()) {
            scored.addAll(Scored.ofPrompt(run));
        }
        scored.addAll(Scored.ofChoice(run, number));
        return scored;
    }

    private void addNewScores(ObjectNode choice, int index, List<Scored> tokens) {
        if (tokens.isEmpty()) {
            choice.putNull("logprobs");
        } else {
            choice.set("logprobs", scores(index, tokens));
        }
    }

    final String text(int... ids) {
        return model.tokenizer().decode(ids);
    }

    /** With the texts of special tokens. */
    final String tokenText(int id) {
        return model.tokenizer().decodeWithSpecialTokens(new int[] {id});
    }

    /** @param tokens that came since the last piece */
    final ObjectNode piece(int index, String piece, boolean first, List<Scored> tokens) {
        ObjectNode root = root(chunkObject());
        ObjectNode choice = root.withArray("choices").addObject().put("index", index);
        addPiece(choice, piece, first);
        addNewScores(choice, index, tokens);
        choice.putNull("finish_reason");
        return root;
    }

    /** @param tokens whose text is no part of the answer's */
    final ObjectNode end(int index, TextRun run, int number, List<Scored> tokens) {
        ObjectNode root = root(chunkObject());
        ObjectNode choice = root.withArray("choices").addObject().put("index", index);
        addPiece(choice, "", false);
        addNewScores(choice, index, tokens);
        choice.put("finish_reason", reason(run, number));
        return root;
    }

    final ObjectNode usageChunk(List<TextRun> runs) {
        ObjectNode root = root(chunkObject());
        root.putArray("choices");
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
                .mapToInt(run -> run.answer().statistics().sharedTokens())
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
