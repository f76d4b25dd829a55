package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** The text of a choice as its tokens come: in whole characters, cut before its first stop text. */
public final class AnswerText {
    private final TextStream stream;
    private final StopText stop;
    private String text = "";

    /**
     * An empty text.
     *
     * @param tokenizer of the model
     * @param stops texts that end it, none empty
     * @param onText given each piece that is sure
     */
    public AnswerText(Tokenizer tokenizer, List<String> stops, Consumer<String> onText) {
        NullChecks.require("tokenizer", tokenizer, "stops", stops, "onText", onText);
        this.stop = new StopText(List.copyOf(stops), onText);
        this.stream = new TextStream(tokenizer, stop::add);
    }

    /**
     * Adds a token.
     *
     * @param id of the token
     * @return whether the text goes on: false from a stop text on
     */
    public boolean add(int id) {
        stream.add(id);
        return !stop.isStopped();
    }

    /**
     * Whether a stop text came.
     *
     * @return true from then on
     */
    public boolean isStopped() {
        return stop.isStopped();
    }

    /** Hands out what was held back; to be called once, after the last token. */
    public void finish() {
        stream.finish();
        text = Objects.requireNonNull(stop.finish());
    }

    /**
     * The whole text.
     *
     * @return empty before {@link #finish}
     */
    public String text() {
        return text;
    }
}
