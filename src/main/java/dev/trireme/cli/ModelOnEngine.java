package dev.trireme.cli;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.config.BadInputException;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.TextModel;
import dev.trireme.serve.Fingerprints;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model that serve and replay answer by, with all that it stands on. */
record ModelOnEngine(TextModel model, Fingerprints fingerprints) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelOnEngine.class);

    /** Hashes the weights, and opens the tokenizer, while the weights are loaded. */
    static ModelOnEngine open(
            Path path, String name, EngineConfig settings, TokenizerOptions tokenizers, Activity steps) {
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(path)) {
            Optional<ChatTemplate> template = template(path, steps);
            CompletableFuture<Fingerprints> fingerprints =
                    CompletableFuture.supplyAsync(() -> Fingerprints.of(folder, template, settings, Version.trireme()));
            CompletableFuture<Tokenizer> tokenizer =
                    CompletableFuture.supplyAsync(() -> tokenizers.open(folder.tokenizer()));
            Optional<Engine> engine = Optional.empty();
            try {
                engine = Optional.of(Engine.open(folder, settings));
                Fingerprints made = result(fingerprints);
                return new ModelOnEngine(new TextModel(name, engine.get(), result(tokenizer), template), made);
            } catch (RuntimeException | Error e) {
                engine.ifPresent(Engine::close);
                closeOnceOpen(tokenizer);
                throw e;
            }
        }
    }

    private static <T> T result(CompletableFuture<T> made) {
        try {
            return made.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void closeOnceOpen(CompletableFuture<Tokenizer> tokenizer) {
        try {
            tokenizer.join().close();
        } catch (CompletionException e) {
            LOG.debug("nor could the tokenizer be opened", e); // or it is what failed, and is told
        }
    }

    /** A model without a template, or with one that is not supported, still completes texts. */
    private static Optional<ChatTemplate> template(Path path, Activity steps) {
        try {
            return Optional.of(ChatTemplate.of(HuggingFaceFolder.require(path)));
        } catch (BadInputException e) {
            steps.remark("no /v1/chat/completions: " + e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        model.engine().close();
        model.tokenizer().close();
    }
}
