package dev.trireme.cli.option;

import dev.trireme.data.tokenizer.Tokenizer;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How far the maker of a model's tokenizer is trusted. */
public final class TokenizerOptions {
    @Option(
            names = "--trust-tokenizer",
            description =
                    "Take regular expressions of tokenizer.json that are not proven to take linear time. Only for a "
                            + "file from somebody you trust.")
    private boolean trusted;

    public boolean isTrusted() {
        return trusted;
    }

    /** Opens a model's tokenizer; the caller closes it. */
    public Tokenizer open(Path tokenizerJson) {
        return trusted ? Tokenizer.openTrusted(tokenizerJson) : Tokenizer.open(tokenizerJson);
    }
}
