package dev.trireme.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.Embeddings;
import dev.trireme.generate.EngineBusyException;
import dev.trireme.generate.TextModel;
import java.util.List;
import java.util.Objects;

/** An {@code EmbeddingModel} on an engine of this process. Any number of threads may share it. */
public final class LocalEmbeddingModel implements EmbeddingModel {
    private final TextModel model;
    private final Embeddings embeddings;

    /**
     * A model.
     *
     * @param model which is borrowed
     * @param embeddings how vectors are made
     */
    public LocalEmbeddingModel(TextModel model, Embeddings embeddings) {
        NullChecks.require("model", model, "embeddings", embeddings);
        this.model = model;
        this.embeddings = embeddings;
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        Objects.requireNonNull(request, "request");
        List<int[]> texts = request.inputs().stream()
                .map(EmbeddingInput::text)
                .map(model.tokenizer()::encodePrompt)
                .toList();
        try {
            return EmbeddingResponse.builder()
                    .embeddings(embeddings.of(model.engine(), texts).stream()
                            .map(Embedding::from)
                            .toList())
                    .modelName(model.name())
                    .tokenUsage(new TokenUsage(
                            texts.stream().mapToInt(text -> text.length).sum()))
                    .build();
        } catch (EngineBusyException e) {
            throw new RateLimitException(e);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e);
        }
    }

    @Override
    public int dimension() {
        return model.engine().config().model().hidden();
    }

    @Override
    public String modelName() {
        return model.name();
    }
}
