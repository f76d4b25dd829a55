package dev.trireme.cli;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.config.BadInputException;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.TextModel;
import dev.trireme.serve.Fingerprints;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A model that serve and replay answer by, with all that it stands on. */
record ModelOnEngine(TextModel model, Fingerprints fingerprints) implements AutoCloseable {
    /** Hashes the weights while they are loaded. */
    static ModelOnEngine open(
            Path path, String name, EngineConfig settings, TokenizerOptions tokenizers, Activity steps) {
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(path)) {
            Optional<ChatTemplate> template = template(path, steps);
            CompletableFuture<Fingerprints> fingerprints =
                    CompletableFuture.supplyAsync(() -> Fingerprints.of(folder, template, settings, Version.trireme()));
            Engine engine = Engine.open(folder, settings);
            try {
                Fingerprints made = hashed(fingerprints);
                return new ModelOnEngine(
                        new TextModel(name, engine, tokenizers.open(folder.tokenizer()), template), made);
            } catch (RuntimeException | Error e) {
                engine.close();
                throw e;
            }
        }
    }

    private static Fingerprints hashed(CompletableFuture<Fingerprints> fingerprints) {
        try {
            return fingerprints.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BadInputException cause ? cause : e;
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
