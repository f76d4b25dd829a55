package dev.trireme.cli;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.checkpoint.OutputFile;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.data.Corpora;
import dev.trireme.data.Pair;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.TransDeEn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "corpus", description = "Make a corpus of sentence pairs.", synopsisSubcommandLabel = "COMMAND")
final class CorpusCommand {
    @Spec
    private CommandSpec spec;

    @Command(
            name = "trans-de-en",
            description = "Make 19,941 German-English sentence pairs of Debian's dictionary trans-de-en (GPL), through "
                    + "apt-get download.")
    void transDeEn(
            @Option(
                            names = "--out",
                            paramLabel = "FILE.tsv",
                            required = true,
                            description = "Where to write the pairs; FILE.jsonl: as instructions to translate.")
                    Path out,
            @Option(
                            names = "--from",
                            paramLabel = "FILE",
                            description = "A package or dictionary that is already there; nothing is fetched.")
                    Optional<Path> from,
            @Mixin ActivityOptions activity)
            throws IOException {
        OutputFile.require(out);
        activity.activity(false)
                .begin(from.map(file -> "reading " + file).orElse("fetching trans-de-en through apt-get download"));
        write(from.isPresent() ? TransDeEn.read(from.get()) : TransDeEn.fetch(), out);
    }

    @Command(
            name = "phrasebook",
            description = "Write pairs of the embedded phrasebook, the corpus that train uses without --data.")
    void phrasebook(
            @Option(
                            names = "--out",
                            paramLabel = "FILE.tsv",
                            required = true,
                            description = "Where to write the pairs; FILE.jsonl: as instructions to translate.")
                    Path out,
            @Option(
                            names = "--count",
                            paramLabel = "N",
                            defaultValue = "20000",
                            description = "How many pairs (${DEFAULT-VALUE}).")
                    int count,
            @Mixin ActivityOptions activity) {
        OutputFile.require(out);
        activity.activity(false).begin("writing " + count + " pairs");
        write(Phrasebook.pairs(count), out);
    }

    private void write(List<Pair> pairs, Path file) {
        try {
            if (file.toString().endsWith(".jsonl")) {
                Corpora.writeInstructions(pairs, file);
            } else {
                Corpora.writeTsv(pairs, file);
            }
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
        spec.commandLine().getOut().println(pairs.size() + " pairs written to " + file);
    }
}
